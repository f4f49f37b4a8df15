//! The demo office: a believable world around now, where colleagues keep doing things.
//!
//! Invariant: what happens depends only on the seed and on when the clock passes.

use super::civil::{DAY_MS, Day, Wall, day_of, weekday};
use super::dice::Dice;
use super::graph::GraphSide;
use super::scenario::{Scenario, ScenarioError, place, settle};
use super::world::exchange::Answer;
use super::world::happening::{Action, EventSpec};
use super::world::{Event, Parcel, Response, World};

const WORLD: &str = include_str!("../../assets/worlds/office.toml");

/// The person who is signed in.
pub const ANA: &str = "ana@contoso.com";

const COLLEAGUES: [&str; 5] = [
    "ben@contoso.com",
    "zoe@contoso.com",
    "kenji@contoso.com",
    "liu.wei@contoso.com",
    "pat@contoso.com",
];
const TITLES: [&str; 16] = [
    "Quick question about pricing",
    "Design handover",
    "Prepare Nordwind visit",
    "Bug triage",
    "仕様の確認",
    "Marketing copy",
    "Data model walkthrough",
    "Coffee ☕",
    "Contract renewal",
    "Analytics check",
    "Support escalation",
    "预算讨论",
    "Launch checklist",
    "Interview debrief",
    "Roadmap questions",
    "Accessibility review",
];
const MOST_UNANSWERED: usize = 14;

/// Builds the office as it is at `now_ms` and starts its life.
pub fn open(seed: u64, now_ms: i64) -> Result<GraphSide, ScenarioError> {
    let scenario = Scenario::parse(WORLD)?;
    let mut side = scenario.build(seed, now_ms)?;
    let delay = side.world.mail_delay_ms;
    add_holidays(&mut side.world, now_ms)?;
    settle(&mut side.world, delay);
    let mut dice = Dice::new(seed ^ 0x0ff1ce);
    let first = now_ms + dice.between(5, 12) * 1000;
    side.world.post(first, Parcel::Stir(Box::new(dice)));
    Ok(side)
}

fn add_holidays(world: &mut World, now_ms: i64) -> Result<(), ScenarioError> {
    let year = super::civil::date_of(world.today).0;
    for (name, day) in (year - 1..=year + 2).flat_map(holidays) {
        let spec = EventSpec {
            subject: name.to_owned(),
            start: super::civil::date_text(day),
            all_day: true,
            calendar: Some("Holidays".to_owned()),
            ..EventSpec::default()
        };
        place(world, 0, &spec, now_ms - 30 * DAY_MS).map_err(|cause| ScenarioError::Event {
            person: ANA.to_owned(),
            subject: name.to_owned(),
            cause,
        })?;
    }
    Ok(())
}

/// German public holidays of a year.
fn holidays(year: i32) -> Vec<(&'static str, Day)> {
    let fixed = [
        ("New Year's Day", 1, 1),
        ("Labour Day", 5, 1),
        ("German Unity Day", 10, 3),
        ("Christmas Day", 12, 25),
        ("Boxing Day", 12, 26),
    ];
    let easter = easter(year);
    let moving = [
        ("Good Friday", -2),
        ("Easter Monday", 1),
        ("Ascension Day", 39),
        ("Whit Monday", 50),
    ];
    let fixed = fixed
        .into_iter()
        .filter_map(|(name, month, day)| Some((name, day_of(year, month, day)?)));
    fixed
        .chain(
            moving
                .into_iter()
                .map(|(name, shift)| (name, easter + shift)),
        )
        .collect()
}

/// Easter Sunday by the anonymous Gregorian computus.
fn easter(year: i32) -> Day {
    let (golden, century, rest) = (year % 19, year / 100, year % 100);
    let moon_shift = (century - (century + 8) / 25 + 1) / 3;
    let epact = (19 * golden + century - century / 4 - moon_shift + 15) % 30;
    let sunday = (32 + 2 * (century % 4) + 2 * (rest / 4) - epact - rest % 4) % 7;
    let late = (golden + 11 * epact + 22 * sunday) / 451;
    let number = epact + sunday - 7 * late + 114;
    let (month, day) = (
        u32::try_from(number / 31).unwrap_or(4),
        u32::try_from(number % 31 + 1).unwrap_or(1),
    );
    day_of(year, month, day).unwrap_or(0)
}

