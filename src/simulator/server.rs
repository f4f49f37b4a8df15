//! The simulator on the network: HTTP on loopback around a `GraphSide`.
//!
//! Refuses to know what a token is (a `TokenJudge` does) and to listen anywhere but on
//! loopback unless asked. Invariant: at most four calls of one mailbox are in flight; the
//! fifth is told 429, as Outlook does.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri};
use axum::response::Response as HttpResponse;

use super::clock::Clock;
use super::graph::{Effect, Grant, GraphSide, Request, Response, Transport};

mod control;
mod post;
mod wire;

use wire::{Cut, Loopback};

/// Why a token was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Denied {
    pub status: u16,
    pub code: String,
    pub message: String,
    pub www_authenticate: Option<String>,
}

/// Says what a bearer token allows.
pub trait TokenJudge: Send + Sync + 'static {
    fn judge(&self, bearer: Option<&str>, now_ms: i64) -> Result<Grant, Denied>;
}

/// Fixed tokens for tests.
#[derive(Clone, Debug, Default)]
pub struct StaticTokens(HashMap<String, Grant>);

impl StaticTokens {
    /// Everything a work account can be granted.
    pub const ALL_SCOPES: [&str; 11] = [
        "User.Read",
        "Calendars.ReadWrite",
        "Calendars.ReadWrite.Shared",
        "MailboxSettings.ReadWrite",
        "People.Read",
        "Contacts.Read",
        "User.ReadBasic.All",
        "Place.Read.All",
        "Presence.Read",
        "offline_access",
        "openid",
    ];

    pub fn with(mut self, token: &str, user: &str, scopes: &[&str]) -> Self {
        let scopes = scopes.iter().map(|scope| (*scope).to_owned()).collect();
        self.0.insert(
            token.to_owned(),
            Grant {
                user_principal_name: user.to_owned(),
                scopes,
            },
        );
        self
    }
}

impl TokenJudge for StaticTokens {
    fn judge(&self, bearer: Option<&str>, _now_ms: i64) -> Result<Grant, Denied> {
        bearer.and_then(|token| self.0.get(token)).cloned().ok_or_else(|| Denied {
            status: 401,
            code: "InvalidAuthenticationToken".to_owned(),
            message: if bearer.is_some() { "CompactToken validation failed with reason code: 80049228." } else { "Access token is empty." }
                .to_owned(),
            www_authenticate: Some(
                r#"Bearer realm="", authorization_uri="https://login.microsoftonline.com/common/oauth2/authorize", client_id="00000003-0000-0000-c000-000000000000""#
                    .to_owned(),
            ),
        })
    }
}

/// What a server is made of.
pub struct Config {
    /// Port 0 takes a free one.
    pub listen: SocketAddr,
    /// Listen on other addresses than loopback.
    pub is_public: bool,
    pub latency_ms: u64,
    /// Most calls of one mailbox in flight.
    pub concurrency: usize,
    pub judge: Arc<dyn TokenJudge>,
    /// Mounted beside `/v1.0`.
    pub identity: Router,
    pub clock: Clock,
}

impl Config {
    /// Loopback, a free port, no latency.
    pub fn new(judge: Arc<dyn TokenJudge>, clock: Clock) -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            is_public: false,
            latency_ms: 0,
            concurrency: 4,
            judge,
            identity: Router::new(),
            clock,
        }
    }
}

#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    #[error("refused to listen on {0}: it is not a loopback address; choose 127.0.0.1 or [::1]")]
    NotLoopback(SocketAddr),
    #[error("could not listen on {address}: {cause}; choose another port")]
    Bind {
        address: SocketAddr,
        cause: std::io::Error,
    },
}

/// A bound address on which nothing is served yet; lets others learn the port first.
pub struct Bound {
    listener: tokio::net::TcpListener,
    pub address: SocketAddr,
}

impl Bound {
    pub async fn bind(address: SocketAddr, is_public: bool) -> Result<Self, ServeError> {
        if !is_public && !address.ip().is_loopback() {
            return Err(ServeError::NotLoopback(address));
        }
        let failed = |cause| ServeError::Bind { address, cause };
        let listener = tokio::net::TcpListener::bind(address)
            .await
            .map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        Ok(Self { listener, address })
    }
}

/// A running server; dropping it stops it.
pub struct Running {
    /// `http://127.0.0.1:1234/v1.0`
    pub graph_url: String,
    /// `http://127.0.0.1:1234`
    pub origin: String,
    pub address: SocketAddr,
    pub clock: Clock,
    side: Arc<Mutex<GraphSide>>,
    tasks: Vec<tokio::task::JoinHandle<()>>,
}

