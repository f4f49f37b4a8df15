//! What went wrong, decided once: from an answer or from a broken connection to a
//! [`FailureKind`].
//!
//! The rule of the house is caution towards writes: whenever somebody between us
//! and Microsoft may have answered in its place, the outcome is `Unknown`, never
//! "did not happen". Graph: error responses; switch on `error.code` first, on the
//! status second, never on the message.

use super::exchange::{Answer, is_of_account};
use super::request::{Purpose, Request};
use super::retry_after::retry_after_ms;
use super::wire::error::envelope;
use crate::domain::remote::{Failure, FailureKind};

/// The connection broke, or never was.
pub(crate) fn of_connection(error: &reqwest::Error, request: &Request) -> Failure {
    let never_sent = error.is_connect() || error.is_builder();
    let (kind, words) = if never_sent {
        (
            FailureKind::Offline,
            format!(
                "could not reach {} ({})",
                request.host(),
                deepest_reason(error)
            ),
        )
    } else if error.is_timeout() {
        (
            FailureKind::Unknown,
            format!("{} did not answer in time", request.host()),
        )
    } else {
        (
            FailureKind::Unknown,
            format!(
                "the connection to {} broke before the answer was complete",
                request.host()
            ),
        )
    };
    failure(kind, 0, words)
}

/// The innermost cause: "connection refused" says more than "error sending request".
/// Never the outermost, which may quote the address and with it a delta link.
fn deepest_reason(error: &reqwest::Error) -> String {
    use std::error::Error;
    let mut deepest: Option<&dyn Error> = error.source();
    while let Some(inner) = deepest.and_then(Error::source) {
        deepest = Some(inner);
    }
    deepest.map_or_else(|| "no connection".to_owned(), ToString::to_string)
}

/// An answer that is not a success, or no answer of Graph at all.
pub(crate) fn of_answer(answer: &Answer, request: &Request) -> Option<Failure> {
    if answer.is_success() && !answer.is_html() {
        return None;
    }
    // 407 and 511 are a proxy's own words (RFC 9110 15.5.8, RFC 6585 6).
    let is_stranger = answer.is_html() || matches!(answer.status, 300..400 | 407 | 511);
    let mut failure = if is_stranger {
        of_stranger(answer, request)
    } else {
        of_envelope(answer, request)
    };
    failure.retry_after_ms = retry_after_ms(&answer.headers);
    Some(failure)
}

/// HTML or a redirect where JSON was asked for: a hotel's sign-in page, a proxy.
fn of_stranger(answer: &Answer, request: &Request) -> Failure {
    let words = format!(
        "something between here and {} answered with a page of its own; \
         a network sign-in or a proxy may be waiting in the browser",
        request.host()
    );
    let is_gateway = (500..=510).contains(&answer.status);
    let kind = if request.is_write() || is_gateway {
        FailureKind::Unknown
    } else {
        FailureKind::Offline
    };
    failure(kind, answer.status, words)
}

fn of_envelope(answer: &Answer, request: &Request) -> Failure {
    let (code, message) = envelope(&answer.body);
    let kind = if is_of_account(request, answer) {
        FailureKind::Forbidden
    } else {
        kind_of_code(&code, answer.status, request).unwrap_or_else(|| kind_of_status(answer.status))
    };
    let words = if message.is_empty() {
        format!("{} answered {}", request.host(), answer.status)
    } else {
        message
    };
    Failure {
        code,
        ..failure(kind, answer.status, words)
    }
}

fn kind_of_code(code: &str, status: u16, request: &Request) -> Option<FailureKind> {
    let is = |name: &str| code.eq_ignore_ascii_case(name);
    // Graph: delta; the codes come with 410, 400 or 404.
    if ["SyncStateNotFound", "ResyncRequired", "SyncStateInvalid"]
        .into_iter()
        .any(is)
    {
        return Some(FailureKind::ResyncRequired);
    }
    // A token the service no longer understands is a malformed id to it.
    let is_stale_link = request.purpose == Purpose::DeltaLink
        && status == 400
        && (is("ErrorInvalidIdMalformed") || is("BadRequest"));
    if is_stale_link {
        return Some(FailureKind::ResyncRequired);
    }
    if [
        "TooManyRequests",
        "ApplicationThrottled",
        "ErrorTooManyObjectsOpened",
        "MailboxConcurrency",
    ]
    .into_iter()
    .any(is)
    {
        return Some(FailureKind::Throttled);
    }
    if is("InvalidAuthenticationToken") {
        return Some(FailureKind::SignIn);
    }
    // 404, but about the whole mailbox: taken for "this event is gone", it would
    // empty the replica.
    if [
        "MailboxNotEnabledForRESTAPI",
        "MailboxNotHostedInExchangeOnline",
        "ErrorInvalidUser",
        "Request_ResourceNotFound",
    ]
    .into_iter()
    .any(is)
    {
        return Some(FailureKind::Forbidden);
    }
    if is("ErrorIrresolvableConflict") {
        return Some(FailureKind::Conflict);
    }
    (is("ErrorQuotaExceeded")).then_some(FailureKind::Refused)
}

fn kind_of_status(status: u16) -> FailureKind {
    match status {
        401 => FailureKind::SignIn,
        403 => FailureKind::Forbidden,
        404 => FailureKind::NotFound,
        408 => FailureKind::Unknown,
        409 | 412 => FailureKind::Conflict,
        410 => FailureKind::ResyncRequired,
        429 => FailureKind::Throttled,
        400..=499 => FailureKind::Refused,
        _ => FailureKind::Unknown,
    }
}

/// A success whose content could not be used.
pub(crate) fn garbled(request: &Request, what: &str) -> Failure {
    failure(
        FailureKind::Unknown,
        200,
        format!("{} sent {what}", request.host()),
    )
}

pub(crate) fn failure(kind: FailureKind, status: u16, words: impl Into<String>) -> Failure {
    Failure {
        kind,
        status,
        code: String::new(),
        words: words.into(),
        retry_after_ms: None,
    }
}
