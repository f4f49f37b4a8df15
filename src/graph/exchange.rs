//! One request, one answer: permits, headers, token, size and time limits.
//!
//! Refuses to follow redirects, to read more than the limit, and to retry anything
//! but a 401, once. Invariant: at most four requests of a mailbox are in flight,
//! from before sending until the last byte of the answer is read; a batch counts
//! as its items. The permits are given back while a token is renewed.
//!
//! A personal account that asks when others are free may be answered 401 for ever (Graph:
//! getSchedule). A new token that meets it too is blamed for nothing: the request is forbidden, and
//! the next one of that kind does not have the token renewed again.

use super::auth::challenge::claims;
use super::bearer::{Bearer, Token};
use super::failure::{failure, of_answer, of_connection};
use super::gate::Gate;
use super::limits::{IN_FLIGHT, Limits};
use super::request::{Purpose, Request};
use super::traffic::Counters;
use crate::domain::remote::{Failure, FailureKind};
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, IF_MATCH};
use http::{HeaderMap, HeaderValue};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::Semaphore;

/// A complete answer, of the wire or of a batch item.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// By its label, or by its first letter when the label lies. An empty body is
    /// nobody's page, whatever it is called.
    pub(crate) fn is_html(&self) -> bool {
        let content = self.body.trim_ascii_start();
        let labelled = self
            .headers
            .get(CONTENT_TYPE)
            .and_then(|value| value.to_str().ok())
            .is_some_and(|label| label.to_ascii_lowercase().contains("html"));
        !content.is_empty() && (labelled || content.starts_with(b"<"))
    }
}

pub(crate) struct Exchange {
    http: reqwest::Client,
    bearer: Arc<dyn Bearer>,
    permits: Semaphore,
    pub(crate) counters: Counters,
    pub(crate) limits: Limits,
    gate: Gate,
    /// The token that was refused for what the account is never told.
    acquitted: Mutex<Option<Token>>,
}

impl Exchange {
    pub(crate) fn new(http: reqwest::Client, bearer: Arc<dyn Bearer>, limits: Limits) -> Self {
        Self {
            http,
            bearer,
            permits: Semaphore::new(IN_FLIGHT as usize),
            counters: Counters::default(),
            limits,
            gate: Gate::default(),
            acquitted: Mutex::default(),
        }
    }

    /// A successful answer, after at most one renewal of the token.
    pub(crate) async fn fetch(&self, request: &Request) -> Result<Answer, Failure> {
        self.fetch_signed(request).await.map(|(answer, _)| answer)
    }

    /// The same, with the token that worked: items of a batch may still refuse it.
    pub(crate) async fn fetch_signed(&self, request: &Request) -> Result<(Answer, Token), Failure> {
        let token = self.bearer.access().await?;
        let answer = self.attempt(request, &token).await?;
        if answer.status != 401 || self.is_untold(request, &answer, &token) {
            return self.judged(answer, request).map(|answer| (answer, token));
        }
        let token = self.renew(&token, &answer.headers).await?;
        let answer = self.attempt(request, &token).await?;
        if is_of_account(request, &answer) {
            self.bearer.acquit(&token).await;
            *self.acquitted() = Some(token.clone());
        }
        self.judged(answer, request).map(|answer| (answer, token))
    }

    /// The account was refused this with the same token before, and a new one had not helped.
    fn is_untold(&self, request: &Request, answer: &Answer, token: &Token) -> bool {
        is_of_account(request, answer) && self.acquitted().as_ref() == Some(token)
    }

    fn acquitted(&self) -> std::sync::MutexGuard<'_, Option<Token>> {
        let guard = self.acquitted.lock();
        guard.unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) async fn renew(
        &self,
        failed: &Token,
        headers: &HeaderMap,
    ) -> Result<Token, Failure> {
        self.counters.renewed();
        self.bearer.renew(failed, claims(headers)).await
    }

    /// Success, or the failure this answer stands for.
    pub(crate) fn judged(&self, answer: Answer, request: &Request) -> Result<Answer, Failure> {
        match of_answer(&answer, request) {
            None => Ok(answer),
            Some(failure) => {
                let is_throttled = failure.kind == FailureKind::Throttled;
                if is_throttled {
                    self.counters.throttled();
                }
                if let Some(ms) = failure.retry_after_ms
                    && (is_throttled || failure.status == 503)
                {
                    self.gate.close(ms);
                }
                Err(failure)
            }
        }
    }

    pub(crate) async fn attempt(
        &self,
        request: &Request,
        token: &Token,
    ) -> Result<Answer, Failure> {
        let prepared = self.prepared(request, token)?;
        let _permits = self
            .permits
            .acquire_many(request.items.clamp(1, IN_FLIGHT))
            .await
            .map_err(|_| failure(FailureKind::Offline, 0, "the connection is shut down"))?;
        // Asked here, where the turn has come: others of the same crowd may have been told to wait.
        if let Some(ms) = self.gate.closed_for() {
            let words = format!(
                "{} asked to wait another {} s",
                request.host(),
                ms.div_ceil(1000)
            );
            return Err(Failure {
                retry_after_ms: Some(ms),
                ..failure(FailureKind::Throttled, 0, words)
            });
        }
        self.counters.sent(request.items);
        let response = self
            .http
            .execute(prepared)
            .await
            .map_err(|error| of_connection(&error, request))?;
        if response.url() != &request.url {
            return Err(failure(
                FailureKind::ForeignLink,
                response.status().as_u16(),
                "the transport followed a redirect; the answer was not used",
            ));
        }
        self.read(response, request).await
    }

    fn prepared(&self, request: &Request, token: &Token) -> Result<reqwest::Request, Failure> {
        let mut authorization = HeaderValue::from_str(&format!("Bearer {}", token.expose()))
            .map_err(|_| failure(FailureKind::SignIn, 0, "the access token is damaged"))?;
        authorization.set_sensitive(true);
        let time = if request.is_write() {
            self.limits.write
        } else {
            self.limits.read
        };
        let mut builder = self
            .http
            .request(request.method.clone(), request.url.clone())
            .header(AUTHORIZATION, authorization)
            .header(ACCEPT, "application/json")
            .header("Prefer", request.prefer())
            .header("client-request-id", uuid::Uuid::new_v4().to_string())
            .timeout(time);
        if let Some(etag) = &request.if_match {
            builder = builder.header(IF_MATCH, etag);
        }
        if let Some(body) = &request.body {
            builder = builder
                .header(CONTENT_TYPE, "application/json")
                .body(body.clone());
        }
        builder
            .build()
            .map_err(|error| of_connection(&error, request))
    }

    async fn read(
        &self,
        mut response: reqwest::Response,
        request: &Request,
    ) -> Result<Answer, Failure> {
        let status = response.status().as_u16();
        let headers = std::mem::take(response.headers_mut());
        let mut body = Vec::new();
        while let Some(chunk) = response
            .chunk()
            .await
            .map_err(|error| of_connection(&error, request))?
        {
            self.counters.received(chunk.len());
            if body.len() + chunk.len() > self.limits.body {
                return Err(failure(
                    FailureKind::Unknown,
                    status,
                    format!("{} sent more than Kalends reads at once", request.host()),
                ));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Answer {
            status,
            headers,
            body,
        })
    }
}

/// A 401 that says something about the account and, as it challenges nothing, not about its token.
pub(crate) fn is_of_account(request: &Request, answer: &Answer) -> bool {
    let is_asked = request.purpose == Purpose::OfOthers && answer.status == 401;
    is_asked && claims(&answer.headers).is_none()
}