impl Running {
    /// The world and its faults, between two requests.
    pub fn side(&self) -> MutexGuard<'_, GraphSide> {
        lock(&self.side)
    }

    pub fn stop(&self) {
        for task in &self.tasks {
            task.abort();
        }
    }

    /// Waits until the server ends by itself, which it does only on errors.
    pub async fn wait(&mut self) {
        for task in &mut self.tasks {
            // An aborted task is the ordinary end.
            let _ = task.await;
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop();
    }
}

/// A poisoned lock means a panic in a handler; the world behind it is still consistent
/// enough to serve, and a simulator that goes silent helps nobody.
fn lock(side: &Mutex<GraphSide>) -> MutexGuard<'_, GraphSide> {
    side.lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
}

#[derive(Clone)]
struct Shared {
    side: Arc<Mutex<GraphSide>>,
    judge: Arc<dyn TokenJudge>,
    clock: Clock,
    latency_ms: u64,
    concurrency: usize,
    in_flight: Arc<Mutex<HashMap<String, usize>>>,
}

pub struct Server;

impl Server {
    pub async fn start(side: GraphSide, config: Config) -> Result<Running, ServeError> {
        let bound = Bound::bind(config.listen, config.is_public).await?;
        Ok(Self::start_on(bound, side, config))
    }

    pub fn start_on(bound: Bound, mut side: GraphSide, config: Config) -> Running {
        let origin = format!("http://{}", bound.address);
        let graph_url = format!("{origin}/v1.0");
        side.base_url.clone_from(&graph_url);
        let side = Arc::new(Mutex::new(side));
        let shared = Shared {
            side: Arc::clone(&side),
            judge: config.judge,
            clock: config.clock.clone(),
            latency_ms: config.latency_ms,
            concurrency: config.concurrency,
            in_flight: Arc::default(),
        };
        let router = Router::new()
            .route("/v1.0", axum::routing::any(graph))
            .route("/v1.0/{*path}", axum::routing::any(graph))
            .merge(control::routes())
            .layer(axum::extract::DefaultBodyLimit::max(64 << 20))
            .with_state(shared.clone())
            .merge(config.identity);
        let listener = Loopback(bound.listener);
        let service = router.into_make_service_with_connect_info::<Cut>();
        let serving = tokio::spawn(async move {
            if let Err(error) = axum::serve(listener, service).await {
                tracing::warn!(%error, "the simulator stopped serving");
            }
        });
        let posting = tokio::spawn(post::deliver(shared));
        Running {
            graph_url,
            origin,
            address: bound.address,
            clock: config.clock,
            side,
            tasks: vec![serving, posting],
        }
    }
}

