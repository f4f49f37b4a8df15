//! Delta rounds: the difference between a token and now, cut into pages, bent by a trick.

use super::{Form, Server, Thing, Trick, failure, gone};
use crate::chance::Chance;
use jiff::Timestamp;
use kalends::domain::event::Kind;
use kalends::domain::ids::{CalendarId, EventId};
use kalends::domain::remote::{Failure, FailureKind, Item, Link, Page, PageEnd, Told};
use kalends::domain::text::Untrusted;
use std::collections::{BTreeMap, BTreeSet};

/// What one page link stands for.
#[derive(Clone, Debug)]
pub struct Token {
    calendar: CalendarId,
    from: Timestamp,
    to: Timestamp,
    /// Versions of everything shown when the token was made.
    shown: BTreeMap<EventId, u64>,
    /// Series roots shown, to tell a fallen series from a fallen occurrence.
    roots: BTreeMap<EventId, BTreeSet<EventId>>,
    is_dead: bool,
}

#[derive(Clone, Debug)]
pub struct Paging {
    pages: Vec<Vec<Item>>,
    at: usize,
    end: String,
    trick: Option<Trick>,
}

impl Server {
    /// A round over a range, without a token yet.
    pub(super) fn first_page(
        &mut self,
        calendar: &CalendarId,
        (from, to): (Timestamp, Timestamp),
        trick: Option<Trick>,
        chance: &mut Chance,
    ) -> Page {
        let token = Token {
            calendar: calendar.clone(),
            from,
            to,
            shown: BTreeMap::new(),
            roots: BTreeMap::new(),
            is_dead: false,
        };
        self.start_round(&token, trick, chance)
    }

    /// All tokens die, as when the service's cache is emptied.
    pub fn forget_tokens(&mut self) {
        for token in self.tokens.values_mut() {
            token.is_dead = true;
        }
    }

    /// The difference between a token and now, in groups that stay together.
    fn difference(&mut self, token: &Token) -> (Vec<Vec<Item>>, Token) {
        let (from, to) = (token.from, token.to);
        let inside = |start: Timestamp, end: Timestamp| {
            start < to && (end > from || (start == end && start >= from))
        };
        let mut next = Token {
            shown: BTreeMap::new(),
            roots: BTreeMap::new(),
            ..token.clone()
        };
        let mut groups: Vec<Vec<Item>> = Vec::new();
        for ((of, id), thing) in self
            .things
            .iter()
            .filter(|((of, _), _)| *of == token.calendar)
        {
            match thing {
                Thing::Single { start, end, body } => {
                    if inside(*start, *end) {
                        next.shown.insert(id.clone(), body.version);
                        if token.shown.get(id) != Some(&body.version) {
                            self.forms.insert(Form::Single);
                            groups.push(vec![Item::Seen(Self::single(of, id, *start, *end, body))]);
                        }
                    }
                }
                Thing::Series {
                    body,
                    slots,
                    version,
                } => {
                    let shown: BTreeMap<_, _> = slots
                        .iter()
                        .filter(|(_, slot)| inside(slot.start, slot.end))
                        .collect();
                    if shown.is_empty() {
                        continue;
                    }
                    let ids: BTreeSet<EventId> =
                        shown.keys().map(|n| Self::occurrence_id(id, **n)).collect();
                    next.shown.insert(id.clone(), *version);
                    next.roots.insert(id.clone(), ids.clone());
                    if token.shown.get(id) == Some(version) {
                        continue;
                    }
                    self.forms.insert(Form::Master);
                    if let Some(before) = token.roots.get(id) {
                        self.forms.insert(Form::SeriesResent);
                        if before.iter().any(|occurrence| !ids.contains(occurrence)) {
                            self.forms.insert(Form::OccurrenceDeletedWithoutTombstone);
                        }
                    }
                    let mut group = vec![Item::Seen(Self::master(of, id, body, slots, *version))];
                    for (n, slot) in shown {
                        let mut event = Self::occurrence(of, id, *n, slot, body, *version);
                        if event.kind == Kind::Occurrence {
                            event.details = None;
                            self.forms.insert(Form::BareOccurrence);
                        } else {
                            self.forms.insert(Form::Exception);
                            if token
                                .roots
                                .get(id)
                                .is_some_and(|before| before.contains(&event.id))
                            {
                                self.forms.insert(Form::OccurrenceBecameException);
                            }
                        }
                        group.push(Item::Seen(event));
                    }
                    groups.push(group);
                }
            }
        }
        for id in token
            .shown
            .keys()
            .filter(|id| !next.shown.contains_key(*id))
        {
            self.forms.insert(Form::Removed);
            let still_exists = self
                .things
                .contains_key(&(token.calendar.clone(), id.clone()));
            self.forms.insert(if still_exists {
                Form::MovedOutOfWindow
            } else {
                Form::SeriesDeleted
            });
            let mut group = vec![Item::Removed(id.clone())];
            // Occurrences may or may not get tombstones of their own.
            if self.versions.is_multiple_of(2) {
                group.extend(
                    token
                        .roots
                        .get(id)
                        .into_iter()
                        .flatten()
                        .cloned()
                        .map(Item::Removed),
                );
            }
            groups.push(group);
        }
        (groups, next)
    }

