//! What is learnt outside rounds: the visible range, and events fetched by id.

use super::{Engine, Fetch, Output};
use crate::domain::event::{Event, Kind};
use crate::domain::ids::{CalendarId, EventId};
use crate::domain::remote::{Failure, FailureKind, Told};
use crate::domain::replica::{Change, LIMBO, Lookup, Mark, Record, Replica};
use crate::domain::window::WindowId;
use crate::sync::bugs::{Bug, planted};
use crate::sync::pace::{self, Pause};
use crate::sync::round::{add_quarter, moved_marks, overlay, same_version};
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeSet;

/// A version that stays doubtful this often is left to the daily comparison.
const FETCHES_AT_MOST: u32 = 6;

impl Engine {
    pub(super) fn view_told(
        &mut self,
        replica: &dyn Replica,
        calendar: &CalendarId,
        events: Vec<Event>,
        started: u64,
        out: &mut Vec<Output>,
    ) -> Lookup<()> {
        let mut touched = BTreeSet::new();
        let mut seen: BTreeSet<EventId> = BTreeSet::new();
        for event in events {
            // Pages of a view may repeat items while the mailbox changes.
            let is_new = event.calendar == *calendar && seen.insert(event.id.clone());
            if is_new && self.graves.hold(&event, started).is_none() {
                self.learn(replica, event, started, &mut touched, out)?;
            }
        }
        for window in touched {
            out.push(Output::Sheet(window));
        }
        Ok(())
    }

    /// One event, read at the counter `started`. True when it is now stored.
    pub(super) fn learn(
        &mut self,
        replica: &dyn Replica,
        event: Event,
        started: u64,
        touched: &mut BTreeSet<WindowId>,
        out: &mut Vec<Output>,
    ) -> Lookup<bool> {
        let known = replica.record(&event.calendar, &event.id)?;
        if let Some(record) = &known
            && record.learnt > started
            && !same_version(&record.event, &event)
        {
            return Ok(false);
        }
        let learnt = self.tick_counter();
        let mut new = match &known {
            Some(record) => Record {
                event: overlay(record.event.clone(), event.clone()),
                learnt,
                // No longer a round's word: a later page of one that runs may be older.
                round: 0,
                ..record.clone()
            },
            None => Record {
                event: event.clone(),
                quarters: Vec::new(),
                learnt,
                round: 0,
            },
        };
        let was_in_limbo = new.quarters == [LIMBO];
        let mut changes = Vec::new();
        if was_in_limbo {
            new.quarters.clear();
            let window = WindowId {
                calendar: event.calendar.clone(),
                quarter: LIMBO,
            };
            changes.push(Change::Unmark {
                window,
                root: event.root().clone(),
                id: event.id.clone(),
            });
        }
        for window in self.provisional_windows(&event) {
            touched.insert(window.clone());
            if !new.quarters.contains(&window.quarter) {
                add_quarter(&mut new.quarters, window.quarter);
                let mark = Mark::Provisional(learnt);
                changes.push(Change::Mark {
                    window: window.clone(),
                    root: event.root().clone(),
                    id: event.id.clone(),
                    mark,
                });
                self.expect_confirmation(&window, was_in_limbo, out);
            }
        }
        touched.extend(new.quarters.iter().map(|quarter| WindowId {
            calendar: event.calendar.clone(),
            quarter: *quarter,
        }));
        if let Some(old) = &known {
            let nowhere = WindowId {
                calendar: event.calendar.clone(),
                quarter: LIMBO,
            };
            changes.extend(moved_marks(&nowhere, old, &new));
        }
        if new.quarters.is_empty() {
            // Outside every window we keep.
            if known.is_some() {
                changes.push(Change::Delete {
                    calendar: event.calendar.clone(),
                    id: event.id.clone(),
                });
            }
        } else {
            changes.push(Change::Put(Box::new(new)));
        }
        changes.push(Change::Counter(learnt));
        out.push(Output::Apply(changes));
        Ok(true)
    }

