//! `kalends conflicts` and `kalends resolve`: what waits for a person, and what they decide.

use super::arguments::{Conflicts, Resolve};
use super::exit::{Exit, Trouble};
use super::invocation::Invocation;
use super::output::Output;
use super::talk::Talk;
use crate::domain::edit::{Edit, Field, Side, Value};
use crate::domain::intent::{Act, Intent, IntentId, Stage};
use crate::domain::text::Safe;
use crate::domain::zone::Zone;
use crate::service::protocol::{Reply, Request, Settle};
use serde::Serialize;
use std::time::Duration;

const WAIT: Duration = Duration::from_secs(30);
/// How long the server may take before what was decided counts as queued.
const PATIENCE_MS: u64 = 20_000;

#[derive(Serialize)]
struct Waiting {
    id: u64,
    act: &'static str,
    subject: String,
    words: String,
    fields: Vec<Clash>,
}

#[derive(Serialize)]
struct Clash {
    field: &'static str,
    base: String,
    mine: String,
    theirs: String,
}

pub(super) fn conflicts(
    invocation: &Invocation,
    wish: &Conflicts,
    output: &mut Output<'_>,
) -> Result<Exit, Trouble> {
    let account = invocation.account()?;
    let zone = invocation.zone()?;
    let mut talk = Talk::start(invocation, &account)?;
    let intents = intents(&mut talk)?;
    talk.leave();
    let waiting: Vec<Waiting> = intents
        .iter()
        .filter_map(|intent| waiting(intent, &zone))
        .collect();
    if wish.json {
        let json = serde_json::to_string(&waiting).map_err(std::io::Error::from)?;
        writeln!(output.out, "{json}")?;
        return Ok(Exit::Fine);
    }
    if waiting.is_empty() {
        writeln!(output.out, "nothing needs you")?;
    }
    for one in &waiting {
        let subject = Safe::line(&one.subject, Some(80));
        let words = Safe::line(&one.words, None);
        writeln!(
            output.out,
            "{}  {} \u{201c}{subject}\u{201d}: {words}",
            one.id, one.act
        )?;
        for clash in &one.fields {
            let shown = |text: &str| Safe::line(text, Some(60));
            writeln!(
                output.out,
                "    {}: was {}, yours {}, theirs {}",
                clash.field,
                shown(&clash.base),
                shown(&clash.mine),
                shown(&clash.theirs)
            )?;
        }
    }
    Ok(Exit::Fine)
}

fn intents(talk: &mut Talk) -> Result<Vec<Intent>, Trouble> {
    match talk.ask(Request::Status, WAIT)? {
        Reply::Status(status) => Ok(status.intents),
        _ => Err(Trouble::error("the data side does not say what waits")),
    }
}

/// None when it does not wait for a person.
fn waiting(intent: &Intent, zone: &Zone) -> Option<Waiting> {
    let Stage::NeedsYou { words, theirs } = &intent.stage else {
        return None;
    };
    let edits: &[Edit] = match &intent.act {
        Act::Change(change) => &change.edits,
        _ => &[],
    };
    let text = |value: &Value| value.in_words(zone).raw().to_owned();
    let fields = theirs.iter().filter_map(|theirs| {
        let field = theirs.field();
        let edit = edits.iter().find(|edit| edit.mine.field() == field)?;
        Some(Clash {
            field: field.name(),
            base: text(&edit.base),
            mine: text(&edit.mine),
            theirs: text(theirs),
        })
    });
    Some(Waiting {
        id: intent.id.0,
        act: intent.act.past_tense(),
        subject: intent.act.subject().raw().to_owned(),
        words: words.clone(),
        fields: fields.collect(),
    })
}

pub(super) fn resolve(
    invocation: &Invocation,
    wish: &Resolve,
    output: &mut Output<'_>,
) -> Result<Exit, Trouble> {
    let sides = wish
        .field
        .iter()
        .map(|text| side(text))
        .collect::<Result<Vec<_>, _>>()?;
    let intent = IntentId(wish.id);
    let request = match (wish.mine, wish.theirs) {
        (true, _) => Request::Settle {
            intent,
            choice: Settle::Retry,
        },
        (_, true) => Request::Settle {
            intent,
            choice: Settle::Drop,
        },
        _ => Request::Resolve { intent, sides },
    };
    let account = invocation.account()?;
    let mut talk = Talk::start(invocation, &account)?;
    let known = intents(&mut talk)?;
    let is_waiting = |known: &Intent| known.id == intent && known.stage.needs_you();
    if !known.iter().any(is_waiting) {
        talk.leave();
        return Err(Trouble::usage(format!(
            "nothing of the number {} needs you; kalends conflicts lists what does",
            wish.id
        )));
    }
    let reply = talk.ask(request, WAIT)?;
    let verdict = match reply {
        Reply::Refused { words } => {
            talk.leave();
            return Err(Trouble::usage(words));
        }
        Reply::Done if !wish.mine && !wish.theirs => {
            talk.leave();
            writeln!(output.out, "resolved: nothing of yours is left to be sent")?;
            return Ok(Exit::Fine);
        }
        _ if wish.theirs => Ok(Reply::Accepted),
        _ => talk.ask(
            Request::Await {
                intent,
                patience_ms: PATIENCE_MS,
            },
            WAIT,
        ),
    };
    talk.leave();
    match verdict? {
        Reply::Accepted => {
            writeln!(output.out, "resolved")?;
            Ok(Exit::Fine)
        }
        Reply::Refused { words } => Err(Trouble::error(words)),
        Reply::Waiting { words } => Err(Trouble::new(
            Exit::Offline,
            format!("what you decided is queued and will be sent later: {words}"),
        )),
        _ => Err(Trouble::error("the data side does not say how it went")),
    }
}

/// `time=mine`.
fn side(text: &str) -> Result<(Field, Side), Trouble> {
    let wrong = || {
        let names: Vec<&str> = Field::ALL.iter().map(|field| field.name()).collect();
        Trouble::usage(format!(
            "--field is written like time=mine or place=theirs; fields are {}",
            names.join(", ")
        ))
    };
    let (field, side) = text.split_once('=').ok_or_else(wrong)?;
    let side = match side {
        "mine" => Side::Mine,
        "theirs" => Side::Theirs,
        "both" => Side::Both,
        _ => return Err(wrong()),
    };
    Ok((Field::named(field).ok_or_else(wrong)?, side))
}
