//! A mailbox on Microsoft Graph: asks in, domain values out.
//!
//! One per mailbox, cheap to clone. Refuses to keep anything between two asks and
//! to retry (the engine owns back-off). Invariant: lists are complete or a failure;
//! only an element that cannot be understood is left out, and counted.

use super::batch;
use super::bearer::Bearer;
use super::exchange::{Answer, Exchange};
use super::failure::{failure, garbled};
use super::limits::{BATCH, Limits};
use super::link::{followed, is_safe, relative};
use super::request::{self, Request, request};
use super::traffic::Traffic;
use super::wire::collection::{Collection, Element, collection};
use super::wire::{body, calendar, event, file, page, person, schedule};
use crate::domain::calendar::{Calendar, Category};
use crate::domain::edit::tidied;
use crate::domain::errand::{Errand, File};
use crate::domain::event::Event;
use crate::domain::remote::{Ask, Failure, FailureKind, Followed, Mailbox, Told};
use futures_util::future::join_all;
use std::collections::HashSet;
use std::sync::Arc;
use url::Url;

/// Why a client could not be made.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    #[error(
        "the Graph address must be https, or http on this machine; check `graph` in the configuration"
    )]
    Unsafe,
    #[error("the Graph address must not carry a user name, a query or a fragment")]
    Decorated,
}

#[derive(Clone)]
pub struct Client {
    line: Arc<Line>,
}

struct Line {
    exchange: Exchange,
    base: Url,
}

impl Client {
    /// `graph` is the version root, e.g. `https://graph.microsoft.com/v1.0`; without a
    /// path, `/v1.0` is meant. `http` must follow no redirects ([`super::auth::http`]).
    pub fn new(
        http: reqwest::Client,
        graph: Url,
        bearer: Arc<dyn Bearer>,
    ) -> Result<Self, ClientError> {
        Self::with_limits(http, graph, bearer, Limits::default())
    }

    pub fn with_limits(
        http: reqwest::Client,
        mut graph: Url,
        bearer: Arc<dyn Bearer>,
        limits: Limits,
    ) -> Result<Self, ClientError> {
        if !is_safe(&graph) {
            return Err(ClientError::Unsafe);
        }
        let is_bare = graph.username().is_empty()
            && graph.password().is_none()
            && graph.query().is_none()
            && graph.fragment().is_none();
        if !is_bare {
            return Err(ClientError::Decorated);
        }
        let path = match graph.path().trim_end_matches('/') {
            "" => "/v1.0".to_owned(),
            path => path.to_owned(),
        };
        graph.set_path(&path);
        let exchange = Exchange::new(http, bearer, limits);
        let line = Arc::new(Line {
            exchange,
            base: graph,
        });
        Ok(Self { line })
    }

    /// Performs one ask. A write is sent at most once, or twice when the first was
    /// refused with 401.
    pub async fn perform(&self, ask: Ask) -> Result<Told, Failure> {
        if let Ask::Mailbox { followed } = &ask {
            return self.line.mailbox(followed).await.map(Told::Mailbox);
        }
        let request = request(&self.line.base, &ask)?;
        let answer = self.line.exchange.fetch(&request).await?;
        self.line.told(&ask, &request, answer).await
    }

    /// Performs several asks; reads travel in `$batch`es of four. The results are
    /// in the order of the asks, each with its own failure. Writes and the mailbox
    /// lists are performed by themselves.
    pub async fn perform_batch(&self, asks: Vec<Ask>) -> Vec<Result<Told, Failure>> {
        let mut results: Vec<Option<Result<Told, Failure>>> = asks.iter().map(|_| None).collect();
        let (mut batched, mut single) = (Vec::new(), Vec::new());
        for (at, ask) in asks.into_iter().enumerate() {
            match self.line.batchable(&ask) {
                Ok(Some(request)) => batched.push((at, ask, request)),
                Ok(None) => single.push((at, ask)),
                Err(failure) => {
                    if let Some(place) = results.get_mut(at) {
                        *place = Some(Err(failure));
                    }
                }
            }
        }
        let batches = join_all(
            in_groups(batched)
                .into_iter()
                .map(|group| self.perform_group(group)),
        );
        let singles = join_all(
            single
                .into_iter()
                .map(|(at, ask)| async move { (at, self.perform(ask).await) }),
        );
        let (batches, singles) = futures_util::future::join(batches, singles).await;
        for (at, result) in batches.into_iter().flatten().chain(singles) {
            if let Some(place) = results.get_mut(at) {
                *place = Some(result);
            }
        }
        let lost = || failure(FailureKind::Unknown, 0, "the batch lost a request");
        results
            .into_iter()
            .map(|result| result.unwrap_or_else(|| Err(lost())))
            .collect()
    }

