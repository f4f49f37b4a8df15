//! Signing in on another device (RFC 8628), for machines without a browser.
//!
//! This flow is what phishing abuses: a code that somebody else started. So the code is
//! shown with who started it, where and when, and the page must be Microsoft's own.
//! Dropping the future of `poll` cancels the sign-in; nothing is stored before it succeeds.

use std::fmt;
use std::time::Duration;

use oauth2::{DeviceAuthorizationResponse, ExtraDeviceAuthorizationFields, RequestTokenError};
use serde::{Deserialize, Serialize};

use super::{AuthError, Request, SignInClient, SignedIn};

/// The longest pause between two polls while the network fails.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Message {
    #[serde(default)]
    message: Option<String>,
}

impl ExtraDeviceAuthorizationFields for Message {}

/// A code that waits for a person. `Debug` shows neither of its codes.
#[derive(Clone)]
pub struct DeviceCode {
    answer: DeviceAuthorizationResponse<Message>,
    request: Request,
    started_ms: i64,
}

impl fmt::Debug for DeviceCode {
    /// The platform's message repeats the user code, so no part of the answer is shown.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("DeviceCode")
            .field("request", &self.request)
            .finish_non_exhaustive()
    }
}

impl DeviceCode {
    /// What the person types: foreign text, shown as it is.
    pub fn user_code(&self) -> &str {
        self.answer.user_code().secret()
    }

    /// Where it is typed; a page of Microsoft or of the configured authority.
    pub fn verification_uri(&self) -> &str {
        self.answer.verification_uri().as_str()
    }

    /// Milliseconds since the Unix epoch, UTC.
    pub fn expires_at_ms(&self) -> i64 {
        let life = i64::try_from(self.answer.expires_in().as_millis()).unwrap_or(i64::MAX);
        self.started_ms.saturating_add(life)
    }

    /// The instruction as the platform words it: foreign text.
    pub fn message(&self) -> Option<&str> {
        self.answer.extra_fields().message.as_deref()
    }

    /// To be shown beside the code. `host` is this machine, `at` the local time of the start.
    pub fn warning(&self, host: &str, at: &str) -> String {
        format!(
            "you started this sign-in on host {host} at {at}; never enter a code that someone \
             sent you"
        )
    }
}

impl SignInClient {
    /// Asks for a code.
    ///
    /// # Errors
    /// `ForeignPage` when the code should be typed elsewhere than at Microsoft.
    pub async fn start_device_code(&self, request: Request) -> Result<DeviceCode, AuthError> {
        let started_ms = self.clock.now_ms();
        let mut ask = self
            .oauth
            .exchange_device_code()
            .add_scopes(request.scopes());
        if let Some(claims) = &request.claims {
            ask = ask.add_extra_param("claims", claims.clone());
        }
        let answer: DeviceAuthorizationResponse<Message> = ask
            .request_async(&self.wire)
            .await
            .map_err(|error| self.wire.explain(error))?;
        let page = answer.verification_uri().url();
        if !self.endpoints.is_verification_page(page) {
            let named: String = page.as_str().chars().take(120).collect();
            return Err(AuthError::ForeignPage(named));
        }
        Ok(DeviceCode {
            answer,
            request,
            started_ms,
        })
    }

    /// Waits until the person has decided. Polls no faster than the platform allows, slows down
    /// when told to, and gives up when the code expires.
    ///
    /// # Errors
    /// `Declined`, `Expired`, or why the platform refused in the end.
    pub async fn poll(&self, code: &DeviceCode) -> Result<SignedIn, AuthError> {
        let clock = &self.clock;
        let left = code.expires_at_ms().saturating_sub(clock.now_ms()).max(0);
        let left = Duration::from_millis(u64::try_from(left).unwrap_or(0));
        let now = || chrono::DateTime::from_timestamp_millis(clock.now_ms()).unwrap_or_default();
        // Nobody can have typed the code yet, and a first poll at once counts as too fast.
        clock.sleep(code.answer.interval()).await;
        let asked = self.oauth.exchange_device_access_token(&code.answer);
        let mut asked = asked
            .set_time_fn(now)
            .set_max_backoff_interval(LONGEST_PAUSE);
        if let Some(claims) = &code.request.claims {
            asked = asked.add_extra_param("claims", claims.clone());
        }
        let polled = asked
            .request_async(&self.wire, |pause| clock.sleep(pause), Some(left))
            .await;
        match polled {
            Ok(answer) => self.accept(&answer, &code.request, None, clock.now_ms()),
            Err(RequestTokenError::ServerResponse(refusal)) => {
                use oauth2::DeviceCodeErrorResponseType as Kind;
                match refusal.error() {
                    Kind::ExpiredToken => Err(AuthError::Expired),
                    Kind::AccessDenied => Err(AuthError::Declined),
                    _ => Err(self
                        .wire
                        .explain(RequestTokenError::ServerResponse(refusal))),
                }
            }
            Err(error) => Err(self.wire.explain(error)),
        }
    }
}
