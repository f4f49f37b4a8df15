//! `Retry-After` in every form servers send it: seconds, fractional seconds, an
//! HTTP date, nonsense (RFC 9110 10.2.3; Graph sends fractions).
//!
//! Invariant: the result never exceeds one hour, and there is no clock here: an
//! HTTP date is compared with the answer's own `Date`, or not at all.

use super::limits::RETRY_AFTER_MS;
use http::HeaderMap;
use http::header::{DATE, RETRY_AFTER};

/// Milliseconds to wait, when the server said so in a form that can be understood.
pub(crate) fn retry_after_ms(headers: &HeaderMap) -> Option<u64> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if text.starts_with(|first: char| first.is_ascii_digit() || "+-.".contains(first)) {
        return seconds(text);
    }
    let date = headers.get(DATE)?.to_str().ok()?;
    let now = httpdate::parse_http_date(date).ok()?;
    let then = httpdate::parse_http_date(text).ok()?;
    let wait = then.duration_since(now).unwrap_or_default();
    Some(u64::try_from(wait.as_millis()).map_or(RETRY_AFTER_MS, |ms| ms.min(RETRY_AFTER_MS)))
}

fn seconds(text: &str) -> Option<u64> {
    let seconds: f64 = text.parse().ok()?;
    if seconds.is_nan() {
        return None;
    }
    // The clamp makes the conversion exact and drops negative and infinite waits.
    let ms = (seconds * 1000.0).ceil().clamp(0.0, RETRY_AFTER_MS as f64);
    Some(ms as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wait(retry_after: &str, date: Option<&str>) -> Option<u64> {
        let mut headers = HeaderMap::new();
        headers.insert(RETRY_AFTER, retry_after.parse().unwrap());
        if let Some(date) = date {
            headers.insert(DATE, date.parse().unwrap());
        }
        retry_after_ms(&headers)
    }

    #[test]
    fn seconds_come_in_all_sizes() {
        assert_eq!(wait("7", None), Some(7_000));
        assert_eq!(wait("2.128", None), Some(2_128));
        assert_eq!(wait(" 5 ", None), Some(5_000));
        assert_eq!(wait("0", None), Some(0));
        assert_eq!(wait("-3", None), Some(0));
        assert_eq!(wait("1000000000", None), Some(RETRY_AFTER_MS));
        assert_eq!(wait(&"9".repeat(400), None), Some(RETRY_AFTER_MS));
    }

    #[test]
    fn a_date_is_measured_against_the_answers_own_date() {
        let now = Some("Sun, 22 Nov 2026 12:00:00 GMT");
        assert_eq!(wait("Sun, 22 Nov 2026 12:00:30 GMT", now), Some(30_000));
        assert_eq!(wait("Sun, 22 Nov 2026 11:00:00 GMT", now), Some(0));
        assert_eq!(
            wait("Mon, 22 Nov 2027 12:00:00 GMT", now),
            Some(RETRY_AFTER_MS)
        );
        assert_eq!(wait("Sun, 22 Nov 2026 12:00:30 GMT", None), None);
    }

    #[test]
    fn nonsense_is_no_wait() {
        for text in ["soon", "", "nan", "inf", "5 minutes", "--1", "1,5", "12:30"] {
            assert_eq!(wait(text, None), None, "{text}");
        }
        assert_eq!(retry_after_ms(&HeaderMap::new()), None);
    }
}
