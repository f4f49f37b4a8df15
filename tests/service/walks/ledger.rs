//! What was promised of each act, from what the data side says: replies, and the state of things
//! after each of its steps. Judged against what the server did.

use crate::office::{Effect, Inside, answered, changed, made};
use kalends::domain::answer::Reply as Answer;
use kalends::domain::edit::Value;
use kalends::domain::ids::EventId;
use kalends::domain::intent::{Act, Intent, IntentId};
use kalends::service::protocol::UndoOutcome;
use std::collections::BTreeMap;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// In the outbox.
    Owed,
    /// It left the outbox by itself.
    Done,
    /// Nobody hears of it, unless it is done again.
    Withdrawn,
    /// It stood, and was taken out: it may have gone out before that, unheard.
    GivenUp,
    Dropped,
    /// A later act to the same event made it pointless.
    Replaced,
}

/// One acknowledged act; done again it is another one.
#[derive(Debug)]
pub struct Deed {
    pub intent: Intent,
    pub fate: Fate,
    /// The first of two, if it is the second.
    pub follows: Option<usize>,
    /// The way back of another one.
    is_way_back: bool,
    /// A process ended while it waited: an answer may have been lost.
    outlived: bool,
    /// The person looked and wanted it tried again.
    retried: usize,
}

#[derive(Default)]
pub struct Ledger {
    pub deeds: Vec<Deed>,
    pub live: BTreeMap<IntentId, usize>,
    /// Every number that was given, with what has it last.
    numbers: BTreeMap<IntentId, usize>,
    /// Come back when what replaced them is taken back.
    replaced: BTreeMap<IntentId, usize>,
    /// A reply said that something new is in the outbox.
    is_expecting: bool,
    /// What comes next is the first word of a new process.
    is_beginning: bool,
    /// An act that is the way back of another, as a reply said.
    way_back: Option<IntentId>,
    /// What was replaced by what was just taken back.
    returning: Vec<IntentId>,
    /// Taken back with its first, if the next state of things does not show it.
    second: Option<IntentId>,
    /// So many ways back were taken for firsts whose seconds were refused.
    halves: usize,
    pub halves_ever: usize,
}

/// The same words as the server's for the same act.
pub fn print(act: &Act) -> String {
    match act {
        Act::Create(create) => made(&create.transaction, &create.values),
        Act::Change(change) => {
            let values: Vec<Value> = change.edits.iter().map(|edit| edit.mine.clone()).collect();
            changed(&change.event, &values)
        }
        Act::Respond(respond) => answered(
            &respond.event,
            respond.reply.past_tense(),
            respond.comment.as_deref(),
        ),
        Act::Delete(delete) => format!("delete {}", delete.event.as_str()),
        Act::Forward(forward) => format!("forward {} {}", forward.event.as_str(), forward.message),
    }
}

impl Ledger {
    pub fn expect(&mut self) {
        self.is_expecting = true;
    }

    /// "not done: …": the next state of things shows the way back and no second.
    pub fn half_done(&mut self) {
        self.halves += 1;
        self.halves_ever += 1;
    }

    /// The process has ended, and another one begins: what was in the outbox is in it.
    pub fn outlive(&mut self) {
        for index in self.live.values() {
            self.deeds[*index].outlived = true;
        }
        self.is_beginning = true;
    }

    fn find_lost(&self, intents: &[Intent]) -> Result<(), String> {
        for (id, index) in &self.live {
            let act = &self.deeds[*index].intent.act;
            let is_kept = |intent: &Intent| intent.id == *id && intent.act == *act;
            if !intents.iter().any(is_kept) {
                return Err(format!("{:?} did not outlive its process", print(act)));
            }
        }
        Ok(())
    }

    pub fn retried(&mut self, id: IntentId) {
        if let Some(index) = self.live.get(&id) {
            self.deeds[*index].retried += 1;
        }
    }

    /// The person gave it up, and with it what was to come after it.
    pub fn give_up(&mut self, id: IntentId, fate: Fate) {
        let Some(index) = self.live.remove(&id) else {
            return;
        };
        let is_given_up = fate == Fate::Withdrawn && self.stands(index);
        self.deeds[index].fate = if is_given_up { Fate::GivenUp } else { fate };
        let after = |(_, other): &(&IntentId, &usize)| self.deeds[**other].follows == Some(index);
        let followers: Vec<IntentId> = self.live.iter().filter(after).map(|(id, _)| *id).collect();
        for id in followers {
            self.give_up(id, fate);
        }
    }