    async fn perform_group(
        &self,
        group: Vec<(usize, Ask, Request)>,
    ) -> Vec<(usize, Result<Told, Failure>)> {
        let requests: Vec<Request> = group
            .iter()
            .map(|(_, _, request)| request.clone())
            .collect();
        let answers = match requests.as_slice() {
            [one] => vec![self.line.exchange.fetch(one).await],
            several => batch::fetch(&self.line.exchange, &self.line.base, several).await,
        };
        let told = group
            .into_iter()
            .zip(answers)
            .map(|((at, ask, request), answer)| async move {
                let result = match answer {
                    Ok(answer) => self.line.told(&ask, &request, answer).await,
                    Err(failure) => Err(failure),
                };
                (at, result)
            });
        join_all(told).await
    }

    /// What this client has done so far.
    pub fn traffic(&self) -> Traffic {
        self.line.exchange.counters.snapshot()
    }
}

impl Line {
    /// The request of an ask that may travel in a batch; None when it must go alone.
    fn batchable(&self, ask: &Ask) -> Result<Option<Request>, Failure> {
        if ask.is_write() || matches!(ask, Ask::Mailbox { .. }) {
            return Ok(None);
        }
        let request = request(&self.base, ask)?;
        Ok(relative(&self.base, &request.url).map(|_| request))
    }

    async fn told(&self, ask: &Ask, request: &Request, answer: Answer) -> Result<Told, Failure> {
        match ask {
            Ask::Mailbox { followed } => self.mailbox(followed).await.map(Told::Mailbox),
            Ask::View { calendar, .. } => {
                let events = self.all_pages::<Event>(request, answer, calendar).await?;
                Ok(Told::Events(unique(events)))
            }
            Ask::RoundStart { calendar, .. } | Ask::RoundNext { calendar, .. } => {
                let page = page::page(&answer.body, calendar)
                    .map_err(|_| garbled(request, "a page that cannot be read"))?;
                self.exchange.counters.skipped(page.skipped);
                Ok(Told::Page(page))
            }
            Ask::Event { calendar, .. } => event::event(&answer.body, calendar)
                .map(Told::Event)
                .map_err(|reason| garbled(request, reason.words())),
            Ask::EventWithNotes { calendar, .. } => {
                let mut event = event::event(&answer.body, calendar)
                    .map_err(|reason| garbled(request, reason.words()))?;
                let notes = body::body(&answer.body)
                    .map_err(|_| garbled(request, "a body that cannot be read"))?;
                if let Some(details) = &mut event.details {
                    details.notes = Some(tidied(notes.raw()));
                }
                Ok(Told::Event(event))
            }
            Ask::Body { .. } => body::body(&answer.body)
                .map(Told::Body)
                .map_err(|_| garbled(request, "a body that cannot be read")),
            Ask::Create { calendar, .. } | Ask::Change { calendar, .. } => {
                event::event(&answer.body, calendar)
                    .map(Told::Event)
                    .map_err(|reason| garbled(request, reason.words()))
            }
            Ask::Errand(Errand::Files { .. }) => {
                let files = self.all_pages::<File>(request, answer, &()).await?;
                Ok(Told::Files(files))
            }
            Ask::Errand(Errand::People) => person::people(&answer.body)
                .map(|page| Told::People(page.items))
                .map_err(|_| garbled(request, "people that cannot be read")),
            Ask::Errand(Errand::Schedules { .. }) => schedule::schedules(&answer.body)
                .map(|page| Told::Schedules(page.items))
                .map_err(|_| garbled(request, "free/busy that cannot be read")),
            Ask::Errand(Errand::MeetingTimes { .. }) => schedule::suggestions(&answer.body)
                .map(Told::Suggestions)
                .map_err(|_| garbled(request, "suggestions that cannot be read")),
            Ask::Errand(Errand::Fetch { .. }) => file::content(&answer.body)
                .map(Told::Content)
                .map_err(|_| garbled(request, "a file that cannot be read")),
            Ask::Respond { .. }
            | Ask::Delete { .. }
            | Ask::Cancel { .. }
            | Ask::Forward { .. }
            | Ask::Errand(_) => Ok(Told::Accepted),
        }
    }

    async fn mailbox(&self, followed: &[String]) -> Result<Mailbox, Failure> {
        let asked = request::mailbox(&self.base)?;
        let requests = [asked.me, asked.calendars, asked.settings, asked.categories];
        let mut answers = batch::fetch(&self.exchange, &self.base, &requests)
            .await
            .into_iter();
        let [me_asked, calendars_asked, settings_asked, categories_asked] = &requests;
        let mut next = |request: &Request| {
            answers
                .next()
                .unwrap_or_else(|| Err(garbled(request, "a short batch")))
        };
        let me = next(me_asked)?;
        let calendars = next(calendars_asked)?;
        let settings = unless_refused(next(settings_asked))?;
        let categories = unless_refused(next(categories_asked))?;
        Ok(Mailbox {
            me: calendar::me(&me.body).map_err(|_| garbled(me_asked, "no account"))?,
            calendars: self
                .all_pages::<Calendar>(calendars_asked, calendars, &())
                .await?,
            followed: self.followed(followed).await,
            settings: settings.and_then(|answer| calendar::settings(&answer.body)),
            categories: match categories {
                Some(answer) => Some(
                    self.all_pages::<Category>(categories_asked, answer, &())
                        .await?,
                ),
                None => None,
            },
        })
    }