async fn graph(
    State(shared): State<Shared>,
    ConnectInfo(cut): ConnectInfo<Cut>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> HttpResponse {
    let now = shared.clock.now_ms();
    let bearer = headers
        .get("authorization")
        .and_then(|value| value.to_str().ok());
    let bearer = bearer
        .and_then(|value| value.split_once(' '))
        .map(|(_, token)| token.trim());
    let grant = match shared.judge.judge(bearer, now) {
        Ok(grant) => grant,
        Err(denied) => return refuse(&denied, now),
    };
    let mailbox = grant.user_principal_name.to_lowercase();
    let is_batch = uri.path().eq_ignore_ascii_case("/v1.0/$batch");
    let items = if is_batch { batch_size(&body) } else { 1 };
    let places = Places::take(&shared, mailbox, items.min(4));
    if places.taken == 0 && !is_batch {
        return throttled(now);
    }
    let pairs = headers.iter().map(|(name, value)| {
        (
            name.as_str().to_owned(),
            String::from_utf8_lossy(value.as_bytes()).into_owned(),
        )
    });
    let request = Request {
        method: method.as_str().to_owned(),
        path_and_query: uri
            .path_and_query()
            .map_or_else(|| uri.path().to_owned(), ToString::to_string),
        headers: pairs.filter(|(name, _)| name != "authorization").collect(),
        body: body.to_vec(),
        grant,
        free_places: is_batch.then_some(places.taken),
    };
    let rounds = u64::try_from(items.div_ceil(4)).unwrap_or(1);
    if shared.latency_ms > 0 {
        tokio::time::sleep(Duration::from_millis(shared.latency_ms * rounds)).await;
    }
    let response = lock(&shared.side).respond(&request, shared.clock.now_ms());
    let response = post::confirm(&shared, response).await;
    if response.effect.delay_ms > 0 {
        tokio::time::sleep(Duration::from_millis(response.effect.delay_ms)).await;
    }
    drop(places);
    send(response, &cut)
}

fn batch_size(body: &[u8]) -> usize {
    let parsed: Option<serde_json::Value> = serde_json::from_slice(body).ok();
    parsed
        .and_then(|body| Some(body.get("requests")?.as_array()?.len()))
        .unwrap_or(1)
        .max(1)
}

/// Places of one mailbox held by one call; dropping gives them back, also when the client
/// went away in the middle.
struct Places {
    in_flight: Arc<Mutex<HashMap<String, usize>>>,
    mailbox: String,
    taken: usize,
}

impl Places {
    /// Takes up to `wanted` of the free places.
    fn take(shared: &Shared, mailbox: String, wanted: usize) -> Self {
        let mut taken = wanted;
        if let Ok(mut in_flight) = shared.in_flight.lock() {
            let used = in_flight.entry(mailbox.clone()).or_default();
            taken = shared.concurrency.saturating_sub(*used).min(wanted);
            *used += taken;
        }
        Self {
            in_flight: Arc::clone(&shared.in_flight),
            mailbox,
            taken,
        }
    }
}

impl Drop for Places {
    fn drop(&mut self) {
        if let Ok(mut in_flight) = self.in_flight.lock()
            && let Some(used) = in_flight.get_mut(&self.mailbox)
        {
            *used = used.saturating_sub(self.taken);
        }
    }
}

fn error_body(code: &str, message: &str, now_ms: i64) -> Vec<u8> {
    let date: String = super::civil::Wall(now_ms).text().chars().take(19).collect();
    serde_json::json!({"error": {"code": code, "message": message, "innerError": {"date": date}}})
        .to_string()
        .into_bytes()
}

fn plain(status: u16, headers: &[(&str, &str)], body: Vec<u8>) -> HttpResponse {
    let headers = headers
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    build(
        Response {
            status,
            headers,
            body,
            effect: Effect::default(),
        },
        None,
    )
}

fn refuse(denied: &Denied, now_ms: i64) -> HttpResponse {
    let body = error_body(&denied.code, &denied.message, now_ms);
    let mut headers = vec![("Content-Type", "application/json")];
    if let Some(value) = &denied.www_authenticate {
        headers.push(("WWW-Authenticate", value));
    }
    plain(denied.status, &headers, body)
}

fn throttled(now_ms: i64) -> HttpResponse {
    let body = error_body(
        "ApplicationThrottled",
        "Application is over its MailboxConcurrency limit.",
        now_ms,
    );
    plain(
        429,
        &[("Content-Type", "application/json"), ("Retry-After", "1")],
        body,
    )
}

/// Performs the transport effect and hands the answer to the HTTP library.
fn send(response: Response, cut: &Cut) -> HttpResponse {
    match response.effect.transport.clone() {
        Transport::Intact => build(response, None),
        Transport::ResetBefore => {
            cut.now();
            build(response, None)
        }
        Transport::ResetAfter(bytes) => {
            let head: Bytes = response
                .body
                .iter()
                .copied()
                .take(bytes)
                .collect::<Vec<u8>>()
                .into();
            let body = wire::broken_body(head, response.body.len());
            build(response, Some(body))
        }
        Transport::Drip { piece, pause_ms } => {
            let body = wire::dripping_body(
                &response.body,
                piece.max(1),
                Duration::from_millis(pause_ms),
            );
            build(response, Some(body))
        }
        Transport::LongLength(more) => {
            let claimed = response.body.len() + more;
            let mut response = response;
            response
                .headers
                .push(("Content-Length".to_owned(), claimed.to_string()));
            let body = wire::broken_body(std::mem::take(&mut response.body).into(), claimed);
            build(response, Some(body))
        }
    }
}

fn build(response: Response, body: Option<Body>) -> HttpResponse {
    let body = body.unwrap_or_else(|| Body::from(response.body));
    let mut built = HttpResponse::new(body);
    *built.status_mut() =
        StatusCode::from_u16(response.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    for (name, value) in &response.headers {
        if let (Ok(name), Ok(value)) = (
            HeaderName::try_from(name.as_str()),
            HeaderValue::try_from(value.as_str()),
        ) {
            built.headers_mut().append(name, value);
        }
    }
    built
}
