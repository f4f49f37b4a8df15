//! Graph's error envelope in all the forms it has been seen in: with `innerError`,
//! `innererror` or neither, an empty body, HTML from a proxy.

use super::collection::text_of;
use super::lenient::{Text, object};
use super::surrogate::mended;

object! { EnvelopeWire<'a> { "error" | "Error" => error: ErrorWire<'a>, } }

object! {
    ErrorWire<'a> {
        "code" | "Code" => code: Text<'a>,
        "message" | "Message" => message: Text<'a>,
        "innerError" | "innererror" => inner: InnerWire<'a>,
    }
}

object! {
    InnerWire<'a> {
        "code" => code: Text<'a>,
        "message" => message: Text<'a>,
    }
}

/// `error.code` and `error.message`, each empty when there is none. The message is
/// the server's own text: hostile until sanitized.
pub(crate) fn envelope(body: &[u8]) -> (String, String) {
    let text = text_of(body);
    let text = mended(&text);
    let Ok(envelope) = serde_json::from_str::<EnvelopeWire<'_>>(&text) else {
        return (String::new(), String::new());
    };
    let error = envelope.error;
    let code = match error.code.clipped(200) {
        "" => error.inner.code.clipped(200),
        code => code,
    };
    let message = match error.message.clipped(1024) {
        "" => error.inner.message.clipped(1024),
        message => message,
    };
    (code.to_owned(), message.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_outer_code_counts() {
        let throttled = r#"{"error":{"code":"TooManyRequests","innerError":{"code":"429","message":"Please retry after"},"message":"Please retry again later."}}"#;
        let (code, message) = envelope(throttled.as_bytes());
        assert_eq!(code, "TooManyRequests");
        assert_eq!(message, "Please retry again later.");
    }

    #[test]
    fn odd_envelopes_are_read_as_far_as_possible() {
        for (body, expected) in [
            ("", ""),
            ("<html>", ""),
            ("[]", ""),
            (r#"{"error":null}"#, ""),
            (r#"{"error":"invalid_request"}"#, ""),
            (
                r#"{"error":{"code":null,"innererror":{"code":"Inner"}}}"#,
                "Inner",
            ),
            (r#"{"error":{"code":"A","code":"B"}}"#, "B"),
            (
                r#"{"error":{"code":"A","message":{"lang":"en","value":"x"}}}"#,
                "A",
            ),
            (r#"{"error":{"code":"A","message":"\ud83d"}}"#, "A"),
            ("\u{feff}{\"error\":{\"code\":\"A\"}}", "A"),
        ] {
            assert_eq!(envelope(body.as_bytes()).0, expected, "{body}");
        }
    }
}
