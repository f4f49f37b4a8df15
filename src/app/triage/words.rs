//! The queue in words: a line for the list, and the facts beside the day.

use super::super::{State, safe, sentence};
use super::Triage;
use crate::config::Role;
use crate::domain::entry::Entry;
use crate::domain::event::{Answer, Slot};
use crate::domain::overlap::Severity;
use crate::domain::triage::{Item, Named, Why};

/// One item as the list shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    pub subject: String,
    /// How soon, or when.
    pub when: String,
    /// Why it is here.
    pub why: String,
    pub role: Role,
}

/// A sentence beside the day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    pub words: String,
    pub role: Role,
}

fn subject(named: &Named) -> String {
    let subject = safe::line(&named.subject);
    if subject.is_empty() {
        "(no subject)".into()
    } else {
        subject
    }
}

/// `in 2 h` within a day, `Wed 10:00` within a week, else the date.
fn when(state: &State, named: &Named) -> String {
    let minutes = named.start.duration_since(state.now).as_secs() / 60;
    let day = state.viewer.first_day(named.start, named.all_day);
    if named.all_day {
        return sentence::distance(state.today(), day);
    }
    match minutes {
        ..0 => "now".into(),
        0..60 => format!("in {minutes} min"),
        60..1440 => format!("in {} h", minutes / 60),
        1440..10080 => state
            .viewer
            .wall(named.start)
            .strftime("%a %H:%M")
            .to_string(),
        _ => sentence::short_day(day, state.today()),
    }
}

fn slot(state: &State, slot: Slot) -> String {
    let start = state.viewer.wall(slot.start);
    let day = sentence::short_day(start.date(), state.today());
    format!("{day} {}", start.strftime("%H:%M"))
}

fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Hard => "hard",
        Severity::Soft => "soft",
        Severity::Place => "place",
        Severity::Tight => "tight",
    }
}

fn answered(answer: Answer) -> &'static str {
    match answer {
        Answer::Tentative => "you had accepted tentatively",
        _ => "you had accepted",
    }
}

/// The item in two lines.
pub fn line(state: &State, item: &Item) -> Line {
    let who = safe::line(&item.organizer.name);
    let series = if item.is_series { "series" } else { "" };
    let (why, role) = match &item.why {
        Why::Trouble { words, .. } => (format!("not sent: {}", safe::words(words)), Role::Danger),
        Why::Cancelled => (format!("cancelled by {who}"), Role::Warning),
        Why::Changed(before) => {
            let was = slot(state, before.slot);
            (format!("moved, was {was}"), Role::Warning)
        }
        Why::Invitation if item.is_series => (format!("{series} from {who}"), Role::PanelQuiet),
        Why::Invitation => (format!("from {who}"), Role::PanelQuiet),
        Why::Proposal { by, slot: asked } => {
            let by = safe::line(&by.name);
            let words = format!("{by} asks for {}", slot(state, *asked));
            (words, Role::PanelQuiet)
        }
        Why::Overlap(how) => {
            let other = item.other.as_ref().map(subject).unwrap_or_default();
            let times = match item.times {
                1 => String::new(),
                times => format!(", {times} times"),
            };
            let words = format!("overlaps {other} ({}{times})", severity(*how));
            (words, Role::Conflict)
        }
    };
    Line {
        subject: subject(&item.event),
        when: when(state, &item.event),
        why,
        role,
    }
}