    /// The answer to a fetch by id.
    pub(super) fn event_told(
        &mut self,
        replica: &dyn Replica,
        key: (CalendarId, EventId),
        started: u64,
        result: Result<Told, Failure>,
        now: Timestamp,
        out: &mut Vec<Output>,
    ) -> Lookup<()> {
        let Some(fetch) = self.fetches.get_mut(&key) else {
            return Ok(());
        };
        fetch.in_flight = false;
        match result {
            Ok(Told::Event(event)) if event.kind == Kind::Master => {
                self.fetches.remove(&key);
                self.compare_askers(replica, &key)?;
                self.master_told(replica, event, started, out)?;
                Ok(())
            }
            Ok(Told::Event(event)) => self.single_told(replica, event, started, out),
            Err(failure) if is_gone(&failure) => {
                // Reported again since this was asked: the older answer says nothing.
                if replica
                    .record(&key.0, &key.1)?
                    .is_some_and(|record| record.learnt > started)
                {
                    self.ask_again(&key);
                    return Ok(());
                }
                self.fetches.remove(&key);
                self.gone(replica, &key.0, &key.1, out)
            }
            Err(failure) if failure.kind == FailureKind::Forbidden => {
                self.fetches.remove(&key);
                Ok(())
            }
            Ok(_) => {
                fetch_failed(
                    fetch,
                    "the server answered something else",
                    None,
                    started,
                    now,
                );
                Ok(())
            }
            Err(failure) => {
                // The whole mailbox waits: that says nothing of this event.
                if !matches!(
                    failure.kind,
                    FailureKind::Throttled | FailureKind::Offline | FailureKind::SignIn
                ) {
                    fetch_failed(fetch, &failure.words, failure.retry_after_ms, started, now);
                }
                Ok(())
            }
        }
    }

    fn single_told(
        &mut self,
        replica: &dyn Replica,
        event: Event,
        started: u64,
        out: &mut Vec<Output>,
    ) -> Lookup<()> {
        let key = (event.calendar.clone(), event.id.clone());
        let known = replica.record(&key.0, &key.1)?;
        // Kept where a round questioned it and the server still has it.
        let mut held = Vec::new();
        for quarter in known
            .iter()
            .flat_map(|record| &record.quarters)
            .filter(|quarter| **quarter != LIMBO)
        {
            let window = WindowId {
                calendar: key.0.clone(),
                quarter: *quarter,
            };
            let root = known
                .as_ref()
                .map_or(event.root(), |record| record.event.root());
            let known_mark = replica.mark(&window, root, &key.1)?;
            let is_there =
                quarter.touches(event.start, event.end) || planted(Bug::MovedEventNotFollowed);
            let is_questioned = self.is_questioned(&window, &key.1);
            // What no round has reported, or reports no more, leaves when it is fetched elsewhere.
            let is_reported = matches!(known_mark, None | Some(Mark::Reported(_)));
            if !is_there && (is_questioned || !is_reported) {
                self.leave_quietly(replica, &window, &key.1, out)?;
                self.fetches.insert(key, Fetch::default());
                return Ok(());
            }
            // As of the request: a full round that began after it and does not have
            // the event is the newer word, though its answer may have come first.
            let mark = match known_mark {
                Some(Mark::Reported(round)) => Mark::Found(round.max(started)),
                Some(Mark::Provisional(_)) => Mark::Found(started),
                Some(Mark::Found(_)) => Mark::Held(started),
                Some(Mark::Held(_)) | None => continue,
            };
            if is_questioned {
                held.push((window, mark));
            }
        }
        let mut touched = BTreeSet::new();
        if planted(Bug::MovedEventNotFollowed) {
            self.fetches.remove(&key);
            return Ok(());
        }
        if self.learn(replica, event.clone(), started, &mut touched, out)? {
            self.fetches.remove(&key);
            self.hold(&event, held, out);
        } else {
            self.ask_again(&key);
        }
        for window in touched {
            out.push(Output::Sheet(window));
        }
        Ok(())
    }

    /// It stays in these windows, which questioned it.
    fn hold(&mut self, event: &Event, held: Vec<(WindowId, Mark)>, out: &mut Vec<Output>) {
        if held.is_empty() {
            return;
        }
        let mut changes = Vec::new();
        for (window, mark) in held {
            if matches!(mark, Mark::Found(_)) {
                self.expect_confirmation(&window, false, out);
            }
            changes.push(Change::Mark {
                window,
                root: event.root().clone(),
                id: event.id.clone(),
                mark,
            });
        }
        out.push(Output::Apply(changes));
    }

    /// A round asked about the member, and no fetch has answered yet.
    fn is_questioned(&self, id: &WindowId, event: &EventId) -> bool {
        let window = self.windows.get(id);
        window.is_some_and(|window| window.state.open.contains(event))
    }

    /// A questioned member whose time no longer touches the window.
    fn leave_quietly(
        &mut self,
        replica: &dyn Replica,
        window: &WindowId,
        id: &EventId,
        out: &mut Vec<Output>,
    ) -> Lookup<()> {
        let Some(mut record) = replica.record(&window.calendar, id)? else {
            return Ok(());
        };
        let root = record.event.root().clone();
        record.quarters.retain(|quarter| *quarter != window.quarter);
        let mut changes = vec![Change::Unmark {
            window: window.clone(),
            root: root.clone(),
            id: id.clone(),
        }];
        if record.quarters.is_empty() {
            record.quarters = vec![LIMBO];
            let limbo = WindowId {
                calendar: window.calendar.clone(),
                quarter: LIMBO,
            };
            changes.push(Change::Mark {
                window: limbo,
                root,
                id: id.clone(),
                mark: Mark::Provisional(self.counter),
            });
        }
        changes.push(Change::Put(Box::new(record)));
        out.push(Output::Apply(changes));
        out.push(Output::Sheet(window.clone()));
        Ok(())
    }

