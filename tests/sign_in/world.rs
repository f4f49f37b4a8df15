//! One platform with three people, and a client that lives on the same clock.

use std::collections::HashMap;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::extract::Request as HttpRequest;
use axum::middleware::{Next, from_fn};
use kalends::graph::auth::{
    AuthError, Clock, Endpoints, Request, SignInClient, SignedIn, TokenStore, Tokens, http,
};
use kalends::simulator::clock::Clock as SimulatorClock;
use kalends::simulator::identity::{Account, Action, Config, Identity, PERSONAL_TENANT};
use tempfile::TempDir;

pub const START_MS: i64 = 1_791_187_200_000; // 2026-10-05 08:00 UTC
pub const CLIENT_ID: &str = "6a1f3c1e-0c5b-4d55-9d8e-3b1f5a0c2d11";
pub const TENANT: &str = "0d6c5a9e-3a3f-4a55-8a1d-2f7b8a6c9e01";
pub const ADA: &str = "ada@contoso.example";
pub const PIA: &str = "pia@outlook.example";

type Happening = Box<dyn FnOnce() + Send>;

/// The client's clock: waiting moves the simulator's. A sleep can be cut short, can never
/// end, and can have something happen after it.
pub struct TestClock {
    pub clock: SimulatorClock,
    pub slept: Mutex<Vec<u64>>,
    pub after: Mutex<HashMap<usize, Happening>>,
    /// The n-th sleep moves the clock by only this many seconds.
    pub cut: Mutex<HashMap<usize, i64>>,
    pub is_endless: bool,
}

impl TestClock {
    pub fn after_sleep(&self, number: usize, happening: impl FnOnce() + Send + 'static) {
        self.after
            .lock()
            .unwrap()
            .insert(number, Box::new(happening));
    }

    /// Seconds of all sleeps so far.
    pub fn slept(&self) -> Vec<u64> {
        self.slept.lock().unwrap().clone()
    }
}

impl Clock for TestClock {
    fn now_ms(&self) -> i64 {
        self.clock.now_ms()
    }

    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        if self.is_endless {
            return Box::pin(std::future::pending());
        }
        let number = {
            let mut slept = self.slept.lock().unwrap();
            slept.push(duration.as_secs());
            slept.len()
        };
        let cut = self.cut.lock().unwrap().remove(&number);
        let whole = i64::try_from(duration.as_millis()).unwrap();
        self.clock
            .advance(cut.map_or(whole, |seconds| seconds * 1000));
        if let Some(happening) = self.after.lock().unwrap().remove(&number) {
            happening();
        }
        Box::pin(std::future::ready(()))
    }
}

pub struct World {
    pub identity: Arc<Identity>,
    pub clock: SimulatorClock,
    pub time: Arc<TestClock>,
    pub client: SignInClient,
    pub store: TokenStore,
    pub base: String,
    requests: Arc<AtomicUsize>,
    _home: TempDir,
}

pub fn accounts() -> Vec<Account> {
    let account = |upn: &str, name: &str, last: &str, tid: &str| Account {
        upn: upn.to_owned(),
        name: name.to_owned(),
        oid: format!("00000000-0000-4000-8000-0000000000{last}"),
        tid: tid.to_owned(),
        personal: tid == PERSONAL_TENANT,
    };
    vec![
        account(ADA, "Ada <Lovelace>", "01", TENANT),
        account("bob@contoso.example", "Bob", "02", TENANT),
        account(PIA, "Pia", "03", PERSONAL_TENANT),
    ]
}

impl World {
    pub async fn new() -> Self {
        Self::with("organizations", false).await
    }

    /// `is_endless`: the client's waits never end, as when a person is quick.
    pub async fn with(tenant: &str, is_endless: bool) -> Self {
        let clock = SimulatorClock::manual(START_MS);
        let config = Config {
            accounts: accounts(),
            client_id: CLIENT_ID.to_owned(),
            tenant: "contoso.example".to_owned(),
            auto_approve: true,
            seed: 7,
        };
        let identity = Identity::new(config, clock.clone());
        let requests = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&requests);
        let router = identity
            .router()
            .layer(from_fn(move |request: HttpRequest, next: Next| {
                if request.uri().path().ends_with("/token") {
                    counted.fetch_add(1, Ordering::SeqCst);
                }
                next.run(request)
            }));
        let base = serve(router).await;
        let time = Arc::new(TestClock {
            clock: clock.clone(),
            slept: Mutex::default(),
            after: Mutex::default(),
            cut: Mutex::default(),
            is_endless,
        });
        let home = tempfile::tempdir().unwrap();
        let store = TokenStore::open(&home.path().join("tokens")).unwrap();
        let client = client(&base, tenant, CLIENT_ID, Arc::clone(&time));
        Self {
            identity,
            clock,
            time,
            client,
            store,
            base,
            requests,
            _home: home,
        }
    }

    pub fn script(&self, action: Action) {
        self.identity.script(action).unwrap();
    }

    pub fn client_of(&self, tenant: &str, client_id: &str) -> SignInClient {
        client(&self.base, tenant, client_id, Arc::clone(&self.time))
    }

    /// How often the token endpoint was asked.
    pub fn token_requests(&self) -> usize {
        self.requests.load(Ordering::SeqCst)
    }

    /// Signs Ada in by device code, approved before the first poll.
    pub async fn sign_in(&self, request: Request) -> Result<SignedIn, AuthError> {
        self.sign_in_as(ADA, request).await
    }

    pub async fn sign_in_as(&self, upn: &str, request: Request) -> Result<SignedIn, AuthError> {
        let code = self.client.start_device_code(request).await?;
        let user_code = Some(code.user_code().to_owned());
        self.script(Action::ApproveDevice {
            upn: upn.to_owned(),
            user_code,
        });
        self.client.poll(&code).await
    }

    /// Ada, signed in, stored, with a source of tokens.
    pub async fn signed_in(&self) -> (SignedIn, Tokens) {
        let account = self.sign_in(Request::read_write()).await.unwrap();
        self.store.save(&account).unwrap();
        let tokens = Tokens::open(self.client.clone(), self.store.clone(), &account.key).unwrap();
        (account, tokens)
    }

    pub fn advance_minutes(&self, minutes: i64) {
        self.clock.advance(minutes * 60 * 1000);
    }

    pub fn now_ms(&self) -> i64 {
        self.clock.now_ms()
    }
}

pub fn client(base: &str, tenant: &str, client_id: &str, time: Arc<TestClock>) -> SignInClient {
    let endpoints = Endpoints::new(base, base, tenant, client_id).unwrap();
    let http = http::http_client(&endpoints).unwrap();
    SignInClient::new(endpoints, http, time)
}

/// Serves on a free loopback port until the test ends.
pub async fn serve(router: axum::Router) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await });
    format!("http://{address}")
}

/// A person's browser: follows redirects, also to the client's listener.
pub fn browser() -> reqwest::Client {
    plain_client(reqwest::redirect::Policy::limited(5))
}

/// A client that shows redirects instead of following them.
pub fn probe() -> reqwest::Client {
    plain_client(reqwest::redirect::Policy::none())
}

fn plain_client(policy: reqwest::redirect::Policy) -> reqwest::Client {
    let none = std::iter::empty::<reqwest::Certificate>();
    reqwest::Client::builder()
        .no_proxy()
        .tls_certs_only(none)
        .redirect(policy)
        .build()
        .unwrap()
}
