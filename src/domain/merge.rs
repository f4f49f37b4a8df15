//! Three-way merge by field: what was, what I made of it, what it is now.
//!
//! Laws, each a property: naming the sides the other way round gives the same fields in
//! conflict; merging what was merged changes nothing; an untouched side gives way.

use super::edit::{Edit, People, Value, merged_notes};
use super::event::Event;
use super::text::Untrusted;

/// What became of one field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Merged {
    /// Both sides say the same: nothing to send.
    Same,
    /// To be sent: mine, or of a set what both made of it.
    Send(Value),
    /// Both changed it, differently. Holds what it is now.
    Clash(Value),
}

/// What is left of a list of edits.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outcome {
    pub send: Vec<Value>,
    /// What the fields in conflict hold now.
    pub clashes: Vec<Value>,
}

/// Merges the edits with the event as it is now. An event without details clashes in nothing:
/// nothing is known of it.
pub fn merge(edits: &[Edit], theirs: &Event) -> Outcome {
    let details = theirs.details.clone().unwrap_or_default();
    let mut outcome = Outcome::default();
    for edit in edits {
        let theirs = Value::of(edit.mine.field(), theirs, &details);
        match field(&edit.base, &edit.mine, &theirs) {
            Merged::Same => {}
            Merged::Send(value) => outcome.send.push(value),
            Merged::Clash(theirs) => outcome.clashes.push(theirs),
        }
    }
    outcome
}

/// One field.
pub fn field(base: &Value, mine: &Value, theirs: &Value) -> Merged {
    if mine == theirs {
        return Merged::Same;
    }
    if theirs == base {
        return Merged::Send(mine.clone());
    }
    if mine == base {
        return Merged::Same;
    }
    let both = match (base, mine, theirs) {
        (Value::Categories(base), Value::Categories(mine), Value::Categories(theirs)) => {
            Some(Value::Categories(set(base, mine, theirs)))
        }
        (Value::People(base), Value::People(mine), Value::People(theirs)) => {
            People::merged(base, mine, theirs).map(Value::People)
        }
        (Value::Notes(base), Value::Notes(mine), Value::Notes(theirs)) => {
            merged_notes(base, mine, theirs).map(Value::Notes)
        }
        _ => None,
    };
    match both {
        None => Merged::Clash(theirs.clone()),
        Some(both) if both == *theirs => Merged::Same,
        Some(both) => Merged::Send(both),
    }
}

/// Theirs, with what I added and without what I took away. Names are the same whatever
/// their case, as for the server.
fn set(base: &[Untrusted], mine: &[Untrusted], theirs: &[Untrusted]) -> Vec<Untrusted> {
    let holds = |list: &[Untrusted], name: &Untrusted| {
        let name = name.raw().to_lowercase();
        list.iter().any(|known| known.raw().to_lowercase() == name)
    };
    let mut both: Vec<Untrusted> = theirs
        .iter()
        .filter(|name| !holds(base, name) || holds(mine, name))
        .cloned()
        .collect();
    for name in mine {
        if !holds(base, name) && !holds(&both, name) {
            both.push(name.clone());
        }
    }
    both
}

#[cfg(test)]
mod tests;
