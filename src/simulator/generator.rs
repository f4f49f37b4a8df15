//! A believable corporate calendar of any size, the same for the same seed.
//!
//! Mix: one in ten repeats, three in twenty last all day, one in three is a meeting of
//! somebody else (some unanswered, some tentative, a few cancelled). Everything lies between
//! half a year ago and a year ahead, denser as the number grows.

use serde_json::json;

use super::civil::{DAY_MS, Day, Wall, weekday};
use super::dice::Dice;
use super::recurrence::{End, Index, Pattern, Range, first_day};
use super::world::{Address, Attendee, Event, Item, Reply, Response, Series, Stamp, World};
use super::zone::{self, Zone};

mod words;

use words::{ALL_DAY, BODY, CATEGORIES, EMOJI, FIRST, LAST, PLACES, SUBJECTS, TOPICS, WORLD};

const DAYS_BACK: i64 = 183;
const DAYS_AHEAD: i64 = 365;
/// Each with a weight.
const ZONES: [(&str, u64); 7] = [
    ("Europe/Berlin", 60),
    ("Europe/London", 10),
    ("America/New_York", 10),
    ("America/Los_Angeles", 8),
    ("Asia/Tokyo", 6),
    ("Asia/Kolkata", 4),
    ("Australia/Sydney", 2),
];

/// Adds `count` events to the default calendar of a mailbox. A series counts as one.
pub fn generate(world: &mut World, index: usize, count: usize, now_ms: i64) {
    let mut dice = Dice::new(world.seed ^ 0x6e6e);
    let Some(mailbox) = world.mailbox(index) else {
        return;
    };
    let (calendar, me) = (mailbox.default_calendar(), mailbox.who());
    let today = mailbox.zone.wall_of(now_ms).day();
    for _ in 0..count {
        let event = one(world, &mut dice, calendar, &me, today, now_ms);
        let made = now_ms - dice.between(1, 90) * DAY_MS;
        world.put(index, event, made);
    }
    if let Some(mailbox) = world.mailboxes.get_mut(index) {
        mailbox.seal();
    }
}

fn one(
    world: &mut World,
    dice: &mut Dice,
    calendar: u64,
    me: &Address,
    today: Day,
    now_ms: i64,
) -> Event {
    let is_all_day = dice.chance(15);
    let zone = zone_of(dice);
    let day = working_day(dice, today);
    let mut item = if is_all_day {
        all_day(dice, day, zone)
    } else {
        timed(dice, day, zone)
    };
    item.created_ms = now_ms - dice.between(1, 120) * DAY_MS;
    item.body = body(dice);
    if dice.chance(25) {
        item.categories = dice
            .pick(&CATEGORIES)
            .map(|name| (*name).to_owned())
            .into_iter()
            .collect();
    }
    let is_meeting = !is_all_day && dice.chance(65);
    let is_mine = !is_meeting || dice.chance(45);
    if is_meeting {
        let most = if dice.chance(5) { 40 } else { 7 };
        let people = 1 + dice.below(most);
        item.attendees = (0..people).map(|_| attendee(dice, is_mine)).collect();
        item.attendees.dedup_by(|a, b| a.who == b.who);
        if let Some(place) = dice.pick(&PLACES) {
            item.locations = vec![json!({
                "displayName": place, "locationType": "default", "uniqueId": place, "uniqueIdType": "private",
            })];
        }
    }
    let organizer = if is_mine { me.clone() } else { person(dice) };
    if !is_mine {
        item.attendees.push(Attendee {
            who: me.clone(),
            role: "required",
            reply: Reply::NONE,
            proposed: None,
        });
        receive(dice, &mut item);
    }
    let series = dice.chance(10).then(|| repeat(dice, &mut item)).flatten();
    Event {
        key: world.new_key(),
        calendar,
        moves: 0,
        uid: world.new_uid(),
        transaction: None,
        organizer,
        is_organizer: is_mine,
        item,
        series,
        attachments: Vec::new(),
        properties: Vec::new(),
    }
}

fn zone_of(dice: &mut Dice) -> &'static Zone {
    let mut drawn = dice.below(100);
    for (name, weight) in ZONES {
        if drawn < weight {
            return zone::find(name).unwrap_or_else(zone::utc);
        }
        drawn -= weight;
    }
    zone::utc()
}

fn working_day(dice: &mut Dice, today: Day) -> Day {
    let day = today + i32::try_from(dice.between(-DAYS_BACK, DAYS_AHEAD)).unwrap_or(0);
    match weekday(day) {
        0 if !dice.chance(15) => day + 1,
        6 if !dice.chance(15) => day - 1,
        _ => day,
    }
}

fn timed(dice: &mut Dice, day: Day, zone: &'static Zone) -> Item {
    let quarter = 15 * 60_000;
    let start = dice.between(8 * 4, 17 * 4 + 2) * quarter;
    let lengths = [1, 2, 2, 2, 3, 4, 4, 4, 6, 8, 12];
    let length = dice.pick(&lengths).copied().unwrap_or(2) * quarter;
    let wall = Wall::at(day, start);
    let stamp = |wall| Stamp { wall, zone };
    let mut item = Item::new(&subject(dice), stamp(wall), stamp(Wall(wall.0 + length)));
    let shown = [
        "busy",
        "busy",
        "busy",
        "busy",
        "busy",
        "free",
        "tentative",
        "oof",
        "workingElsewhere",
    ];
    item.show_as = dice.pick(&shown).copied().unwrap_or("busy");
    item.sensitivity = if dice.chance(4) { "private" } else { "normal" };
    item.importance = if dice.chance(6) { "high" } else { "normal" };
    item
}

