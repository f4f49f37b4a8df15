//! Carries the requests of the `oauth2` crate over our network client.
//!
//! Invariants: no redirect is followed, no answer is longer than `LONGEST`, and what is not
//! an answer of the platform (proxy pages, outages) is an error here, never a grant.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use oauth2::{AsyncHttpClient, HttpRequest, HttpResponse, RequestTokenError};
use reqwest::header::{HeaderMap, RETRY_AFTER};
use reqwest::{Client, Response};

use super::{AuthError, Refusal, http};

/// Bytes of one answer; tokens with many groups stay far below.
const LONGEST: usize = 512 * 1024;
/// The longest pause the platform can ask for, in seconds.
const LONGEST_PAUSE_S: f64 = 3600.0;

#[derive(Clone)]
pub(super) struct Wire {
    client: Client,
    host: String,
    /// The last error answer in full: `oauth2` keeps less of it while it polls.
    refused: Arc<Mutex<Option<Refusal>>>,
}

#[derive(Debug, thiserror::Error)]
pub(super) enum WireError {
    #[error("the network failed: {0}")]
    Network(String),
    #[error("status {status}")]
    Busy { status: u16, wait: Option<Duration> },
    #[error("{0}")]
    Strange(&'static str),
}

impl Wire {
    pub(super) fn new(client: Client, host: String) -> Self {
        Self {
            client,
            host,
            refused: Arc::default(),
        }
    }

    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, WireError> {
        let request = reqwest::Request::try_from(request).map_err(network)?;
        let response = self.client.execute(request).await.map_err(network)?;
        let status = response.status();
        if status.is_server_error() || status.as_u16() == 429 {
            let wait = retry_after(response.headers());
            return Err(WireError::Busy {
                status: status.as_u16(),
                wait,
            });
        }
        if status.is_redirection() {
            return Err(WireError::Strange("a redirect, which is never followed"));
        }
        let headers = response.headers().clone();
        let body = limited(response).await?;
        if !status.is_success() {
            let refusal: Refusal = serde_json::from_slice(&body)
                .map_err(|_| WireError::Strange("an error page instead of an error answer"))?;
            *self.refused.lock().unwrap_or_else(PoisonError::into_inner) = Some(refusal);
        }
        let mut answer = oauth2::http::Response::new(body);
        *answer.status_mut() = status;
        *answer.headers_mut() = headers;
        Ok(answer)
    }

    /// Turns a failure of `oauth2` into ours; bodies are dropped on the way.
    pub(super) fn explain<T>(&self, error: RequestTokenError<WireError, T>) -> AuthError
    where
        T: oauth2::ErrorResponse + 'static,
    {
        match error {
            RequestTokenError::ServerResponse(_) => {
                let kept = self
                    .refused
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .take();
                kept.map_or_else(
                    || self.strange("an error without a cause"),
                    Refusal::into_error,
                )
            }
            RequestTokenError::Request(WireError::Network(why)) => AuthError::Offline {
                host: self.host.clone(),
                why,
            },
            RequestTokenError::Request(WireError::Busy { status, wait }) => AuthError::RetryLater {
                why: format!(
                    "the sign-in service at {} is busy (status {status})",
                    self.host
                ),
                wait: wait.unwrap_or(Duration::from_secs(30)),
            },
            RequestTokenError::Request(WireError::Strange(what)) => self.strange(what),
            RequestTokenError::Parse(..) => self.strange("not the expected fields"),
            RequestTokenError::Other(_) => self.strange("not JSON"),
        }
    }

    pub(super) fn strange(&self, what: &'static str) -> AuthError {
        AuthError::Answer {
            host: self.host.clone(),
            what,
        }
    }
}

impl<'c> AsyncHttpClient<'c> for Wire {
    type Error = WireError;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, WireError>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(self.send(request))
    }
}

fn network(error: reqwest::Error) -> WireError {
    WireError::Network(http::causes(&error.without_url()))
}

async fn limited(mut response: Response) -> Result<Vec<u8>, WireError> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(network)? {
        if body.len() + chunk.len() > LONGEST {
            return Err(WireError::Strange("an endless answer"));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// Seconds, possibly with a fraction. Dates are not used by the platform.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds: f64 = headers
        .get(RETRY_AFTER)?
        .to_str()
        .ok()?
        .trim()
        .parse()
        .ok()?;
    let is_sane = seconds.is_finite() && seconds >= 0.0;
    is_sane.then(|| Duration::from_secs_f64(seconds.min(LONGEST_PAUSE_S)))
}
