//! A calendar server in values: honest about delta as Graph is (whole series
//! resent, no tombstone for a deleted occurrence, bare occurrences), and able to
//! misbehave in every documented way. Written apart from the engine.

use crate::chance::Chance;
use crate::writes::Written;
use jiff::{SignedDuration, Timestamp};
use kalends::domain::answer::Reply;
use kalends::domain::calendar::{Calendar, Me};
use kalends::domain::event::{Answer, Attendee, Details, Event, Kind, Person};
use kalends::domain::ids::{CalendarId, EventId};
use kalends::domain::remote::{
    Ask, Failure, FailureKind, Item, Link, Mailbox, Page, PageEnd, Told,
};
use kalends::domain::text::Untrusted;
use std::collections::{BTreeMap, BTreeSet};

#[derive(Clone, Debug)]
pub struct Body {
    pub subject: String,
    pub answer: Answer,
    pub all_day: bool,
    pub cancelled: bool,
    pub mine: bool,
    pub version: u64,
}

#[derive(Clone, Debug)]
pub struct Slot {
    pub start: Timestamp,
    pub end: Timestamp,
    /// Its own fields, when it is an exception.
    pub own: Option<Body>,
}

#[derive(Clone, Debug)]
pub enum Thing {
    Single {
        start: Timestamp,
        end: Timestamp,
        body: Body,
    },
    Series {
        body: Body,
        slots: BTreeMap<u32, Slot>,
        version: u64,
    },
}

impl Thing {
    /// A new version of it and of everything in it.
    pub fn touch(&mut self, now: u64) {
        match self {
            Self::Single { body, .. } => body.version = now,
            Self::Series {
                body,
                slots,
                version,
            } => {
                body.version = now;
                *version = now;
                for own in slots.values_mut().filter_map(|slot| slot.own.as_mut()) {
                    own.version = now;
                }
            }
        }
    }
}

/// What one page link stands for.
#[derive(Clone, Debug)]
struct Token {
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
struct Paging {
    pages: Vec<Vec<Item>>,
    at: usize,
    end: String,
    trick: Option<Trick>,
}

/// Delta misbehaviour, one a round at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Trick {
    DuplicatedPage,
    ReorderedPages,
    TwoVersions,
    NextEqualsItself,
    RotatingNext,
    TwoCycle,
    ForeignNext,
    NoLinks,
    BothLinks,
    DeltaLinkRepeated,
    OldToken,
    UnknownRemoved,
    RemovedThenSeen,
    OccurrencesBeforeMaster,
    ExceptionWithoutMaster,
    MovedMidRound,
    EmptyPages,
    SpuriousRemoval,
    SecondPageRefused,
    ReplayedUnchanged,
    DeadToken,
}

impl Trick {
    pub const ALL: [Trick; 21] = [
        Trick::DuplicatedPage,
        Trick::ReorderedPages,
        Trick::TwoVersions,
        Trick::NextEqualsItself,
        Trick::RotatingNext,
        Trick::TwoCycle,
        Trick::ForeignNext,
        Trick::NoLinks,
        Trick::BothLinks,
        Trick::DeltaLinkRepeated,
        Trick::OldToken,
        Trick::UnknownRemoved,
        Trick::RemovedThenSeen,
        Trick::OccurrencesBeforeMaster,
        Trick::ExceptionWithoutMaster,
        Trick::MovedMidRound,
        Trick::EmptyPages,
        Trick::SpuriousRemoval,
        Trick::SecondPageRefused,
        Trick::ReplayedUnchanged,
        Trick::DeadToken,
    ];
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Transport {
    NoName,
    ConnectionRefused,
    TlsFailed,
    ResetBefore,
    ResetAfter,
    TimedOut,
    Dripped,
    ClosedEarly,
    WrongLength,
    Garbage,
    Bomb,
    ProxyPage,
    Redirected,
    Throttled,
    Unavailable,
    UnavailableAfter,
}

impl Transport {
    pub const ALL: [Transport; 16] = [
        Transport::NoName,
        Transport::ConnectionRefused,
        Transport::TlsFailed,
        Transport::ResetBefore,
        Transport::ResetAfter,
        Transport::TimedOut,
        Transport::Dripped,
        Transport::ClosedEarly,
        Transport::WrongLength,
        Transport::Garbage,
        Transport::Bomb,
        Transport::ProxyPage,
        Transport::Redirected,
        Transport::Throttled,
        Transport::Unavailable,
        Transport::UnavailableAfter,
    ];

