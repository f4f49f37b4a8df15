//! A small HTTP/1.1 server on loopback that answers as told, and misbehaves as
//! told: it can cut an answer short, reset the connection or keep silent.

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use kalends::domain::remote::Failure;
use kalends::graph::{Bearer, Client, Limits, Token};
use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use url::Url;

#[derive(Debug, Clone)]
pub struct Received {
    pub method: String,
    /// Path and query as sent.
    pub target: String,
    /// Names in lower case.
    pub headers: HashMap<String, String>,
    pub body: String,
}

impl Received {
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap()
    }
}

#[derive(Clone)]
pub struct Reply {
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
    ending: Ending,
}

#[derive(Clone, Copy, PartialEq)]
enum Ending {
    Complete,
    /// Declares more bytes than it sends, then closes.
    CutShort,
    /// Declares more bytes than it sends, then keeps silent.
    Stalling,
    /// Closes without an answer.
    Reset,
    /// Never answers.
    Silent,
}

impl Reply {
    pub fn json(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self {
            status,
            headers: vec![("Content-Type".into(), "application/json".into())],
            body: body.into(),
            ending: Ending::Complete,
        }
    }
    pub fn bare(status: u16) -> Self {
        Self {
            headers: Vec::new(),
            ..Self::json(status, "")
        }
    }
    pub fn html(status: u16) -> Self {
        let page = "<!DOCTYPE html><html><body>Welcome to Hotel WiFi</body></html>";
        Self::bare(status)
            .with("Content-Type", "text/html")
            .body(page)
    }
    pub fn reset() -> Self {
        Self {
            ending: Ending::Reset,
            ..Self::bare(200)
        }
    }
    pub fn silence() -> Self {
        Self {
            ending: Ending::Silent,
            ..Self::bare(200)
        }
    }
    pub fn cut_short(mut self) -> Self {
        self.ending = Ending::CutShort;
        self
    }
    pub fn stalling(mut self) -> Self {
        self.ending = Ending::Stalling;
        self
    }
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }
    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }
}

type Script = dyn Fn(Received, usize) -> BoxFuture<'static, Reply> + Send + Sync;

pub struct Server {
    pub base: Url,
    state: Arc<State>,
}

struct State {
    script: Box<Script>,
    log: Mutex<Vec<Received>>,
    in_flight: AtomicUsize,
    peak: AtomicUsize,
}

impl Server {
    /// `script` gets each request and how many came before it.
    pub async fn start(script: impl Fn(&Received, usize) -> Reply + Send + Sync + 'static) -> Self {
        Self::start_waiting(move |received, before| {
            let reply = script(&received, before);
            async move { reply }.boxed()
        })
        .await
    }

    pub async fn start_waiting(
        script: impl Fn(Received, usize) -> BoxFuture<'static, Reply> + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}/v1.0", listener.local_addr().unwrap());
        let state = Arc::new(State {
            script: Box::new(script),
            log: Mutex::default(),
            in_flight: AtomicUsize::new(0),
            peak: AtomicUsize::new(0),
        });
        let shared = state.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, shared.clone()));
            }
        });
        Self {
            base: base.parse().unwrap(),
            state,
        }
    }

    pub fn client(&self) -> Client {
        self.client_with(Arc::new(Tokens::default()), Limits::default())
    }

    pub fn client_with(&self, bearer: Arc<dyn Bearer>, limits: Limits) -> Client {
        Client::with_limits(transport(), self.base.clone(), bearer, limits).unwrap()
    }

    pub fn received(&self) -> Vec<Received> {
        self.state.log.lock().unwrap().clone()
    }
    pub fn in_flight(&self) -> usize {
        self.state.in_flight.load(Ordering::SeqCst)
    }
    pub fn peak(&self) -> usize {
        self.state.peak.load(Ordering::SeqCst)
    }
}

async fn serve(mut stream: TcpStream, state: Arc<State>) {
    while let Some(received) = read(&mut stream).await {
        let before = {
            let mut log = state.log.lock().unwrap();
            log.push(received.clone());
            log.len() - 1
        };
        let now = state.in_flight.fetch_add(1, Ordering::SeqCst) + 1;
        state.peak.fetch_max(now, Ordering::SeqCst);
        let reply = (state.script)(received, before).await;
        state.in_flight.fetch_sub(1, Ordering::SeqCst);
        if !write(&mut stream, reply).await {
            return;
        }
    }
}