    /// The main calendars of these people. One that cannot be read does not stop the others; a
    /// server that asks for a wait is asked for nothing more, nor is one that is out of reach.
    async fn followed(&self, addresses: &[String]) -> Vec<Followed> {
        let mut all: Vec<Followed> = Vec::with_capacity(addresses.len());
        for group in addresses.chunks(BATCH) {
            let failures = all.iter().filter_map(|one| one.calendar.as_ref().err());
            let mut failures = failures.filter(|failure| {
                matches!(failure.kind, FailureKind::Throttled | FailureKind::Offline)
            });
            if let Some(failure) = failures.next().cloned() {
                all.extend(group.iter().map(|address| Followed {
                    address: address.clone(),
                    calendar: Err(failure.clone()),
                }));
                continue;
            }
            let asked: Result<Vec<Request>, Failure> = group
                .iter()
                .map(|address| request::followed_calendar(&self.base, address))
                .collect();
            let answers = match asked.as_deref() {
                Ok([one]) => vec![self.exchange.fetch(one).await],
                Ok(several) => batch::fetch(&self.exchange, &self.base, several).await,
                Err(failure) => group.iter().map(|_| Err(failure.clone())).collect(),
            };
            for (address, answer) in group.iter().zip(answers) {
                let calendar = answer.map_err(of_another_name).and_then(|answer| {
                    calendar::followed(&answer.body, address)
                        .ok_or_else(|| failure(FailureKind::Unknown, 200, "no calendar was sent"))
                });
                let address = address.clone();
                all.push(Followed { address, calendar });
            }
        }
        all
    }

    /// Follows a plain list to its end.
    async fn all_pages<T: Element>(
        &self,
        request: &Request,
        first: Answer,
        context: &T::Context,
    ) -> Result<Vec<T>, Failure> {
        let mut answer = first;
        let mut all = Vec::new();
        let mut followed_links = HashSet::new();
        loop {
            let Collection {
                items,
                next,
                skipped,
                ..
            } = collection::<T>(&answer.body, context)
                .map_err(|_| garbled(request, "a list that cannot be read"))?;
            self.exchange.counters.skipped(skipped);
            all.extend(items);
            let Some(link) = next else { return Ok(all) };
            let is_endless = followed_links.len() + 1 >= self.exchange.limits.pages
                || all.len() > self.exchange.limits.events
                || !followed_links.insert(link.clone());
            if is_endless {
                return Err(garbled(request, "a list that does not end"));
            }
            let page = request.page(followed(&self.base, &link)?);
            answer = self.exchange.fetch(&page).await?;
        }
    }
}

/// Cut into batches, in order.
fn in_groups<T>(mut items: Vec<T>) -> Vec<Vec<T>> {
    let mut groups = Vec::new();
    while !items.is_empty() {
        let rest = items.split_off(items.len().min(BATCH));
        groups.push(std::mem::replace(&mut items, rest));
    }
    groups
}

/// Settings and categories need a scope that may be missing; the rest goes on.
fn unless_refused(answer: Result<Answer, Failure>) -> Result<Option<Answer>, Failure> {
    use FailureKind::{Forbidden, NotFound, Refused};
    match answer {
        Ok(answer) => Ok(Some(answer)),
        Err(failure) if matches!(failure.kind, Forbidden | NotFound | Refused) => Ok(None),
        Err(failure) => Err(failure),
    }
}

/// `/users/` wants the sign-in name, which need not be the mail address (Graph: user). It says
/// nothing about what is shared.
fn of_another_name(failure: Failure) -> Failure {
    if !failure
        .code
        .eq_ignore_ascii_case("Request_ResourceNotFound")
    {
        return failure;
    }
    Failure {
        kind: FailureKind::Refused,
        words: "no mailbox under this name; try their sign-in name".into(),
        ..failure
    }
}

/// Pages use `$skip`, so an event may come twice when others change meanwhile; the
/// later copy is the newer one.
fn unique(events: Vec<Event>) -> Vec<Event> {
    let mut places = std::collections::HashMap::with_capacity(events.len());
    let mut unique: Vec<Event> = Vec::with_capacity(events.len());
    for event in events {
        match places.entry(event.id.clone()) {
            std::collections::hash_map::Entry::Occupied(place) => {
                if let Some(older) = unique.get_mut(*place.get()) {
                    *older = event;
                }
            }
            std::collections::hash_map::Entry::Vacant(place) => {
                place.insert(unique.len());
                unique.push(event);
            }
        }
    }
    unique
}