    /// The request took effect although no good answer came.
    pub fn takes_effect(self) -> bool {
        use Transport::{
            ClosedEarly, Garbage, ResetAfter, TimedOut, UnavailableAfter, WrongLength,
        };
        matches!(
            self,
            ResetAfter | TimedOut | ClosedEarly | WrongLength | Garbage | UnavailableAfter
        )
    }

    /// As the client's wire layer names it.
    pub fn failure(self, chance: &mut Chance) -> Failure {
        use Transport::{ConnectionRefused, NoName, ProxyPage, Redirected, Throttled, TlsFailed};
        let kind = match self {
            NoName | ConnectionRefused | TlsFailed | ProxyPage => FailureKind::Offline,
            Redirected => FailureKind::ForeignLink,
            Throttled => FailureKind::Throttled,
            _ => FailureKind::Unknown,
        };
        let retry_after_ms = (kind == FailureKind::Throttled && chance.one_in(2)).then_some(2_128);
        Failure {
            kind,
            status: 0,
            code: String::new(),
            words: format!("{self:?}"),
            retry_after_ms,
        }
    }
}

/// What a round delivered, for coverage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Form {
    Single,
    Exception,
    Master,
    BareOccurrence,
    Removed,
    SeriesResent,
    OccurrenceDeletedWithoutTombstone,
    SeriesDeleted,
    OccurrenceBecameException,
    MovedOutOfWindow,
    SeenTwice,
}

pub struct Server {
    pub things: BTreeMap<(CalendarId, EventId), Thing>,
    tokens: BTreeMap<String, Token>,
    pagings: BTreeMap<String, Paging>,
    names: u64,
    versions: u64,
    /// Transactions of creates, with what they made.
    pub transactions: BTreeMap<String, EventId>,
    /// Writes that took effect, in order.
    pub written: Vec<Written>,
    /// Comments of answers that were carried out, in order: the mail log.
    pub mails: Vec<String>,
    pub forms: BTreeSet<Form>,
    pub tricks: BTreeSet<Trick>,
    last_delta: BTreeMap<(CalendarId, Timestamp), String>,
}

pub fn calendar(n: usize) -> CalendarId {
    CalendarId::new(format!("cal-{n}"))
}

impl Server {
    pub fn new() -> Self {
        Self {
            things: BTreeMap::new(),
            tokens: BTreeMap::new(),
            pagings: BTreeMap::new(),
            names: 0,
            versions: 0,
            transactions: BTreeMap::new(),
            written: Vec::new(),
            mails: Vec::new(),
            forms: BTreeSet::new(),
            tricks: BTreeSet::new(),
            last_delta: BTreeMap::new(),
        }
    }

    pub fn name(&mut self) -> EventId {
        self.names += 1;
        EventId::new(format!("ev-{:05}", self.names))
    }

    pub fn version(&mut self) -> u64 {
        self.versions += 1;
        self.versions
    }

    /// All tokens die, as when the service's cache is emptied.
    pub fn forget_tokens(&mut self) {
        for token in self.tokens.values_mut() {
            token.is_dead = true;
        }
    }

