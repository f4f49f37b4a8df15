//! An error answer of the platform, as JSON or as parameters of a redirect.
//!
//! Refuses to say anything that is not in the catalogue, apart from the two polling answers
//! and outages that have no AADSTS code.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::Identity;
use super::catalogue;

#[derive(Clone, Debug)]
pub(super) struct Refusal {
    pub(super) code: u32,
    detail: String,
    /// A claims request that a new sign-in must carry, as JSON.
    pub(super) claims: Option<String>,
    pub(super) error: Option<&'static str>,
    pub(super) correlation: Option<String>,
}

impl Refusal {
    /// A code of the catalogue; an unknown one is answered as a malformed grant.
    pub(super) fn new(code: u32) -> Self {
        Self {
            code,
            detail: String::new(),
            claims: None,
            error: None,
            correlation: None,
        }
    }

    /// Names what the text is about (a scope, a parameter, an account).
    pub(super) fn about(mut self, detail: &str) -> Self {
        detail.clone_into(&mut self.detail);
        self
    }

    pub(super) fn with_claims(mut self, claims: Option<String>) -> Self {
        self.claims = claims;
        self
    }

    /// The same code under another `error` (redirects name some causes differently).
    pub(super) fn named(mut self, error: &'static str) -> Self {
        self.error = Some(error);
        self
    }

    pub(super) fn correlated(mut self, correlation: Option<String>) -> Self {
        self.correlation = correlation;
        self
    }

    /// RFC 8628 3.5: polled faster than the interval; each one adds five seconds to it.
    pub(super) fn slow_down() -> Self {
        Self::new(70016).named("slow_down")
    }

    fn entry(&self) -> &'static catalogue::Entry {
        const MALFORMED: &catalogue::Entry = &catalogue::Entry {
            code: 70000,
            status: 400,
            error: "invalid_grant",
            suberror: Some("bad_token"),
            text: "The provided grant is invalid or malformed.",
        };
        catalogue::look_up(self.code).unwrap_or(MALFORMED)
    }

    pub(super) fn error(&self) -> &'static str {
        self.error.unwrap_or_else(|| self.entry().error)
    }

    pub(super) fn text(&self) -> String {
        self.entry().text.replace("{}", &self.detail)
    }

    /// `AADSTSn: text Trace ID: … Correlation ID: … Timestamp: …`
    pub(super) fn description(&self, ids: &Ids) -> String {
        format!(
            "AADSTS{}: {} Trace ID: {} Correlation ID: {} Timestamp: {}",
            self.code,
            self.text(),
            ids.trace,
            ids.correlation,
            ids.timestamp
        )
    }

    pub(super) fn ids(&self, identity: &Identity) -> Ids {
        let mut state = identity.state();
        Ids {
            trace: state.ids.guid(),
            correlation: self.correlation.clone().unwrap_or_else(|| state.ids.guid()),
            timestamp: timestamp(identity.clock.now_ms()),
        }
    }

    pub(super) fn response(&self, identity: &Identity) -> Response {
        let ids = self.ids(identity);
        let entry = self.entry();
        let mut body = json!({
            "error": self.error(),
            "error_description": self.description(&ids),
            "error_codes": [self.code],
            "timestamp": ids.timestamp,
            "trace_id": ids.trace,
            "correlation_id": ids.correlation,
            "error_uri": format!("https://login.microsoftonline.com/error?code={}", self.code),
        });
        if let Some(suberror) = entry.suberror.filter(|_| self.error.is_none()) {
            body["suberror"] = Value::from(suberror);
        }
        if let Some(claims) = &self.claims {
            body["claims"] = Value::from(claims.as_str());
        }
        let status = StatusCode::from_u16(entry.status).unwrap_or(StatusCode::BAD_REQUEST);
        json_response(status, &body, &ids.trace)
    }
}

/// What identifies one answer in a support request.
pub(super) struct Ids {
    pub(super) trace: String,
    pub(super) correlation: String,
    timestamp: String,
}

/// JSON with the headers the platform puts on every answer.
pub(super) fn json_response(status: StatusCode, body: &Value, trace: &str) -> Response {
    let mut response = (status, body.to_string()).into_response();
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/json; charset=utf-8"),
    );
    headers.insert(
        header::CACHE_CONTROL,
        HeaderValue::from_static("no-store, no-cache"),
    );
    headers.insert(header::PRAGMA, HeaderValue::from_static("no-cache"));
    if let Ok(value) = HeaderValue::from_str(trace) {
        headers.insert("x-ms-request-id", value);
    }
    response
}

/// `2026-10-05 08:00:00Z`
pub(super) fn timestamp(now_ms: i64) -> String {
    let instant = chrono::DateTime::from_timestamp_millis(now_ms).unwrap_or_default();
    instant.format("%Y-%m-%d %H:%M:%SZ").to_string()
}
