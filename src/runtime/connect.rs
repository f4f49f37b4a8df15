//! From a stored sign-in to a server the data side can ask.
//!
//! Runs on the data side's blocking thread, after the first frame: TLS roots, the HTTP
//! client and the token file are not touched before somebody asks for them. Each time the sign-in
//! is read as it is then: whoever signs in anew need not start anything again.

use super::{Account, Clock, accounts};
use crate::domain::remote::{Ask, Failure, FailureKind, Told};
use crate::graph::auth::{AuthError, Secret, SignInClient, TokenStore, Tokens, http};
use crate::graph::{Bearer, Client, Token};
use crate::service::server::Answer;
use crate::service::{Connect, Connected, Home, Server, Traffic};
use futures_util::future::BoxFuture;
use std::sync::Arc;

/// The way to the server of an account, taken when the data side asks for it.
pub fn connect(home: &Home, account: &Account, clock: Clock) -> Connect {
    let (home, account) = (home.clone(), account.clone());
    Box::new(move || server(&home, &account, clock))
}

fn server(home: &Home, account: &Account, clock: Clock) -> Result<Option<Connected>, String> {
    let account = accounts::anew(home, account).map_err(|error| error.to_string())?;
    let Some(signed_in) = account.signed_in.clone() else {
        return Ok(None);
    };
    let words = |error: AuthError| error.to_string();
    let endpoints = signed_in.endpoints.clone();
    let http = http::http_client(&endpoints).map_err(words)?;
    let store = TokenStore::open(&home.data).map_err(|error| error.to_string())?;
    let banners = store.banner().map(str::to_owned).into_iter().collect();
    let client = SignInClient::new(endpoints.clone(), http.clone(), Arc::new(clock));
    let bearer = Arc::new(Tokenholder {
        tokens: Tokens::open(client, store, &signed_in.key).map_err(words)?,
        clock,
    });
    let graph = endpoints.graph().clone();
    let mailbox = Client::new(http, graph, Arc::clone(&bearer) as Arc<dyn Bearer>)
        .map_err(|error| error.to_string())?;
    Ok(Some(Connected {
        server: Arc::new(Mailbox(mailbox, bearer)),
        rights: account.rights(),
        banners,
    }))
}

struct Mailbox(Client, Arc<Tokenholder>);

impl Server for Mailbox {
    fn perform(&self, ask: Ask) -> Answer<Result<Told, Failure>> {
        let client = self.0.clone();
        Box::pin(async move { client.perform(ask).await })
    }

    fn perform_batch(&self, asks: Vec<Ask>) -> Answer<Vec<Result<Told, Failure>>> {
        let client = self.0.clone();
        Box::pin(async move { client.perform_batch(asks).await })
    }

    fn traffic(&self) -> Traffic {
        let seen = self.0.traffic();
        Traffic {
            requests: seen.requests,
            counted: seen.counted,
            bytes: seen.bytes_received,
            throttled: seen.throttled,
            renewals: self.1.tokens.renewed(),
        }
    }
}

struct Tokenholder {
    tokens: Tokens,
    clock: Clock,
}

impl Bearer for Tokenholder {
    fn access(&self) -> BoxFuture<'_, Result<Token, Failure>> {
        Box::pin(async move {
            let now_ms = self.clock.now().as_millisecond();
            self.tokens
                .access(now_ms)
                .await
                .map(|token| Token::new(token.expose()))
                .map_err(|error| failure(&error))
        })
    }

    fn renew(
        &self,
        failed: &Token,
        claims: Option<String>,
    ) -> BoxFuture<'_, Result<Token, Failure>> {
        let failed = Secret::new(failed.expose().to_owned());
        Box::pin(async move {
            let renewed = self.tokens.renew_after_401(&failed, claims).await;
            renewed
                .map(|token| Token::new(token.expose()))
                .map_err(|error| failure(&error))
        })
    }

    fn acquit(&self, token: &Token) -> BoxFuture<'_, ()> {
        let token = Secret::new(token.expose().to_owned());
        Box::pin(async move { self.tokens.acquit(&token).await })
    }
}

/// What a failed token means for the request that needed it. No request was sent yet, so
/// nothing is unknown.
fn failure(error: &AuthError) -> Failure {
    let (kind, retry_after_ms) = match error {
        AuthError::Offline { .. } | AuthError::Network(_) => (FailureKind::Offline, None),
        AuthError::RetryLater { wait, .. } => {
            (FailureKind::Throttled, u64::try_from(wait.as_millis()).ok())
        }
        _ => (FailureKind::SignIn, None),
    };
    let mut words = error.to_string();
    if kind == FailureKind::SignIn && !words.contains("kalends login") {
        words.push_str("; run kalends login");
    }
    Failure {
        kind,
        status: 0,
        code: String::new(),
        words,
        retry_after_ms,
    }
}