    pub fn perform(
        &mut self,
        ask: &Ask,
        trick: Option<Trick>,
        chance: &mut Chance,
    ) -> Result<Told, Failure> {
        match ask {
            Ask::Mailbox => Ok(Told::Mailbox(self.mailbox())),
            Ask::View { calendar, from, to } => Ok(Told::Events(self.view(calendar, *from, *to))),
            Ask::Event { calendar, event } | Ask::EventWithNotes { calendar, event } => self
                .by_id(calendar, event)
                .map(Told::Event)
                .ok_or_else(gone),
            Ask::Forward {
                calendar,
                event,
                message,
                ..
            } => {
                self.by_id(calendar, event).ok_or_else(gone)?;
                self.mails.push(message.clone());
                Ok(Told::Accepted)
            }
            Ask::Errand(_) => Ok(Told::Accepted),
            Ask::Body { .. } => Ok(Told::Body(Untrusted::from(String::from("notes")))),
            Ask::Respond {
                calendar,
                event,
                reply,
                comment,
                ..
            } => self.respond(calendar, event, *reply, comment.as_deref()),
            Ask::Create {
                calendar,
                transaction,
                values,
            } => self.create(calendar, transaction, values),
            Ask::Change {
                calendar,
                event,
                etag,
                values,
            } => self.change(calendar, event, etag, values),
            Ask::Delete { calendar, event }
            | Ask::Cancel {
                calendar, event, ..
            } => self.delete(calendar, event),
            Ask::RoundStart { calendar, from, to } => {
                let token = Token {
                    calendar: calendar.clone(),
                    from: *from,
                    to: *to,
                    shown: BTreeMap::new(),
                    roots: BTreeMap::new(),
                    is_dead: false,
                };
                Ok(Told::Page(self.start_round(&token, trick, chance)))
            }
            Ask::RoundNext { calendar, link } => {
                self.next_page(calendar, link.as_str(), trick, chance)
            }
        }
    }

    fn mailbox(&self) -> Mailbox {
        let calendars = (0..2)
            .map(|n| Calendar {
                id: calendar(n),
                name: Untrusted::from(format!("Calendar {n}")),
                hex_color: None,
                color: "auto".into(),
                owner: Person::default(),
                can_edit: true,
                is_default: n == 0,
            })
            .collect();
        Mailbox {
            me: Me::default(),
            calendars,
            settings: None,
            categories: None,
        }
    }

    fn details(body: &Body, is_series: bool) -> Details {
        Details {
            subject: Untrusted::from(body.subject.clone()),
            all_day: body.all_day,
            answer: body.answer,
            is_organizer: body.mine,
            cancelled: body.cancelled,
            response_requested: true,
            attendees: vec![Attendee {
                person: Person {
                    name: "Ben".into(),
                    address: "ben@contoso.com".into(),
                },
                ..Attendee::default()
            }],
            uid: is_series.then(|| "series".to_owned()),
            ..Details::default()
        }
    }

    pub fn occurrence_id(root: &EventId, n: u32) -> EventId {
        EventId::new(format!("{}.{n:03}", root.as_str()))
    }

    fn occurrence(
        calendar: &CalendarId,
        root: &EventId,
        n: u32,
        slot: &Slot,
        body: &Body,
        version: u64,
    ) -> Event {
        let kind = if slot.own.is_some() {
            Kind::Exception
        } else {
            Kind::Occurrence
        };
        let fields = slot.own.as_ref().unwrap_or(body);
        Event {
            calendar: calendar.clone(),
            id: Self::occurrence_id(root, n),
            kind,
            series: Some(root.clone()),
            etag: format!("v{}", slot.own.as_ref().map_or(version, |own| own.version)),
            start: slot.start,
            end: slot.end,
            details: Some(Self::details(fields, true)),
        }
    }

    fn master(
        calendar: &CalendarId,
        root: &EventId,
        body: &Body,
        slots: &BTreeMap<u32, Slot>,
        version: u64,
    ) -> Event {
        let first = slots.values().map(|slot| (slot.start, slot.end)).min();
        let (start, end) = first.unwrap_or((Timestamp::UNIX_EPOCH, Timestamp::UNIX_EPOCH));
        Event {
            calendar: calendar.clone(),
            id: root.clone(),
            kind: Kind::Master,
            series: None,
            etag: format!("v{version}"),
            start,
            end,
            details: Some(Self::details(body, true)),
        }
    }

    fn single(
        calendar: &CalendarId,
        id: &EventId,
        start: Timestamp,
        end: Timestamp,
        body: &Body,
    ) -> Event {
        Event {
            calendar: calendar.clone(),
            id: id.clone(),
            kind: Kind::Single,
            series: None,
            etag: format!("v{}", body.version),
            start,
            end,
            details: Some(Self::details(body, false)),
        }
    }

