//! The few HTML pages of the platform. Plain forms, no script, nothing fetched.
//!
//! Invariant: text reaches a page only through `escape`.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::Account;
use super::form::Form;

pub(super) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}

/// A page of which `body` is already HTML.
pub(super) fn html(status: StatusCode, title: &str, body: &str) -> Response {
    let title = escape(title);
    let text = format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>{title}</title>\
         <style>body{{font-family:sans-serif;max-width:32em;margin:3em auto}}</style></head>\
         <body><h1>{title}</h1>{body}<p><small>Kalends simulator</small></p></body></html>"
    );
    let mut response = (status, text).into_response();
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("text/html; charset=utf-8"),
    );
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    headers.insert(
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static("default-src 'none'; style-src 'unsafe-inline'"),
    );
    response
}

pub(super) fn message(status: StatusCode, title: &str, text: &str) -> Response {
    html(status, title, &format!("<p>{}</p>", escape(text)))
}

/// The form on which a person picks an account and agrees to scopes; `kept` comes back hidden.
pub(super) fn consent_form(
    action: &str,
    kept: &Form,
    accounts: &[&Account],
    asked: &[String],
) -> String {
    let mut body = format!("<form method=\"post\" action=\"{}\">", escape(action));
    for (name, value) in kept.pairs() {
        let (name, value) = (escape(name), escape(value));
        body.push_str(&format!(
            "<input type=\"hidden\" name=\"{name}\" value=\"{value}\">"
        ));
    }
    body.push_str("<p>The app asks for:</p><ul>");
    for scope in asked {
        body.push_str(&format!("<li>{}</li>", escape(scope)));
    }
    body.push_str("</ul><p>Sign in as:</p>");
    for (position, account) in accounts.iter().enumerate() {
        let checked = if position == 0 { " checked" } else { "" };
        let (upn, name) = (escape(&account.upn), escape(&account.name));
        body.push_str(&format!(
            "<p><label><input type=\"radio\" name=\"account\" value=\"{upn}\"{checked}> \
             {name} ({upn})</label></p>"
        ));
    }
    body.push_str(
        "<button name=\"decision\" value=\"accept\">Accept</button> \
         <button name=\"decision\" value=\"cancel\">Cancel</button></form>",
    );
    body
}