async fn read(stream: &mut TcpStream) -> Option<Received> {
    let mut bytes = Vec::new();
    let end = loop {
        if let Some(at) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            break at;
        }
        let mut chunk = [0; 4096];
        match stream.read(&mut chunk).await {
            Ok(0) | Err(_) => return None,
            Ok(length) => bytes.extend_from_slice(&chunk[..length]),
        }
    };
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let mut lines = head.split("\r\n");
    let mut first = lines.next()?.split(' ');
    let headers: HashMap<String, String> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_lowercase(), value.trim().to_owned()))
        .collect();
    let length = headers
        .get("content-length")
        .and_then(|text| text.parse().ok())
        .unwrap_or(0);
    let mut body = bytes.split_off(end + 4);
    while body.len() < length {
        let mut chunk = [0; 4096];
        match stream.read(&mut chunk).await {
            Ok(0) | Err(_) => return None,
            Ok(length) => body.extend_from_slice(&chunk[..length]),
        }
    }
    Some(Received {
        method: first.next()?.to_owned(),
        target: first.next()?.to_owned(),
        headers,
        body: String::from_utf8_lossy(&body).into_owned(),
    })
}

/// Whether the connection goes on.
async fn write(stream: &mut TcpStream, reply: Reply) -> bool {
    match reply.ending {
        Ending::Reset => {
            let _ = stream.set_zero_linger();
            return false;
        }
        Ending::Silent => std::future::pending::<()>().await,
        Ending::Complete | Ending::CutShort | Ending::Stalling => {}
    }
    let extra = if reply.ending == Ending::Complete {
        0
    } else {
        100
    };
    let mut head = format!("HTTP/1.1 {} X\r\n", reply.status);
    for (name, value) in &reply.headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head.push_str(&format!(
        "Content-Length: {}\r\n\r\n",
        reply.body.len() + extra
    ));
    let is_sent = stream.write_all(head.as_bytes()).await.is_ok()
        && stream.write_all(&reply.body).await.is_ok();
    if reply.ending == Ending::Stalling {
        std::future::pending::<()>().await;
    }
    is_sent && reply.ending == Ending::Complete
}

/// As `graph::auth::http` makes it for a loopback account.
pub fn transport() -> reqwest::Client {
    reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .build()
        .unwrap()
}

/// Hands out "first", and "second" once renewed; remembers what it was asked.
#[derive(Default)]
pub struct Tokens {
    pub renewals: Mutex<Vec<(String, Option<String>)>>,
}

/// Hands out the newest token, and a newer one whenever it is renewed.
#[derive(Default)]
pub struct Renewing {
    pub count: AtomicUsize,
    pub acquitted: Mutex<Vec<String>>,
}

impl Bearer for Renewing {
    fn access(&self) -> BoxFuture<'_, Result<Token, Failure>> {
        let token = Token::new(format!("token {}", self.count.load(Ordering::SeqCst)));
        async { Ok(token) }.boxed()
    }

    fn renew(&self, _: &Token, _: Option<String>) -> BoxFuture<'_, Result<Token, Failure>> {
        self.count.fetch_add(1, Ordering::SeqCst);
        self.access()
    }

    fn acquit(&self, token: &Token) -> BoxFuture<'_, ()> {
        let token = token.expose().to_owned();
        self.acquitted.lock().unwrap().push(token);
        async {}.boxed()
    }
}

impl Bearer for Tokens {
    fn access(&self) -> BoxFuture<'_, Result<Token, Failure>> {
        async { Ok(Token::new("first")) }.boxed()
    }

    fn renew(
        &self,
        failed: &Token,
        claims: Option<String>,
    ) -> BoxFuture<'_, Result<Token, Failure>> {
        let failed = failed.expose().to_owned();
        self.renewals.lock().unwrap().push((failed, claims));
        async { Ok(Token::new("second")) }.boxed()
    }
}
