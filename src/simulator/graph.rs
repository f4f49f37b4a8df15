//! Graph v1.0, calendar side, without sockets: a request and a time in, a response out.
//!
//! Refuses clocks, threads and chance of its own. Invariant: the same world, seed and calls
//! give the same bytes. Identity is somebody else's work: a request comes with its `Grant`.

use serde_json::{Value, json};

use super::dice::{digest, guid};
use super::faults::{Faults, Stage};
use super::world::World;

mod actions;
mod batch;
mod calendars;
pub(crate) mod call;
mod delta;
mod directory;
mod draft;
mod events;
mod markup;
mod prefer;
mod query;
mod render;
mod route;
mod schedule;
mod settings;
pub mod subscriptions;
mod write;

use call::{Call, Fail, Reply};
use prefer::Prefer;
use query::Query;
pub use subscriptions::Notification;

/// What a token allows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    pub user_principal_name: String,
    /// Names such as `Calendars.ReadWrite`.
    pub scopes: Vec<String>,
}

#[derive(Clone, Debug)]
pub struct Request {
    pub method: String,
    /// From the version segment on: `/v1.0/me/calendars?$top=5`.
    pub path_and_query: String,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    pub grant: Grant,
    /// How many of a batch's parallel items the mailbox still has room for.
    pub free_places: Option<usize>,
}

impl Request {
    pub fn new(method: &str, path_and_query: &str, grant: Grant) -> Self {
        Self {
            method: method.to_owned(),
            path_and_query: path_and_query.to_owned(),
            headers: Vec::new(),
            body: Vec::new(),
            grant,
            free_places: None,
        }
    }

    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub fn json(mut self, body: &Value) -> Self {
        self.body = body.to_string().into_bytes();
        self.header("Content-Type", "application/json")
    }
}

/// What happens to a response on its way; a server performs it, a test maps it.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Effect {
    /// Wait before the first byte.
    pub delay_ms: u64,
    pub transport: Transport,
}

#[derive(Clone, Debug, PartialEq, Default)]
pub enum Transport {
    #[default]
    Intact,
    /// The connection breaks before a byte is sent.
    ResetBefore,
    /// The connection breaks after so many bytes of the body.
    ResetAfter(usize),
    /// The body comes in pieces with a pause before each.
    Drip { piece: usize, pause_ms: u64 },
    /// `Content-Length` claims so many bytes more than there are.
    LongLength(usize),
}

#[derive(Clone, Debug, PartialEq)]
pub struct Response {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    pub effect: Effect,
}

impl Response {
    /// The body as JSON; `None` when it is empty or not JSON.
    pub fn json(&self) -> Option<Value> {
        serde_json::from_slice(&self.body).ok()
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }
}

/// Unfriendly but true habits of the service, of delta above all; each is off by default.
#[derive(Clone, Debug, Default, PartialEq, serde::Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct DeltaHabits {
    /// An empty page with a next link comes before so many real ones (0: never).
    pub empty_pages: u32,
    /// Each round ends with a removal of something the client never had.
    pub spurious_removals: bool,
    /// Each incremental round repeats this many unchanged groups.
    pub replays: u32,
    /// Occurrences of a removed series get tombstones too.
    pub removes_occurrences: bool,
    /// Page size when none is asked for.
    pub page_size: Option<usize>,
    /// Removals say `changed` instead of `deleted`.
    pub says_changed: bool,
    /// Windows also show what only touches their edges.
    pub loose_edges: bool,
    /// Page two of somebody else's calendar is refused.
    pub refuses_shared_pages: bool,
    /// Who has a personal account is refused free/busy and suggestions with 401, not 403.
    pub unauthorizes_personal: bool,
}

/// The Graph side: a world, its subscriptions, and what goes wrong.
pub struct GraphSide {
    pub world: World,
    pub faults: Faults,
    pub habits: DeltaHabits,
    /// Prefix of all links, up to and including the version: `http://127.0.0.1:1234/v1.0`.
    pub base_url: String,
    pub(crate) subscriptions: subscriptions::Subscriptions,
    /// Joining links appear this long after the event was made.
    pub join_url_lag_ms: i64,
    served: u64,
}