/// Somebody does something; the next one follows 5 to 25 seconds later.
pub(crate) fn stir(world: &mut World, mut dice: Dice, now_ms: i64) {
    let unanswered = coming(world, ANA, now_ms, |event| {
        event.item.reply.response == Response::NotResponded && !event.item.is_cancelled
    });
    match dice.below(100) {
        0..=34 if unanswered.len() < MOST_UNANSWERED => invite(world, &mut dice, now_ms),
        0..=54 => move_one(world, &mut dice, now_ms),
        55..=64 => cancel_one(world, &mut dice, now_ms),
        65..=89 => answer_one(world, &mut dice, now_ms),
        _ => reword_one(world, &mut dice, now_ms),
    }
    let next = now_ms + dice.between(5, 25) * 1000;
    world.post(next, Parcel::Stir(Box::new(dice)));
}

/// Single events of a mailbox that begin within the next two weeks.
fn coming(world: &World, who: &str, now_ms: i64, wanted: impl Fn(&Event) -> bool) -> Vec<Event> {
    let Some(mailbox) = world
        .find_mailbox(who)
        .and_then(|index| world.mailbox(index))
    else {
        return Vec::new();
    };
    let slots = mailbox.slots(
        mailbox.default_calendar(),
        now_ms / DAY_MS * DAY_MS,
        now_ms / DAY_MS * DAY_MS + 14 * DAY_MS,
    );
    slots
        .iter()
        .filter(|slot| slot.day.is_none() && slot.start_ms > now_ms)
        .filter_map(|slot| mailbox.event(slot.key))
        .filter(|event| wanted(event))
        .map(|event| (**event).clone())
        .collect()
}

fn with_ana(world: &World, who: &str, now_ms: i64) -> Vec<Event> {
    coming(world, who, now_ms, |event| {
        event.is_organizer
            && !event.item.is_all_day
            && event.item.attendees.iter().any(|person| person.who.is(ANA))
    })
}

/// A working quarter-hour in Ana's next eight days, as wall time.
fn some_time(world: &World, dice: &mut Dice, now_ms: i64) -> Wall {
    let zone = world
        .mailbox(0)
        .map_or_else(super::zone::utc, |mailbox| mailbox.zone);
    let mut day = zone.wall_of(now_ms).day() + i32::try_from(dice.between(1, 8)).unwrap_or(1);
    while matches!(weekday(day), 0 | 6) {
        day += 1;
    }
    Wall::at(day, dice.between(9 * 4, 17 * 4) * 15 * 60_000)
}

fn invite(world: &mut World, dice: &mut Dice, now_ms: i64) {
    let by = dice.pick(&COLLEAGUES).copied().unwrap_or(ANA);
    let mut attendees = vec![ANA.to_owned()];
    if dice.chance(40) {
        attendees.extend(
            dice.pick(&COLLEAGUES)
                .filter(|other| **other != by)
                .map(|other| (*other).to_owned()),
        );
    }
    let start = some_time(world, dice, now_ms).text();
    let lengths = [15, 30, 30, 45, 60];
    let event = EventSpec {
        subject: dice.pick(&TITLES).copied().unwrap_or_default().to_owned(),
        start,
        zone: Some("Europe/Berlin".to_owned()),
        minutes: dice.pick(&lengths).copied(),
        attendees,
        online: dice.chance(60),
        body: "Does this time work for you?".to_owned(),
        ..EventSpec::default()
    };
    act(
        world,
        &Action::Add {
            by: by.to_owned(),
            event: Box::new(event),
        },
        now_ms,
    );
}