fn all_day(dice: &mut Dice, day: Day, zone: &'static Zone) -> Item {
    let length = if dice.chance(70) {
        1
    } else {
        i32::try_from(dice.between(2, 10)).unwrap_or(2)
    };
    let stamp = |day| Stamp {
        wall: Wall::at(day, 0),
        zone,
    };
    let name = format!(
        "{} {}",
        dice.pick(&ALL_DAY).unwrap_or(&""),
        dice.pick(&FIRST).unwrap_or(&"")
    );
    let mut item = Item::new(&name, stamp(day), stamp(day + length));
    item.is_all_day = true;
    item.show_as = if dice.chance(30) { "oof" } else { "free" };
    item
}

fn subject(dice: &mut Dice) -> String {
    match dice.below(10) {
        0 => dice.pick(&WORLD).unwrap_or(&"").to_string(),
        1 => {
            let mark = dice.pick(&EMOJI).copied().unwrap_or_default();
            format!("{mark} {}", dice.pick(&TOPICS).unwrap_or(&""))
        }
        _ => format!(
            "{} {}",
            dice.pick(&TOPICS).unwrap_or(&""),
            dice.pick(&SUBJECTS).unwrap_or(&"")
        ),
    }
}

fn body(dice: &mut Dice) -> String {
    let sentences = match dice.below(10) {
        0..=3 => 0,
        4..=7 => 1 + dice.below(3),
        8 => 5 + dice.below(10),
        _ => 30 + dice.below(40),
    };
    let text: Vec<&str> = (0..sentences)
        .filter_map(|_| dice.pick(&BODY).copied())
        .collect();
    super::graph::stored_body(&text.join(" "))
}

fn person(dice: &mut Dice) -> Address {
    let (first, last) = (
        dice.pick(&FIRST).copied().unwrap_or("Ada"),
        dice.pick(&LAST).copied().unwrap_or("Mori"),
    );
    let plain = |name: &str| {
        name.chars()
            .filter(char::is_ascii_alphabetic)
            .collect::<String>()
            .to_lowercase()
    };
    let number = dice.below(40);
    Address {
        name: format!("{first} {last}"),
        address: format!("{}.{}{number}@fabrikam.example", plain(first), plain(last)),
    }
}

fn attendee(dice: &mut Dice, is_mine: bool) -> Attendee {
    let answers = [
        Response::None,
        Response::Accepted,
        Response::Accepted,
        Response::Tentative,
        Response::Declined,
    ];
    let response = if is_mine {
        dice.pick(&answers).copied().unwrap_or(Response::None)
    } else {
        Response::None
    };
    let role = if dice.chance(15) {
        "optional"
    } else {
        "required"
    };
    Attendee {
        who: person(dice),
        role,
        reply: Reply {
            response,
            at_ms: None,
        },
        proposed: None,
    }
}

/// What I did with somebody else's invitation.
fn receive(dice: &mut Dice, item: &mut Item) {
    let at_ms = Some(item.created_ms + 3_600_000);
    match dice.below(20) {
        0..=11 => {
            item.reply = Reply {
                response: Response::Accepted,
                at_ms,
            }
        }
        12..=14 => {
            item.reply = Reply {
                response: Response::Tentative,
                at_ms,
            };
            item.show_as = "tentative";
        }
        15..=18 => {
            item.reply = Reply::UNANSWERED;
            item.show_as = "tentative";
        }
        _ => {
            item.reply = Reply::UNANSWERED;
            item.is_cancelled = true;
            item.show_as = "free";
            item.subject = item
                .subject
                .as_ref()
                .map(|subject| format!("Canceled: {subject}"));
        }
    }
}

fn repeat(dice: &mut Dice, item: &mut Item) -> Option<Series> {
    let start = item.start.wall.day();
    let day = weekday(start);
    let interval = if dice.chance(70) { 1 } else { 2 };
    let (_, month, day_of_month) = super::civil::date_of(start);
    let pattern = match dice.below(10) {
        0 => Pattern::Daily { interval },
        1..=5 => Pattern::Weekly {
            interval,
            days: vec![day],
            first_day: 1,
        },
        6 => Pattern::Weekly {
            interval: 1,
            days: vec![1, 2, 3, 4, 5],
            first_day: 1,
        },
        7 => Pattern::AbsoluteMonthly {
            interval,
            day: day_of_month,
        },
        8 => Pattern::RelativeMonthly {
            interval: 1,
            days: vec![day],
            index: Index::Last,
        },
        _ => Pattern::AbsoluteYearly {
            interval: 1,
            month,
            day: day_of_month,
        },
    };
    let end = match dice.below(3) {
        0 => End::Never,
        1 => End::On(start + i32::try_from(dice.between(30, 400)).unwrap_or(90)),
        _ => End::After(u32::try_from(dice.between(3, 60)).unwrap_or(10)),
    };
    let mut range = Range { start, end };
    range.start = first_day(&pattern, &range)?;
    *item = item.at(Wall::at(range.start, item.start.wall.ms_of_day()));
    let mut series = Series {
        pattern,
        range,
        zone: item.start.zone,
        exceptions: std::collections::BTreeMap::new(),
        cancelled: std::collections::BTreeSet::new(),
    };
    let members = super::recurrence::days(
        &series.pattern,
        &series.range,
        range.start,
        range.start + 120,
    );
    if dice.chance(50)
        && let Some(day) = dice.pick(&members)
    {
        series.cancelled.insert(*day);
    }
    if dice.chance(50)
        && let Some(day) = dice
            .pick(&members)
            .filter(|day| !series.cancelled.contains(day))
        && !item.is_all_day
    {
        let wall = Wall::at(*day, item.start.wall.ms_of_day() + 3_600_000);
        series.exceptions.insert(*day, item.at(wall));
    }
    Some(series)
}