    pub fn undone(&mut self, outcome: &UndoOutcome) -> Result<(), String> {
        match outcome {
            UndoOutcome::Withdrawn(intent) => self.withdrawn(intent),
            UndoOutcome::Compensating { intent, .. } => {
                self.way_back = Some(*intent);
                self.second = self.second_that_waits();
                self.expect();
                Ok(())
            }
            UndoOutcome::Final { .. } | UndoOutcome::Nothing => Ok(()),
        }
    }

    fn newest(&self) -> Option<(IntentId, usize)> {
        let moving = |(_, index): &(&IntentId, &usize)| !self.stands(**index);
        let newest = self.live.iter().rfind(moving);
        newest.map(|(id, index)| (*id, *index))
    }

    fn withdrawn(&mut self, intent: &Intent) -> Result<(), String> {
        match self.newest() {
            Some((id, _)) if id == intent.id => {}
            newest => return Err(format!("{newest:?} is newer than {:?}", intent.id)),
        }
        self.returning = intent.replaces.iter().map(|older| older.id).collect();
        let index = self.live[&intent.id];
        let first = self.deeds[index].follows;
        let first = first.filter(|first| self.deeds[*first].fate == Fate::Owed);
        let first = first.map(|first| self.deeds[first].intent.id);
        self.give_up(first.unwrap_or(intent.id), Fate::Withdrawn);
        self.expect();
        Ok(())
    }

    /// The newest act, when it follows one that was done.
    fn second_that_waits(&self) -> Option<IntentId> {
        let (id, index) = self.newest()?;
        let first = self.deeds[index].follows?;
        (self.deeds[first].fate == Fate::Done).then_some(id)
    }

    /// It needs the person.
    pub fn stands(&self, index: usize) -> bool {
        self.deeds[index].intent.stage.needs_you()
    }

    /// The state of things after a step of the data side.
    pub fn see(&mut self, intents: &[Intent], effects: &[Effect]) -> Result<(), String> {
        if std::mem::take(&mut self.is_beginning) {
            self.find_lost(intents)?;
        }
        let mut ways_back = Vec::new();
        for intent in intents {
            self.take_away_replaced(intent)?;
            if let Some(index) = self.live.get(&intent.id) {
                self.deeds[*index].intent = intent.clone();
                continue;
            }
            if let Some(index) = self.replaced.remove(&intent.id) {
                self.deeds[index].intent = intent.clone();
                self.deeds[index].fate = Fate::Owed;
                self.live.insert(intent.id, index);
                continue;
            }
            if !self.is_expecting && self.halves == 0 {
                return Err(format!("nobody asked for {:?}", print(&intent.act)));
            }
            ways_back.push(self.add(intent));
        }
        if self.halves > 0 {
            self.take_away_seconds(&ways_back, intents, effects)?;
        }
        self.note_way_back(intents);
        for id in std::mem::take(&mut self.returning) {
            if !self.live.contains_key(&id) {
                return Err(format!("{id:?} is not replaced any more, and not back"));
            }
        }
        self.find_ended(intents)?;
        self.is_expecting = false;
        Ok(())
    }

    fn add(&mut self, intent: &Intent) -> usize {
        let first = intent.follows;
        let index = self.deeds.len();
        self.deeds.push(Deed {
            intent: intent.clone(),
            fate: Fate::Owed,
            follows: first.and_then(|first| self.numbers.get(&first).copied()),
            is_way_back: false,
            outlived: false,
            retried: 0,
        });
        self.live.insert(intent.id, index);
        self.numbers.insert(intent.id, index);
        index
    }

    fn take_away_replaced(&mut self, newer: &Intent) -> Result<(), String> {
        for older in &newer.replaces {
            if older.act.event() != newer.act.event() {
                let (older, newer) = (print(&older.act), print(&newer.act));
                return Err(format!("{newer:?} replaced {older:?}"));
            }
            if let Some(index) = self.live.remove(&older.id) {
                self.deeds[index].fate = Fate::Replaced;
                self.replaced.insert(older.id, index);
            }
        }
        Ok(())
    }

