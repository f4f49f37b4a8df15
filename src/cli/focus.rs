//! `kalends focus`: free blocks of a week, held for myself.
//!
//! Invariants: nothing is made without `--apply`, what is held already is not held twice, and every
//! block is said to be what became of it, however many of the others could not be made.

use super::add::choose;
use super::arguments::Focus;
use super::day_words::rfc3339;
use super::entries::Known;
use super::exit::{Exit, Trouble};
use super::find::stored;
use super::invocation::Invocation;
use super::output::Output;
use super::send::{Sent, send};
use crate::domain::availability::{Question, text};
use crate::domain::edit::Span;
use crate::domain::event::Slot;
use crate::domain::focus::{Rule, SHORTEST, block, blocks};
use crate::domain::overlap::Persons;
use crate::domain::zone::Zone;
use crate::runtime::settings;
use crate::service::Peek;
use jiff::{SignedDuration, ToSpan};
use serde::Serialize;

#[derive(Serialize)]
struct Row {
    start: String,
    end: String,
    minutes: i64,
    held: bool,
    /// What became of it; null when nothing was to be made.
    fate: Option<&'static str>,
}

/// What became of a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Held,
    Queued,
    Refused,
    /// Nobody could be asked.
    Failed,
    /// What stood in the way of one before it would stand in its way too.
    Untried,
}

impl Fate {
    const ALL: [Self; 5] = [
        Self::Held,
        Self::Queued,
        Self::Refused,
        Self::Failed,
        Self::Untried,
    ];

    fn word(self) -> &'static str {
        match self {
            Self::Held => "held",
            Self::Queued => "queued",
            Self::Refused => "refused",
            Self::Failed => "failed",
            Self::Untried => "untried",
        }
    }

    fn title(self) -> &'static str {
        match self {
            Self::Held => "held for yourself:",
            Self::Queued => "queued, to be held later:",
            Self::Refused => "refused, see kalends conflicts:",
            Self::Failed => "failed:",
            Self::Untried => "not tried:",
        }
    }
}

/// What became of all of them, and the one message about it.
#[derive(Default)]
struct Made {
    fates: Vec<Fate>,
    trouble: Option<Trouble>,
}

pub(super) fn run(
    invocation: &Invocation,
    wish: &Focus,
    output: &mut Output<'_>,
) -> Result<Exit, Trouble> {
    let zone = invocation.zone()?;
    let now = invocation.clock.now();
    let chosen = settings::load(&invocation.home)?;
    let day = wish.week.unwrap_or_else(|| zone.date(now));
    let from = day.saturating_sub(day.weekday().to_monday_zero_offset().days());
    let to = from.saturating_add(7.days());
    let account = invocation.account()?;
    let known = Known::reach(invocation, &account, from, to)?;
    if let Some(trouble) = known.trouble {
        return Err(trouble);
    }
    let hours = Peek::open(&account.folder)?
        .desk
        .desk
        .settings
        .unwrap_or_default();
    let question = Question {
        from,
        to,
        zone: &zone,
        now,
        hours: &hours,
        least: SHORTEST,
    };
    let rule = Rule {
        a_week: SignedDuration::from_hours(i64::from(wish.hours.unwrap_or(chosen.focus_hours))),
        longest: SignedDuration::from_mins(i64::from(chosen.focus_minutes)),
    };
    let persons = Persons::of(&known.calendars, &known.me);
    let (slots, held) = blocks(&known.wide, &persons, &question, &rule);
    let made = if wish.apply && !slots.is_empty() {
        let stored = stored(invocation, &account)?;
        let calendar = choose(&stored, None)?.id.clone();
        let acts = slots.iter().map(|slot| {
            let span = Span::on_clock(slot.start, slot.end, false, &zone);
            send(invocation, &account, block(calendar.clone(), span))
        });
        make(acts, slots.len())
    } else {
        Made::default()
    };
    if wish.json {
        let rows: Vec<Row> = rows(&slots, &made.fates, &zone);
        let json = serde_json::to_string(&rows).map_err(std::io::Error::from)?;
        writeln!(output.out, "{json}")?;
    } else if slots.is_empty() {
        let hours = held.as_hours();
        writeln!(
            output.out,
            "nothing more to hold: {hours} h are held in that week"
        )?;
    } else if wish.apply {
        for fate in Fate::ALL {
            let of = slots.iter().zip(&made.fates);
            let of = of.filter(|(_, known)| **known == fate);
            listed(fate.title(), of.map(|(slot, _)| *slot), &zone, output)?;
        }
    } else {
        let title = "would be held for yourself; --apply does it:";
        listed(title, slots.iter().copied(), &zone, output)?;
    }
    output.out.flush()?;
    made.trouble.map_or(Ok(Exit::Fine), Err)
}

/// Goes on after one that is queued or refused, since the next may be neither; stops where nothing
/// can be said to anybody.
fn make(acts: impl Iterator<Item = Result<Sent, Trouble>>, count: usize) -> Made {
    let mut made = Made::default();
    let (mut queued, mut failed): (Option<Trouble>, Option<Trouble>) = (None, None);
    let of = |fates: &[Fate], fate| fates.iter().filter(|known| **known == fate).count();
    for act in acts {
        made.fates.push(match act {
            Ok(Sent::Accepted) => Fate::Held,
            Ok(Sent::Queued(waits)) => {
                queued = Some(waits.after("the last one"));
                Fate::Queued
            }
            Ok(Sent::Refused(words)) => {
                failed.get_or_insert(Trouble::error(words));
                Fate::Refused
            }
            Err(trouble) => {
                failed = Some(trouble);
                made.fates.push(Fate::Failed);
                break;
            }
        });
    }
    made.fates.resize(count, Fate::Untried);
    made.trouble = failed.or(queued).map(|trouble| {
        let counts = Fate::ALL.into_iter().filter_map(|fate| {
            let count = of(&made.fates, fate);
            (count > 0).then(|| format!("{count} {}", fate.word()))
        });
        let counts: Vec<String> = counts.collect();
        let words = format!(
            "of {count} blocks of focus time {}: {}",
            counts.join(", "),
            trouble.words
        );
        Trouble::new(trouble.exit, words)
    });
    made
}

fn rows(slots: &[Slot], fates: &[Fate], zone: &Zone) -> Vec<Row> {
    let row = |(at, slot): (usize, &Slot)| Row {
        start: rfc3339(zone, slot.start),
        end: rfc3339(zone, slot.end),
        minutes: slot.end.duration_since(slot.start).as_mins(),
        held: fates.get(at) == Some(&Fate::Held),
        fate: fates.get(at).map(|fate| fate.word()),
    };
    slots.iter().enumerate().map(row).collect()
}

/// Nothing where there are none.
fn listed(
    title: &str,
    slots: impl Iterator<Item = Slot>,
    zone: &Zone,
    output: &mut Output<'_>,
) -> Result<(), Trouble> {
    let days: Vec<_> = slots
        .map(|slot| (zone.date(slot.start), vec![slot]))
        .collect();
    if !days.is_empty() {
        writeln!(output.out, "{title}\n{}", text(&days, zone, &[]))?;
    }
    Ok(())
}