    fn ask_again(&mut self, key: &(CalendarId, EventId)) {
        let Some(fetch) = self.fetches.get_mut(key) else {
            return;
        };
        fetch.tries += 1;
        if fetch.tries > FETCHES_AT_MOST {
            self.fetches.remove(key);
        } else {
            fetch.pause = Pause::default();
        }
    }

    /// The server does not have it: it and, when it was a master, its occurrences.
    pub(super) fn gone(
        &mut self,
        replica: &dyn Replica,
        calendar: &CalendarId,
        id: &EventId,
        out: &mut Vec<Output>,
    ) -> Lookup<()> {
        let mut changes = Vec::new();
        let mut touched = BTreeSet::new();
        let mut victims: BTreeSet<EventId> = BTreeSet::from([id.clone()]);
        let windows: Vec<WindowId> = self
            .windows
            .keys()
            .filter(|window| window.calendar == *calendar)
            .cloned()
            .chain([WindowId {
                calendar: calendar.clone(),
                quarter: LIMBO,
            }])
            .collect();
        for window in windows {
            for (root, member, _) in replica.members(&window, Some(id))? {
                changes.push(Change::Unmark {
                    window: window.clone(),
                    root,
                    id: member.clone(),
                });
                victims.insert(member);
                touched.insert(window.clone());
            }
        }
        for victim in victims {
            if let Some(record) = replica.record(calendar, &victim)? {
                for quarter in &record.quarters {
                    let window = WindowId {
                        calendar: calendar.clone(),
                        quarter: *quarter,
                    };
                    let root = record.event.root().clone();
                    changes.push(Change::Unmark {
                        window: window.clone(),
                        root,
                        id: victim.clone(),
                    });
                    touched.insert(window);
                }
                changes.push(Change::Delete {
                    calendar: calendar.clone(),
                    id: victim,
                });
            }
        }
        out.push(Output::Apply(changes));
        out.extend(
            touched
                .into_iter()
                .filter(|window| window.quarter != LIMBO)
                .map(Output::Sheet),
        );
        Ok(())
    }

    /// Takes limbo's members away for good.
    pub(super) fn erase(
        &self,
        calendar: &CalendarId,
        members: &[(EventId, EventId, Mark)],
        out: &mut Vec<Output>,
    ) {
        let limbo = WindowId {
            calendar: calendar.clone(),
            quarter: LIMBO,
        };
        let changes = members
            .iter()
            .flat_map(|(root, id, _)| {
                [
                    Change::Unmark {
                        window: limbo.clone(),
                        root: root.clone(),
                        id: id.clone(),
                    },
                    Change::Delete {
                        calendar: calendar.clone(),
                        id: id.clone(),
                    },
                ]
            })
            .collect();
        out.push(Output::Apply(changes));
    }

    /// After a restart: records whose fate was still open.
    pub(super) fn remember_limbo(&mut self, replica: &dyn Replica) -> Lookup<()> {
        if planted(Bug::LimboForgottenOnRestart) {
            return Ok(());
        }
        let calendars: BTreeSet<CalendarId> = self
            .windows
            .keys()
            .map(|window| window.calendar.clone())
            .collect();
        for calendar in calendars {
            let limbo = WindowId {
                calendar: calendar.clone(),
                quarter: LIMBO,
            };
            let members = replica.members(&limbo, None)?;
            let masters: BTreeSet<EventId> = members
                .iter()
                .filter(|(root, id, _)| root == id)
                .map(|(root, _, _)| root.clone())
                .collect();
            for (root, id, _) in members {
                let target = if masters.contains(&root) { root } else { id };
                self.fetches.entry((calendar.clone(), target)).or_default();
            }
        }
        Ok(())
    }
}

/// The server says that there is no such event. That it refuses the request says nothing of the
/// event, unless it does not know such an id.
fn is_gone(failure: &Failure) -> bool {
    match failure.kind {
        FailureKind::NotFound => true,
        FailureKind::Refused => failure.code.eq_ignore_ascii_case("ErrorInvalidIdMalformed"),
        _ => false,
    }
}

/// Tried again, each time later; at last a full sync waits for it no more.
fn fetch_failed(fetch: &mut Fetch, words: &str, asked_ms: Option<u64>, salt: u64, now: Timestamp) {
    fetch.tries += 1;
    let wait = pace::back_off(fetch.tries, SignedDuration::from_mins(5), salt);
    fetch.pause = Pause::new(wait, asked_ms, now);
    if fetch.tries > FETCHES_AT_MOST {
        fetch.trouble = Some(format!("an event could not be read: {words}"));
    }
}
