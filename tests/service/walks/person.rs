//! What the person does: acts to what is on screen, alone or two together, and decisions about
//! what needs them.

use super::Walk;
use super::ledger::{Fate, print};
use crate::desk::now;
use crate::office::Trick;
use jiff::ToSpan;
use kalends::domain::answer::{Reply as Answer, Respond};
use kalends::domain::edit::{
    Change, Create, Delete, Edit, Field, Forward, Side, Span, Value, is_draft,
};
use kalends::domain::entry::Entry;
use kalends::domain::event::Person;
use kalends::domain::ids::{CalendarId, EventId};
use kalends::domain::intent::{Act, Intent, IntentId, Seen, Stage};
use kalends::domain::remote::FailureKind;
use kalends::domain::zone::Zone;
use kalends::service::protocol::{Reply, Request, Settle};

/// More than so many waiting acts would be told of less often.
const WAITING_AT_MOST: usize = 25;

impl Walk {
    pub(super) fn act(&mut self) -> Result<(), String> {
        let Some(act) = self.any_act()? else {
            return Ok(());
        };
        let draft =
            Some(act.event()).filter(|event| is_draft(event) && !matches!(act, Act::Create(_)));
        let delay_ms = self.delay();
        let reply = self.ask(Request::Queue {
            act: act.clone(),
            delay_ms,
        })?;
        self.tell(format_args!(
            "queue {} in {delay_ms}: {reply:?}",
            print(&act)
        ));
        match (&reply, draft) {
            (Reply::Queued(_), Some(_)) => {
                self.happened.insert("a draft changed");
            }
            (Reply::Queued(_), None) => self.ledger.expect(),
            // It is taken out where it waits, with what follows it.
            (Reply::Done, Some(draft)) => {
                if let Some(id) = self.waiting_as(&draft) {
                    self.ledger.give_up(id, Fate::Withdrawn);
                }
            }
            (Reply::Refused { .. }, _) => {}
            (reply, _) => return Err(format!("{reply:?} to {act:?}")),
        }
        self.listen().map(drop)
    }

    fn waiting_as(&self, event: &EventId) -> Option<IntentId> {
        let mut live = self.ledger.live.iter();
        let is_it = |index: &usize| self.ledger.deeds[*index].intent.act.event() == *event;
        live.find(|(_, index)| is_it(index)).map(|(id, _)| *id)
    }

    fn delay(&mut self) -> u64 {
        *self.chance.pick(&[0, 0, 0, 5_000, 60_000])
    }

    fn any_entry(&mut self) -> Result<Option<Entry>, String> {
        let entries = self.entries()?;
        if entries.is_empty() || self.ledger.live.len() > WAITING_AT_MOST {
            return Ok(None);
        }
        Ok(Some(self.chance.pick(&entries).clone()))
    }

    fn any_act(&mut self) -> Result<Option<Act>, String> {
        if self.chance.one_in(4) {
            return Ok(Some(self.create(None)));
        }
        let Some(entry) = self.any_entry()? else {
            return Ok(None);
        };
        Ok(Some(match self.chance.below(8) {
            0..=1 => delete(&entry),
            2 if !is_draft(&entry.id) => self.forward(&entry),
            _ if entry.is_organizer => {
                if self.chance.one_in(3) {
                    self.meddle_with(&entry.id, false);
                }
                self.rename(&entry)
            }
            _ => self.respond(&entry),
        }))
    }

    /// Moved to elsewhere: a copy, and the original goes. Or changed from here on: the old one
    /// ends, a new one begins.
    pub(super) fn act_together(&mut self) -> Result<(), String> {
        let Some(entry) = self.any_entry()? else {
            return Ok(());
        };
        let acts = if self.chance.one_in(2) {
            vec![self.create(Some(&entry)), delete(&entry)]
        } else {
            vec![self.rename(&entry), self.create(None)]
        };
        if self.chance.one_in(2) {
            self.desk.office.inside().tricks.clear();
            self.play([Trick::Let, Trick::Fail(FailureKind::Refused)]);
        }
        let prints: Vec<String> = acts.iter().map(print).collect();
        let delay_ms = self.delay();
        let reply = self.ask(Request::QueueTogether { acts, delay_ms })?;
        self.tell(format_args!("together {prints:?} in {delay_ms}: {reply:?}"));
        if matches!(reply, Reply::Queued(_)) {
            self.ledger.expect();
        }
        self.listen().map(drop)
    }