    /// Seconds that were refused left with the ways back of their firsts.
    fn take_away_seconds(
        &mut self,
        ways_back: &[usize],
        intents: &[Intent],
        effects: &[Effect],
    ) -> Result<(), String> {
        for _ in 0..std::mem::take(&mut self.halves) {
            let is_gone = |id: &IntentId| intents.iter().all(|intent| intent.id != *id);
            let second = self.live.iter().find(|(id, index)| {
                let first = self.deeds[**index].follows;
                let is_undone = |first: usize| {
                    let back = |way: &usize| self.is_way_back_of(*way, first, effects);
                    ways_back.iter().any(back)
                };
                is_gone(id) && first.is_some_and(is_undone)
            });
            let Some(second) = second.map(|(id, _)| *id) else {
                return Err("something half done was taken back, but not as it was said".into());
            };
            self.give_up(second, Fate::GivenUp);
        }
        for index in ways_back {
            self.deeds[*index].is_way_back = true;
        }
        Ok(())
    }

    fn is_way_back_of(&self, way: usize, first: usize, effects: &[Effect]) -> bool {
        match (&self.deeds[way].intent.act, &self.deeds[first].intent.act) {
            (Act::Delete(delete), Act::Create(_)) => {
                let print = print(&self.deeds[first].intent.act);
                let mut made = effects.iter().filter(|effect| effect.print == print);
                made.any(|effect| effect.event == delete.event)
            }
            (Act::Change(back), Act::Change(there)) => {
                back.event == there.event
                    && back
                        .edits
                        .iter()
                        .zip(&there.edits)
                        .all(|(back, there)| (&back.base, &back.mine) == (&there.mine, &there.base))
            }
            _ => false,
        }
    }

    /// Nothing ends by itself in the step that answers a request.
    fn note_way_back(&mut self, intents: &[Intent]) {
        let index = self.way_back.take().and_then(|id| self.live.get(&id));
        if let Some(index) = index {
            self.deeds[*index].is_way_back = true;
        }
        let is_gone = |id: &IntentId| intents.iter().all(|intent| intent.id != *id);
        if let Some(second) = self.second.take().filter(is_gone) {
            self.give_up(second, Fate::Withdrawn);
        }
    }

    fn find_ended(&mut self, intents: &[Intent]) -> Result<(), String> {
        let is_gone = |id: &IntentId| intents.iter().all(|intent| intent.id != *id);
        let gone: Vec<IntentId> = self.live.keys().filter(|id| is_gone(id)).copied().collect();
        for id in gone {
            let Some(index) = self.live.remove(&id) else {
                continue;
            };
            let deed = &mut self.deeds[index];
            if deed.intent.stage.needs_you() {
                let print = print(&deed.intent.act);
                return Err(format!("{print:?} needed the person and is gone"));
            }
            deed.fate = Fate::Done;
        }
        Ok(())
    }

    // ---- the end ----

    /// Every acknowledged act is what was said of it, and the server did nothing else.
    pub fn judge(&self, office: &Inside) -> Result<(), String> {
        let mut due: BTreeMap<String, (usize, usize)> = BTreeMap::new();
        for deed in &self.deeds {
            let (least, most) = deed.due(office);
            let sum = due.entry(print(&deed.intent.act)).or_default();
            (sum.0, sum.1) = (sum.0 + least, sum.1 + most);
        }
        for effect in &office.effects {
            due.entry(effect.print.clone()).or_default();
        }
        for (print, (least, most)) in due {
            // Changed again to what it is already, it is done without a word.
            let is_change = print.starts_with("change ");
            let least = if is_change { least.min(1) } else { least };
            let times = count(office, &print);
            if times < least || times > most {
                let fates: Vec<Fate> = self.fates(&print);
                return Err(format!(
                    "{print:?} took effect {times} times, not {least} to {most}: {fates:?}"
                ));
            }
        }
        self.judge_pairs(office)?;
        self.judge_ways_back(office)
    }

    fn fates(&self, of: &str) -> Vec<Fate> {
        let same = self.deeds.iter();
        let same = same.filter(|deed| print(&deed.intent.act) == of);
        same.map(|deed| deed.fate).collect()
    }