    /// What a person would see: occurrences, exceptions and singles in the range.
    pub fn view(&self, calendar: &CalendarId, from: Timestamp, to: Timestamp) -> Vec<Event> {
        let inside = |start: Timestamp, end: Timestamp| {
            start < to && (end > from || (start == end && start >= from))
        };
        let mut events = Vec::new();
        for ((of, id), thing) in self.things.iter().filter(|((of, _), _)| of == calendar) {
            match thing {
                Thing::Single { start, end, body } if inside(*start, *end) => {
                    events.push(Self::single(of, id, *start, *end, body));
                }
                Thing::Single { .. } => {}
                Thing::Series {
                    body,
                    slots,
                    version,
                } => {
                    for (n, slot) in slots
                        .iter()
                        .filter(|(_, slot)| inside(slot.start, slot.end))
                    {
                        events.push(Self::occurrence(of, id, *n, slot, body, *version));
                    }
                }
            }
        }
        events
    }

    pub fn by_id(&self, calendar: &CalendarId, id: &EventId) -> Option<Event> {
        for ((of, root), thing) in self.things.iter().filter(|((of, _), _)| of == calendar) {
            match thing {
                Thing::Single { start, end, body } if root == id => {
                    return Some(Self::single(of, root, *start, *end, body));
                }
                Thing::Series {
                    body,
                    slots,
                    version,
                } => {
                    if root == id {
                        return Some(Self::master(of, root, body, slots, *version));
                    }
                    for (n, slot) in slots {
                        if Self::occurrence_id(root, *n) == *id {
                            return Some(Self::occurrence(of, root, *n, slot, body, *version));
                        }
                    }
                }
                Thing::Single { .. } => {}
            }
        }
        None
    }

    fn respond(
        &mut self,
        calendar: &CalendarId,
        id: &EventId,
        reply: Reply,
        comment: Option<&str>,
    ) -> Result<Told, Failure> {
        let version = self.version();
        let mut found = false;
        let mut emptied = None;
        for ((_, root), thing) in self.things.iter_mut().filter(|((of, _), _)| of == calendar) {
            match thing {
                Thing::Single { body, .. } if root == id => {
                    body.answer = reply.as_answer();
                    body.version = version;
                    found = true;
                    emptied = (reply == Reply::Decline).then(|| root.clone());
                }
                Thing::Series {
                    body,
                    slots,
                    version: of_series,
                } => {
                    if root == id {
                        body.answer = reply.as_answer();
                        *of_series = version;
                        found = true;
                        emptied = (reply == Reply::Decline).then(|| root.clone());
                    }
                    let hit = slots
                        .keys()
                        .copied()
                        .find(|n| Self::occurrence_id(root, *n) == *id);
                    if let Some(n) = hit {
                        found = true;
                        *of_series = version;
                        if reply == Reply::Decline {
                            slots.remove(&n);
                        } else if let Some(slot) = slots.get_mut(&n) {
                            let mut own = slot.own.clone().unwrap_or_else(|| body.clone());
                            own.answer = reply.as_answer();
                            own.version = version;
                            slot.own = Some(own);
                        }
                    }
                }
                Thing::Single { .. } => {}
            }
        }
        if let Some(root) = emptied {
            self.things.remove(&(calendar.clone(), root));
        }
        if !found {
            return Err(gone());
        }
        self.mails.push(comment.unwrap_or("").to_owned());
        Ok(Told::Accepted)
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

    fn next_page(
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

pub fn gone() -> Failure {
    failure(
        FailureKind::NotFound,
        "the specified object was not found in the store",
    )
}

fn failure(kind: FailureKind, words: &str) -> Failure {
    Failure {
        kind,
        status: 0,
        code: String::new(),
        words: words.into(),
        retry_after_ms: None,
    }
}

/// Half hours of a day long gone, so that all times in a world are told apart.
pub fn half_hours(n: i64) -> SignedDuration {
    SignedDuration::from_mins(30 * n)
}