fn move_one(world: &mut World, dice: &mut Dice, now_ms: i64) {
    let by = dice.pick(&COLLEAGUES).copied().unwrap_or(ANA);
    let Some(event) = dice.pick(&with_ana(world, by, now_ms)).cloned() else {
        return;
    };
    let target = some_time(world, dice, now_ms);
    let berlin = world
        .mailbox(0)
        .map_or_else(super::zone::utc, |mailbox| mailbox.zone);
    let start = event
        .item
        .start
        .zone
        .wall_of(berlin.instant_of(target))
        .text();
    let action = Action::Move {
        by: by.to_owned(),
        subject: event.uid,
        start,
        minutes: None,
        occurrence: None,
    };
    act(world, &action, now_ms);
}

fn cancel_one(world: &mut World, dice: &mut Dice, now_ms: i64) {
    let by = dice.pick(&COLLEAGUES).copied().unwrap_or(ANA);
    let Some(event) = dice.pick(&with_ana(world, by, now_ms)).cloned() else {
        return;
    };
    let comment = "Solved by mail, thank you.".to_owned();
    act(
        world,
        &Action::Cancel {
            by: by.to_owned(),
            subject: event.uid,
            comment,
            occurrence: None,
        },
        now_ms,
    );
}

/// A colleague answers something Ana organises, now and then with another time.
fn answer_one(world: &mut World, dice: &mut Dice, now_ms: i64) {
    let by = dice.pick(&COLLEAGUES).copied().unwrap_or(ANA);
    let mine = coming(world, by, now_ms, |event| {
        event.organizer.is(ANA)
            && !event.item.is_cancelled
            && event.item.reply.response == Response::NotResponded
    });
    let Some(event) = dice.pick(&mine).cloned() else {
        return;
    };
    let Some(index) = world.find_mailbox(by) else {
        return;
    };
    let response = match dice.below(10) {
        0..=5 => Response::Accepted,
        6..=7 => Response::Tentative,
        _ => Response::Declined,
    };
    let proposed =
        (response != Response::Accepted && dice.chance(40) && event.item.allow_new_time_proposals)
            .then(|| {
                let moved = event.item.at(Wall(
                    event.item.start.wall.0 + dice.between(1, 4) * 3_600_000,
                ));
                (moved.start, moved.end)
            });
    let comment = if response == Response::Declined {
        "I am travelling that day."
    } else {
        ""
    };
    let answer = Answer {
        response,
        comment: comment.to_owned(),
        is_sent: true,
        proposed,
    };
    world.answer(index, event.key, None, &answer, now_ms);
}

fn reword_one(world: &mut World, dice: &mut Dice, now_ms: i64) {
    let by = dice.pick(&COLLEAGUES).copied().unwrap_or(ANA);
    let Some(event) = dice.pick(&with_ana(world, by, now_ms)).cloned() else {
        return;
    };
    let subject = event.item.subject.unwrap_or_default();
    let to = if subject.ends_with("(short)") {
        subject.replace(" (short)", "")
    } else {
        format!("{subject} (short)")
    };
    act(
        world,
        &Action::Rename {
            by: by.to_owned(),
            subject: event.uid,
            to,
            occurrence: None,
        },
        now_ms,
    );
}

fn act(world: &mut World, action: &Action, now_ms: i64) {
    if let Err(mishap) = world.perform(action, now_ms) {
        tracing::debug!(%mishap, "an office happening did not happen");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simulator::civil::parse_instant;

    #[test]
    fn easter_falls_where_almanacs_put_it() {
        for (year, month, day) in [(2024, 3, 31), (2025, 4, 20), (2026, 4, 5), (2038, 4, 25)] {
            assert_eq!(Some(easter(year)), day_of(year, month, day));
        }
    }

    #[test]
    fn an_hour_in_the_office_is_lively_and_repeatable() {
        let now = parse_instant("2026-10-07T07:30:00Z").unwrap();
        let live = || {
            let mut side = open(4, now).unwrap();
            for minute in 0..60 {
                side.tick(now + minute * 60_000);
            }
            side.world.mails
        };
        let mails = live();
        for kind in ["invitation", "update", "cancellation"] {
            assert!(
                mails.iter().any(|mail| mail.kind == kind),
                "no {kind} in an hour"
            );
        }
        assert_eq!(mails, live());
    }
}