    /// The second of two never takes effect before the first did, nor after it was taken back.
    fn judge_pairs(&self, office: &Inside) -> Result<(), String> {
        let at = |print: &str| {
            let mut effects = office.effects.iter();
            effects.position(|effect| effect.print == print)
        };
        for deed in &self.deeds {
            let Some(first) = deed.follows.map(|first| &self.deeds[first]) else {
                continue;
            };
            let (first_print, second_print) = (print(&first.intent.act), print(&deed.intent.act));
            let Some(second_at) = at(&second_print) else {
                continue;
            };
            let words = format!("{second_print:?} took effect");
            match at(&first_print) {
                // Deleted by another act than this one.
                _ if self.fates(&second_print).len() > 1
                    && matches!(deed.intent.act, Act::Delete(_)) => {}
                Some(first_at) if first_at < second_at => {}
                _ => return Err(format!("{words} without {first_print:?}")),
            }
            if deed.fate == Fate::Done && self.is_taken_back(office, &first_print, second_at) {
                return Err(format!("{words} after {first_print:?} was taken back"));
            }
        }
        Ok(())
    }

    /// What this made was deleted again by itself before then, the last time it was made.
    fn is_taken_back(&self, office: &Inside, made: &str, before: usize) -> bool {
        let earlier = || office.effects[..before].iter().rev();
        let Some(last) = earlier().find(|effect| effect.print == made) else {
            return false;
        };
        let deleted = format!("delete {}", last.event.as_str());
        let ways_back = self.deeds.iter().filter(|deed| deed.is_way_back);
        let is_way_back = ways_back
            .filter(|deed| print(&deed.intent.act) == deleted)
            .count();
        is_way_back > 0 && earlier().any(|effect| effect.print == deleted)
    }

    /// What is taken back and done is not there any more.
    fn judge_ways_back(&self, office: &Inside) -> Result<(), String> {
        let done = self.deeds.iter().filter(|deed| deed.fate == Fate::Done);
        for deed in done {
            if let Act::Delete(delete) = &deed.intent.act
                && office.events.contains_key(&delete.event)
            {
                return Err(format!("{:?} was deleted and is there", delete.event));
            }
        }
        Ok(())
    }

    /// Whether everything that waits waits for the person.
    pub fn is_settled(&self) -> bool {
        let mut stuck: Vec<EventId> = Vec::new();
        self.live.values().all(|index| {
            let deed = &self.deeds[*index];
            let root = deed.intent.act.root();
            let is_behind = stuck.contains(&root);
            let waits = deed
                .follows
                .is_some_and(|first| self.deeds[first].fate == Fate::Owed);
            let stands = deed.intent.stage.needs_you() || is_behind || waits;
            stuck.push(root);
            stands
        })
    }

    /// What waits, as acts: what undo and redo must bring back.
    pub fn waiting(&self) -> Vec<String> {
        let live = self.live.values().map(|index| &self.deeds[*index]);
        let mut waiting: Vec<String> = live.map(|deed| print(&deed.intent.act)).collect();
        waiting.sort();
        waiting
    }
}

impl Deed {
    /// How often it may have taken effect: at least and at most.
    fn due(&self, office: &Inside) -> (usize, usize) {
        let act = &self.intent.act;
        let print = print(act);
        let same = office.effects.iter().filter(|effect| effect.print == print);
        let lost = same.filter(|effect| effect.is_lost).count();
        let is_in_doubt = lost > 0 || self.outlived;
        // Asked to try again what may have gone out, it may go out twice; a change does when
        // somebody else changed it in between.
        let repeats = match act {
            Act::Respond(_) | Act::Forward(_) | Act::Change(_) if is_in_doubt => self.retried,
            _ => 0,
        };
        match self.fate {
            Fate::Withdrawn => (0, 0),
            Fate::Done => {
                // An answer whose outcome nobody knew, and that is the answer there, is taken for
                // done: better a note that stays here than two mails.
                let is_excused = self.is_way_back && matches!(act, Act::Change(_))
                    || is_gone_otherwise(act, office)
                    || office.spurned.contains(&print) && matches!(act, Act::Respond(_));
                (usize::from(!is_excused), 1 + repeats)
            }
            _ => (0, usize::from(is_in_doubt) + repeats),
        }
    }
}

/// Who deletes what is gone has nothing to do.
fn is_gone_otherwise(act: &Act, office: &Inside) -> bool {
    let is_gone = |event: &EventId| !office.events.contains_key(event);
    match act {
        Act::Delete(delete) => is_gone(&delete.event),
        Act::Respond(respond) => respond.reply == Answer::Decline && is_gone(&respond.event),
        _ => false,
    }
}

fn count(office: &Inside, print: &str) -> usize {
    let same = office.effects.iter();
    same.filter(|effect| effect.print == print).count()
}