    fn start_round(&mut self, token: &Token, trick: Option<Trick>, chance: &mut Chance) -> Page {
        let (mut groups, next) = self.difference(token);
        chance.shuffle(&mut groups);
        if trick == Some(Trick::OccurrencesBeforeMaster) {
            groups.iter_mut().for_each(|group| group.reverse());
        }
        self.bend(token, &next, trick, &mut groups, chance);
        let mut pages: Vec<Vec<Item>> = vec![Vec::new()];
        for group in groups {
            if pages.last().is_some_and(|page| page.len() >= 3) {
                pages.push(Vec::new());
            }
            pages.last_mut().unwrap().extend(group);
        }
        match trick {
            Some(Trick::DuplicatedPage) => {
                let again = pages[chance.below(pages.len())].clone();
                self.forms.insert(Form::SeenTwice);
                pages.push(again);
            }
            Some(Trick::ReorderedPages) => chance.shuffle(&mut pages),
            Some(Trick::EmptyPages) => {
                for _ in 0..5 {
                    pages.insert(chance.below(pages.len()), Vec::new());
                }
            }
            _ => {}
        }
        self.names += 1;
        let end = format!("delta-{}", self.names);
        let window = (token.calendar.clone(), token.from);
        let end = match (trick, self.last_delta.get(&window)) {
            // The same or an older token again: the next round replays.
            (Some(Trick::DeltaLinkRepeated | Trick::OldToken), Some(earlier))
                if self.tokens.contains_key(earlier) =>
            {
                earlier.clone()
            }
            _ => {
                self.tokens.insert(end.clone(), next);
                self.last_delta.insert(window, end.clone());
                end
            }
        };
        let paging = Paging {
            pages,
            at: 0,
            end,
            trick,
        };
        if let Some(trick) = trick {
            self.tricks.insert(trick);
        }
        self.page(paging)
    }

    /// Item-level misbehaviour.
    fn bend(
        &mut self,
        token: &Token,
        next: &Token,
        trick: Option<Trick>,
        groups: &mut Vec<Vec<Item>>,
        chance: &mut Chance,
    ) {
        match trick {
            Some(Trick::UnknownRemoved) => {
                groups.push(vec![Item::Removed(EventId::new("never-seen"))])
            }
            Some(Trick::TwoVersions) => {
                self.forms.insert(Form::SeenTwice);
                if let Some(group) = groups.first().cloned() {
                    let older = group
                        .into_iter()
                        .map(|item| match item {
                            Item::Seen(mut event) => {
                                event.etag.push_str("-old");
                                if let Some(details) = &mut event.details {
                                    details.subject =
                                        Untrusted::from(String::from("an older subject"));
                                }
                                Item::Seen(event)
                            }
                            removed @ Item::Removed(_) => removed,
                        })
                        .collect();
                    groups.insert(0, older);
                }
            }
            Some(Trick::RemovedThenSeen) => {
                let ids: Vec<EventId> = groups.iter().flatten().filter_map(seen_id).collect();
                groups.insert(0, ids.into_iter().map(Item::Removed).collect());
            }
            Some(Trick::ExceptionWithoutMaster) => {
                for group in groups.iter_mut() {
                    let has_exception = group.iter().any(
                        |item| matches!(item, Item::Seen(event) if event.kind == Kind::Exception),
                    );
                    if has_exception && chance.one_in(2) {
                        // The master comes too, on a page of its own, later.
                        let at = group.iter().position(
                            |item| matches!(item, Item::Seen(event) if event.kind == Kind::Master),
                        );
                        if let Some(at) = at {
                            let master = group.remove(at);
                            group.push(master);
                        }
                    }
                }
            }
            Some(Trick::SpuriousRemoval) => {
                let shown: Vec<EventId> = next
                    .shown
                    .keys()
                    .filter(|id| token.shown.contains_key(*id))
                    .cloned()
                    .collect();
                if !shown.is_empty() {
                    groups.push(vec![Item::Removed(chance.pick(&shown).clone())]);
                }
            }
            Some(Trick::ReplayedUnchanged) => {
                let again = Token {
                    shown: BTreeMap::new(),
                    roots: BTreeMap::new(),
                    ..token.clone()
                };
                *groups =
                    self.difference(&again)
                        .0
                        .into_iter()
                        .chain(groups.drain(..).filter(|group| {
                            group.iter().any(|item| matches!(item, Item::Removed(_)))
                        }))
                        .collect();
            }
            _ => {}
        }
    }

