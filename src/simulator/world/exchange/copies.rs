//! An attendee's copy of a meeting: how it begins and how it follows the organizer's.
//!
//! Invariant: what is personal (categories, reminder, answer) never comes from the organizer.

use std::collections::BTreeMap;

use crate::simulator::civil::{Day, Wall};
use crate::simulator::world::event::{Event, Item, Reply, Series};

const CANCELED: &str = "Canceled: ";

pub(super) fn received_first(copy: Event, key: u64, calendar: u64, now: i64) -> Event {
    let adopt = |item: &mut Item| {
        item.categories.clear();
        item.reply = Reply::UNANSWERED;
        item.show_as = if item.show_as == "free" {
            "free"
        } else {
            "tentative"
        };
        item.created_ms = now;
        item.is_reminder_on = true;
        item.reminder_minutes = 15;
        forget_replies(item);
    };
    let mut event = Event {
        key,
        calendar,
        moves: 0,
        transaction: None,
        is_organizer: false,
        properties: Vec::new(),
        ..copy
    };
    adopt(&mut event.item);
    if let Some(series) = &mut event.series {
        series.exceptions.values_mut().for_each(adopt);
    }
    event
}

pub(super) fn received_again(mine: Event, copy: Event, was_rescheduled: bool) -> Event {
    let adopt = |mine: &Item, theirs: Item, keeps_reply: bool| {
        let mut item = theirs;
        forget_replies(&mut item);
        item.categories.clone_from(&mine.categories);
        item.is_reminder_on = mine.is_reminder_on;
        item.reminder_minutes = mine.reminder_minutes;
        item.created_ms = mine.created_ms;
        if keeps_reply {
            item.reply = mine.reply;
            item.show_as = mine.show_as;
        } else {
            item.reply = Reply::UNANSWERED;
            item.show_as = if item.show_as == "free" {
                "free"
            } else {
                "tentative"
            };
        }
        item
    };
    let old = mine.series.clone();
    let series = copy.series.clone().map(|theirs| {
        let mine_at = |day: &Day| mine.occurrence(*day);
        let mut exceptions: BTreeMap<Day, Item> = theirs
            .exceptions
            .iter()
            .map(|(day, item)| {
                let local = mine_at(day);
                let keeps = local
                    .as_ref()
                    .is_some_and(|local| times_of(local) == times_of(item));
                (
                    *day,
                    adopt(
                        local.as_ref().unwrap_or(&mine.item),
                        item.clone(),
                        keeps && !was_rescheduled,
                    ),
                )
            })
            .collect();
        let mut cancelled = old
            .as_ref()
            .map(|old| old.cancelled.clone())
            .unwrap_or_default();
        if old
            .as_ref()
            .is_some_and(|old| (&old.pattern, &old.range) != (&theirs.pattern, &theirs.range))
        {
            cancelled.clear();
        }
        for day in &theirs.cancelled {
            if cancelled.contains(day) {
                continue;
            }
            // The organizer took this date out: it stays visible here, marked as cancelled.
            let known = old
                .as_ref()
                .and_then(|old| old.exceptions.get(day).cloned());
            match known.or_else(|| mine.occurrence(*day)) {
                Some(mut item) => {
                    cancel_item(&mut item);
                    exceptions.insert(*day, item);
                }
                None => {
                    cancelled.insert(*day);
                }
            }
        }
        if let Some(old) = &old
            && !was_rescheduled
        {
            // Answers I gave to single dates live in my copy only; the rest follows the master.
            for (day, item) in &old.exceptions {
                if exceptions.contains_key(day) || theirs.cancelled.contains(day) {
                    continue;
                }
                let wall = Wall::at(*day, copy.item.start.wall.ms_of_day());
                exceptions.insert(*day, adopt(item, copy.item.at(wall), true));
            }
        }
        Series {
            exceptions,
            cancelled,
            ..theirs
        }
    });
    Event {
        item: adopt(&mine.item, copy.item, !was_rescheduled),
        series,
        attachments: copy.attachments,
        ..mine
    }
}

pub(super) fn forget_replies(item: &mut Item) {
    for person in &mut item.attendees {
        person.reply = Reply::NONE;
        person.proposed = None;
    }
}

pub(super) fn cancel_item(item: &mut Item) {
    item.is_cancelled = true;
    item.show_as = "free";
    let subject = item.subject.clone().unwrap_or_default();
    if !subject.starts_with(CANCELED) {
        item.subject = Some(format!("{CANCELED}{subject}"));
    }
}

pub(super) fn times_of(item: &Item) -> (i64, i64, bool) {
    (item.span().0, item.span().1, item.is_all_day)
}
