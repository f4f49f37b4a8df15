//! Bodies that we send. Names as in the service's metadata (Graph: event actions;
//! their case is not significant to the service).

mod event;

pub(crate) use event::event_body;

use serde::Serialize;

#[derive(Serialize)]
struct AnswerBody<'a> {
    #[serde(rename = "Comment", skip_serializing_if = "Option::is_none")]
    comment: Option<&'a str>,
    #[serde(rename = "SendResponse")]
    send_response: bool,
}

/// The body of accept, tentativelyAccept and decline. Without telling the organizer
/// a comment is refused by the service, so it is left out.
pub(crate) fn answer_body(comment: Option<&str>, tell_organizer: bool) -> String {
    let body = AnswerBody {
        comment: comment.filter(|comment| tell_organizer && !comment.trim().is_empty()),
        send_response: tell_organizer,
    };
    serde_json::to_string(&body).unwrap_or_default()
}

#[derive(Serialize)]
struct CancelBody<'a> {
    #[serde(rename = "Comment")]
    comment: &'a str,
}

/// The body of cancel.
pub(crate) fn cancel_body(message: &str) -> String {
    serde_json::to_string(&CancelBody { comment: message }).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_comment_travels_only_when_the_organizer_is_told() {
        assert_eq!(
            answer_body(Some("late \"by\" 5"), true),
            r#"{"Comment":"late \"by\" 5","SendResponse":true}"#
        );
        assert_eq!(answer_body(Some("x"), false), r#"{"SendResponse":false}"#);
        assert_eq!(answer_body(Some("  "), true), r#"{"SendResponse":true}"#);
        assert_eq!(answer_body(None, true), r#"{"SendResponse":true}"#);
    }
}