    pub(super) fn next_page(
        &mut self,
        calendar: &CalendarId,
        link: &str,
        trick: Option<Trick>,
        chance: &mut Chance,
    ) -> Result<Told, Failure> {
        if let Some(paging) = self.pagings.get(link).cloned() {
            if paging.trick == Some(Trick::SecondPageRefused) {
                return Err(failure(FailureKind::Forbidden, "access is denied"));
            }
            if paging.trick == Some(Trick::ForeignNext) {
                return Err(failure(
                    FailureKind::ForeignLink,
                    "a link leads to another host",
                ));
            }
            return Ok(Told::Page(self.page(paging)));
        }
        match self.tokens.get(link).cloned() {
            Some(token) if token.calendar != *calendar => Err(gone()),
            Some(token) if !token.is_dead && trick != Some(Trick::DeadToken) => {
                Ok(Told::Page(self.start_round(&token, trick, chance)))
            }
            _ => {
                self.tricks.insert(Trick::DeadToken);
                Err(failure(
                    FailureKind::ResyncRequired,
                    "the sync state generation is not found",
                ))
            }
        }
    }

    fn page(&mut self, paging: Paging) -> Page {
        let items = paging.pages.get(paging.at).cloned().unwrap_or_default();
        let is_last = paging.at + 1 >= paging.pages.len();
        let first = paging.at == 0;
        self.names += 1;
        let fresh = format!("skip-{}", self.names);
        let mut after = Paging {
            at: paging.at + 1,
            ..paging.clone()
        };
        let (end, link) = match paging.trick {
            Some(Trick::NextEqualsItself) => {
                let name = format!("skip-same-{}", paging.end);
                (PageEnd::Next(Link::new(name.clone())), Some(name))
            }
            Some(Trick::RotatingNext) => {
                after.at = 0;
                (PageEnd::Next(Link::new(fresh.clone())), Some(fresh))
            }
            Some(Trick::TwoCycle) => {
                after.at = 0;
                let name = format!("skip-cycle-{}-{}", paging.end, paging.at % 2);
                (PageEnd::Next(Link::new(name.clone())), Some(name))
            }
            Some(Trick::NoLinks | Trick::BothLinks) if is_last => (PageEnd::Broken, None),
            Some(Trick::ForeignNext | Trick::SecondPageRefused) if first => {
                (PageEnd::Next(Link::new(fresh.clone())), Some(fresh))
            }
            _ if is_last => (PageEnd::Delta(Link::new(paging.end.clone())), None),
            _ => (PageEnd::Next(Link::new(fresh.clone())), Some(fresh)),
        };
        if let Some(link) = link {
            self.pagings.insert(link, after);
        }
        let fingerprint = items.iter().fold(paging.at as u64, |sum, item| {
            sum.wrapping_mul(31)
                .wrapping_add(item.id().as_str().bytes().map(u64::from).sum::<u64>())
        });
        Page {
            items,
            end,
            skipped: 0,
            fingerprint,
        }
    }
}

fn seen_id(item: &Item) -> Option<EventId> {
    match item {
        Item::Seen(event) if event.kind != Kind::Master => Some(event.id.clone()),
        _ => None,
    }
}