/// What the queue knows of the item that the event's own page does not say.
pub fn facts(state: &State) -> Vec<Fact> {
    let Some(triage) = &state.triage else {
        return Vec::new();
    };
    let Some(item) = triage.item() else {
        return Vec::new();
    };
    let mut facts = Vec::new();
    let mut add = |words: String, role| facts.push(Fact { words, role });
    match &item.why {
        Why::Trouble { words, .. } => {
            add(format!("not sent: {}", safe::words(words)), Role::Danger);
            add("Enter shows the ways out".into(), Role::PanelQuiet);
        }
        Why::Cancelled => {
            add("its organizer called it off".into(), Role::Warning);
            add(
                "x takes it out of your calendar; nobody is told".into(),
                Role::PanelQuiet,
            );
        }
        Why::Changed(before) => {
            let was = slot(state, before.slot);
            add(
                format!("moved by its organizer: it was {was}"),
                Role::Warning,
            );
            add(
                format!("{}, and are asked again", answered(before.answer)),
                Role::PanelQuiet,
            );
        }
        Why::Invitation => {}
        Why::Proposal { by, slot: asked } => {
            let by = safe::line(&by.name);
            add(
                format!("{by} asks for {} instead", slot(state, *asked)),
                Role::Warning,
            );
            let people = match triage.entry(&item.event).map_or(0, |entry| entry.attendees) {
                1 => "1 person".to_owned(),
                people => format!("{people} people"),
            };
            add(
                format!("a moves it there and tells {people}"),
                Role::PanelQuiet,
            );
            add(
                "K leaves it out here: Microsoft has no refusal to send".into(),
                Role::PanelQuiet,
            );
        }
        Why::Overlap(how) => overlap_facts(item, *how, &mut add),
    }
    if item.why.wants_answer() {
        scope_fact(item, &mut add);
        clash_facts(state, triage, item, &mut add);
    }
    facts
}

fn overlap_facts(item: &Item, how: Severity, add: &mut impl FnMut(String, Role)) {
    let (this, other) = (
        subject(&item.event),
        item.other.as_ref().map(subject).unwrap_or_default(),
    );
    add(
        format!("“{this}” and “{other}” ({})", severity(how)),
        Role::Danger,
    );
    if item.times > 1 {
        let words = format!(
            "{} times from now on; what is done here is for this one",
            item.times
        );
        add(words, Role::PanelQuiet);
    }
    add("Tab looks at the other one".into(), Role::PanelQuiet);
    let keys = "a keep this and decline the other · d decline this · v move · b cut short · 0 free · K keep both";
    add(keys.into(), Role::PanelQuiet);
}

fn scope_fact(item: &Item, add: &mut impl FnMut(String, Role)) {
    if item.is_series {
        let words = match item.times {
            1 => "a series; your answer is for all of it".to_owned(),
            times => format!("a series, {times} in sight; your answer is for all of it"),
        };
        add(words, Role::PanelQuiet);
    }
}

/// What it would collide with once it was accepted, and how hard.
fn clash_facts(state: &State, triage: &Triage, item: &Item, add: &mut impl FnMut(String, Role)) {
    let Some(entry) = triage.entry(&item.event) else {
        return;
    };
    let clashes = state.known.clashes_if_accepted(entry);
    if clashes.is_empty() && state.known.find(&super::Key::of(entry)).is_some() {
        add("accepting it collides with nothing".into(), Role::Good);
    }
    for (other, overlap) in clashes.iter().take(4) {
        let words = format!(
            "collides with {} {} ({}, {})",
            safe::cut(&safe::line(&other.subject), 30),
            sentence::times(&state.viewer, other),
            whose(other),
            severity(overlap.severity),
        );
        let role = match overlap.severity {
            Severity::Hard => Role::Danger,
            _ => Role::Warning,
        };
        add(words, role);
    }
}

fn whose(entry: &Entry) -> String {
    match entry.attendees {
        0 => "yours".into(),
        people if entry.is_organizer => format!("yours, {people} people"),
        _ => sentence::my_answer(entry).into(),
    }
}

/// What to hush, and what is said of it; None when it has to be answered.
pub(super) fn hushed(item: &Item) -> Option<(u64, String)> {
    let words = match &item.why {
        Why::Overlap(_) if item.times > 1 => "both stay, every time; u asks again",
        Why::Overlap(_) => "both stay; u asks again",
        Why::Proposal { .. } => "left out of the queue; nobody is told. u asks again",
        _ => return None,
    };
    Some((item.id, words.into()))
}