impl GraphSide {
    pub fn new(world: World, base_url: &str) -> Self {
        let faults = Faults::new(world.seed);
        Self {
            world,
            faults,
            habits: DeltaHabits::default(),
            base_url: base_url.trim_end_matches('/').to_owned(),
            subscriptions: subscriptions::Subscriptions::default(),
            join_url_lag_ms: 0,
            served: 0,
        }
    }

    /// Lets mails arrive and scripts happen that are due; gives what subscribers must hear.
    pub fn tick(&mut self, now_ms: i64) {
        self.world.tick(now_ms);
        self.subscriptions.watch(&self.world, now_ms);
    }

    /// Takes what has to be posted to subscribers.
    pub fn take_notifications(&mut self) -> Vec<Notification> {
        self.subscriptions.take()
    }

    /// Takes the validation requests only; they are answered before their subscription is.
    pub fn take_validations(&mut self) -> Vec<Notification> {
        self.subscriptions.take_validations()
    }

    /// Removes a subscription whose validation failed.
    pub fn drop_subscription(&mut self, id: &str) {
        self.subscriptions.forget(id);
    }

    /// Sends a lifecycle notification (`missed`, `subscriptionRemoved`,
    /// `reauthorizationRequired`) for every subscription.
    pub fn send_lifecycle(&mut self, event: &str) {
        for id in self.subscriptions.ids() {
            self.subscriptions.lose(&id, event);
        }
    }

    /// Answers one request at the given time (milliseconds since the epoch).
    pub fn respond(&mut self, request: &Request, now_ms: i64) -> Response {
        self.tick(now_ms);
        self.served += 1;
        let strike = self
            .faults
            .strike(&request.method, &request.path_and_query, now_ms);
        let response = match strike {
            Some(strike) if strike.stage() == Stage::Instead => {
                let nothing =
                    self.envelope(request, Err(Fail::new(500, "UnknownError", "")), now_ms);
                strike.apply(nothing, &self.base_url, now_ms)
            }
            Some(strike) => {
                let answer = self.dispatch(request, now_ms);
                let whole = self.envelope(request, answer, now_ms);
                strike.apply(whole, &self.base_url, now_ms)
            }
            None => {
                let answer = self.dispatch(request, now_ms);
                self.envelope(request, answer, now_ms)
            }
        };
        self.subscriptions.watch(&self.world, now_ms);
        response
    }

    fn dispatch(&mut self, request: &Request, now_ms: i64) -> Result<Reply, Fail> {
        let (path, query) = request
            .path_and_query
            .split_once('?')
            .unwrap_or((&request.path_and_query, ""));
        let Some(path) = path.strip_prefix("/v1.0") else {
            return Err(Fail::new(404, "ResourceNotFound", "Invalid version."));
        };
        if path.eq_ignore_ascii_case("/$batch") {
            return batch::run(self, request, now_ms);
        }
        let body = read_body(request)?;
        let me = self
            .world
            .find_user(&request.grant.user_principal_name)
            .ok_or_else(|| Fail::new(404, "MailboxNotEnabledForRESTAPI", call::NO_MAILBOX))?;
        let mut call = Call {
            me,
            owner: me,
            method: request.method.to_ascii_uppercase(),
            path: path.to_owned(),
            query: Query::parse(query),
            prefer: Prefer::parse(&request.headers)?,
            if_match: header(&request.headers, "if-match").map(str::to_owned),
            body,
            grant: &request.grant,
            now: now_ms,
            base: &self.base_url,
            habits: &self.habits,
            join_url_lag_ms: self.join_url_lag_ms,
            world: &mut self.world,
            subscriptions: &mut self.subscriptions,
        };
        let applied = call.prefer.applied();
        let mut reply = route::dispatch(&mut call)?;
        if !applied.is_empty()
            && !reply
                .headers
                .iter()
                .any(|(name, _)| name == "Preference-Applied")
        {
            reply
                .headers
                .push(("Preference-Applied".to_owned(), applied));
        }
        Ok(reply)
    }