    /// With a transaction of its own; a copy may look like what it is a copy of.
    fn create(&mut self, of: Option<&Entry>) -> Act {
        let name = self.name("new");
        let start = now() + self.chance.range(1, 40).hours();
        let alike = of.filter(|_| self.chance.one_in(4));
        let (start, subject) = alike.map_or((start, name.as_str()), |entry| {
            (entry.start, entry.subject.raw())
        });
        Act::Create(Create {
            calendar: CalendarId::new("work"),
            values: vec![
                Value::Subject(subject.into()),
                Value::When(Span::on_clock(start, start + 1.hour(), false, &Zone::utc())),
            ],
            transaction: name,
        })
    }

    fn rename(&mut self, entry: &Entry) -> Act {
        Act::Change(Change {
            calendar: entry.calendar.clone(),
            event: entry.id.clone(),
            root: entry.root().clone(),
            edits: vec![Edit {
                base: Value::Subject(entry.subject.clone()),
                mine: Value::Subject(self.name("name").as_str().into()),
            }],
            seen: Seen::of(entry),
        })
    }

    fn respond(&mut self, entry: &Entry) -> Act {
        let replies = [
            Answer::Accept,
            Answer::Accept,
            Answer::Tentative,
            Answer::Tentative,
            Answer::Decline,
        ];
        Act::Respond(Respond {
            calendar: entry.calendar.clone(),
            event: entry.id.clone(),
            root: entry.root().clone(),
            reply: *self.chance.pick(&replies),
            comment: Some(self.name("comment")),
            tell_organizer: true,
            proposed: None,
            seen: Seen::of(entry),
        })
    }

    fn forward(&mut self, entry: &Entry) -> Act {
        Act::Forward(Forward {
            calendar: entry.calendar.clone(),
            event: entry.id.clone(),
            root: entry.root().clone(),
            to: vec![Person {
                name: "Bo".into(),
                address: "bo@contoso.com".into(),
            }],
            message: self.name("message"),
            seen: Seen::of(entry),
        })
    }

    // ---- decisions ----

    /// Mostly about what needs the person; sometimes about something that does not.
    pub(super) fn settle(&mut self) -> Result<(), String> {
        let intents = self.listen()?;
        let stuck = intents.iter().filter(|intent| intent.stage.needs_you());
        let mut choices: Vec<Intent> = stuck.cloned().collect();
        if choices.is_empty() || self.chance.one_in(6) {
            choices = intents;
        }
        if choices.is_empty() {
            return Ok(());
        }
        let any = self.chance.pick(&choices).clone();
        // Conflicts are rare enough.
        let intent = choices.iter().find(|intent| is_conflict(intent));
        let intent = intent.cloned().unwrap_or(any);
        match self.chance.below(4) {
            _ if is_conflict(&intent) && !self.chance.one_in(4) => self.resolve(&intent),
            0 => self.drop_it(&intent),
            _ => self.retry(&intent),
        }
    }

    fn resolve(&mut self, intent: &Intent) -> Result<(), String> {
        let side = *self.chance.pick(&[Side::Mine, Side::Theirs]);
        let reply = self.ask(Request::Resolve {
            intent: intent.id,
            sides: vec![(Field::Subject, side)],
        })?;
        self.tell(format_args!(
            "resolve {}: {side:?}: {reply:?}",
            print(&intent.act)
        ));
        self.happened.insert("a conflict settled");
        match reply {
            Reply::Done => self.ledger.give_up(intent.id, Fate::Withdrawn),
            Reply::Queued(id) => self.ledger.retried(id),
            Reply::Refused { .. } => {}
            other => return Err(format!("{other:?} to a decision")),
        }
        self.listen().map(drop)
    }

    fn drop_it(&mut self, intent: &Intent) -> Result<(), String> {
        let choice = Settle::Drop;
        let reply = self.ask(Request::Settle {
            intent: intent.id,
            choice,
        })?;
        self.tell(format_args!("drop {}: {reply:?}", print(&intent.act)));
        if reply == Reply::Done {
            self.happened.insert("dropped");
            self.ledger.give_up(intent.id, Fate::Dropped);
        }
        self.listen().map(drop)
    }

    fn retry(&mut self, intent: &Intent) -> Result<(), String> {
        let choice = Settle::Retry;
        let reply = self.ask(Request::Settle {
            intent: intent.id,
            choice,
        })?;
        self.tell(format_args!("retry {}: {reply:?}", print(&intent.act)));
        if intent.stage.needs_you() {
            self.happened.insert("tried again");
            self.ledger.retried(intent.id);
        }
        self.listen().map(drop)
    }
}

fn is_conflict(intent: &Intent) -> bool {
    matches!(&intent.stage, Stage::NeedsYou { theirs, .. } if !theirs.is_empty())
}

fn delete(entry: &Entry) -> Act {
    Act::Delete(Delete {
        calendar: entry.calendar.clone(),
        event: entry.id.clone(),
        root: entry.root().clone(),
        message: None,
        is_my_meeting: false,
        seen: Seen::of(entry),
    })
}