    fn envelope(&self, request: &Request, answer: Result<Reply, Fail>, now_ms: i64) -> Response {
        let request_id = guid(self.world.seed ^ 0x4e9, self.served);
        let client_id = header(&request.headers, "client-request-id")
            .filter(|id| uuid::Uuid::try_parse(id).is_ok())
            .unwrap_or(&request_id)
            .to_owned();
        let (status, mut headers, body) = match answer {
            Ok(reply) => (
                reply.status,
                reply.headers,
                reply.body.map(|body| raw_or_json(&body)),
            ),
            Err(fail) => {
                let body = fail
                    .body(&request_id, &client_id, now_ms)
                    .to_string()
                    .into_bytes();
                (fail.status, fail.headers, Some(body))
            }
        };
        headers.push(("request-id".to_owned(), request_id));
        headers.push(("client-request-id".to_owned(), client_id));
        headers.push(("Date".to_owned(), http_date(now_ms)));
        headers.push(("Cache-Control".to_owned(), "private".to_owned()));
        headers.push((
            "Strict-Transport-Security".to_owned(),
            "max-age=31536000".to_owned(),
        ));
        headers.push(("x-ms-ags-diagnostic".to_owned(), AGS_DIAGNOSTIC.to_owned()));
        if body.is_some()
            && !headers
                .iter()
                .any(|(name, _)| name.eq_ignore_ascii_case("content-type"))
        {
            headers.push(("Content-Type".to_owned(), JSON_TYPE.to_owned()));
            headers.push(("OData-Version".to_owned(), "4.0".to_owned()));
        }
        Response {
            status,
            headers,
            body: body.unwrap_or_default(),
            effect: Effect::default(),
        }
    }

    /// A number that depends on everything the world has gone through.
    pub fn fingerprint(&self) -> u64 {
        digest(&format!(
            "{}:{}",
            self.world.last_change(),
            self.world.mails.len()
        ))
    }
}

const JSON_TYPE: &str = "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8";
const AGS_DIAGNOSTIC: &str = r#"{"ServerInfo":{"DataCenter":"Loopback","Slice":"E","Ring":"5","ScaleUnit":"000","RoleInstance":"SIM00000000"}}"#;

pub(crate) fn http_date(ms: i64) -> String {
    let seconds = u64::try_from(ms / 1000).unwrap_or(0);
    httpdate::fmt_http_date(std::time::UNIX_EPOCH + std::time::Duration::from_secs(seconds))
}

/// Attachments come as they are, everything else as JSON.
fn raw_or_json(body: &Value) -> Vec<u8> {
    body.as_str()
        .map_or_else(|| body.to_string(), str::to_owned)
        .into_bytes()
}

fn header<'a>(headers: &'a [(String, String)], name: &str) -> Option<&'a str> {
    headers
        .iter()
        .find(|(known, _)| known.eq_ignore_ascii_case(name))
        .map(|(_, value)| value.as_str())
}

fn read_body(request: &Request) -> Result<Option<Value>, Fail> {
    if request.body.is_empty() {
        return Ok(None);
    }
    let kind = header(&request.headers, "content-type")
        .unwrap_or_default()
        .to_ascii_lowercase();
    if !kind.starts_with("application/json") {
        return Err(Fail::new(
            415,
            "RequestBodyRead",
            "A supported content type must be specified: application/json.",
        ));
    }
    serde_json::from_slice(&request.body)
        .map(Some)
        .map_err(|_| Fail::new(400, "RequestBodyRead", "Unable to read JSON request payload. Please ensure Content-Type header is set and payload is of valid JSON format."))
}

/// `{"@odata.context": …, …}` of a single entity or a collection.
pub(crate) fn with_context(base: &str, context: &str, mut body: Value) -> Value {
    if let Some(fields) = body.as_object_mut() {
        fields.insert(
            "@odata.context".to_owned(),
            json!(format!("{base}/$metadata#{context}")),
        );
    }
    body
}

/// A plain text as it would be stored.
pub(crate) fn stored_body(text: &str) -> String {
    markup::stored(text, false)
}

/// A role of a calendar's permissions.
pub(crate) fn role_named(text: &str) -> Option<&'static str> {
    calendars::role_named(text)
}

/// A complete location made of a name.
pub(crate) fn location(name: &str) -> Value {
    render::named_location(name)
}

/// Reads a recurrence and moves the item to its first fitting date.
pub(crate) fn series_from(
    value: &Value,
    item: &mut super::world::Item,
) -> Result<super::world::Series, Fail> {
    write::new_series(value, item)
}
