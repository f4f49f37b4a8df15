//! The faults that change what an answer says.
//!
//! Invariant: a twist that does not fit the answer (no page, no items) leaves it alone.

use serde_json::{Value, json};

use super::Fault;
use crate::simulator::civil::Wall;
use crate::simulator::graph::{Response, http_date};

/// The answer's surroundings.
pub(super) struct Page<'a> {
    pub path_and_query: &'a str,
    pub base: &'a str,
    pub count: u64,
    pub now_ms: i64,
}

const NEXT: &str = "@odata.nextLink";
const DELTA: &str = "@odata.deltaLink";
const CHALLENGE: &str = r#"Bearer realm="", authorization_uri="https://login.microsoftonline.com/common/oauth2/authorize", client_id="00000003-0000-0000-c000-000000000000""#;
/// {"access_token":{"nbf":{"essential":true,"value":"1604106651"}}}
const CLAIMS: &str =
    "eyJhY2Nlc3NfdG9rZW4iOnsibmJmIjp7ImVzc2VudGlhbCI6dHJ1ZSwidmFsdWUiOiIxNjA0MTA2NjUxIn19fQ==";

impl Page<'_> {
    pub(super) fn twist(&self, fault: &Fault, response: &mut Response) {
        match fault {
            Fault::Status {
                status,
                code,
                message,
                retry_after,
                retry_date_in_seconds,
                is_empty,
                ..
            } => {
                self.fail(
                    response,
                    *status,
                    code.as_deref().unwrap_or(default_code(*status)),
                    message.as_deref(),
                );
                if let Some(value) = retry_after {
                    set_header(response, "Retry-After", value);
                }
                if let Some(seconds) = retry_date_in_seconds {
                    set_header(
                        response,
                        "Retry-After",
                        &http_date(self.now_ms + seconds * 1000),
                    );
                }
                if *is_empty {
                    empty(response);
                }
            }
            Fault::TokenExpired => {
                let message = "Lifetime validation failed, the token is expired.";
                self.fail(response, 401, "InvalidAuthenticationToken", Some(message));
                set_header(response, "WWW-Authenticate", CHALLENGE);
            }
            Fault::ClaimsChallenge => {
                let message = "Continuous access evaluation resulted in challenge with result: InteractionRequired and code: TokenCreatedWithOutdatedPolicies";
                self.fail(response, 401, "InvalidAuthenticationToken", Some(message));
                let value =
                    format!("{CHALLENGE}, error=\"insufficient_claims\", claims=\"{CLAIMS}\"");
                set_header(response, "WWW-Authenticate", &value);
            }
            Fault::SyncStateGone => {
                let message = "The sync state generation is not found; generation=1;[highest=2].";
                self.fail(response, 410, "SyncStateNotFound", Some(message));
                let path = self.path_and_query.split('?').next().unwrap_or_default();
                let path = path.strip_prefix("/v1.0").unwrap_or(path);
                set_header(
                    response,
                    "Location",
                    &format!("{}{path}?$deltatoken=", self.base),
                );
            }
            Fault::ProxyPage => {
                response.status = 200;
                response.body = b"<!DOCTYPE html>\n<html><head><title>Sign in to the network</title></head><body><h1>Welcome</h1></body></html>\n".to_vec();
                set_header(response, "Content-Type", "text/html; charset=utf-8");
            }
            Fault::Redirect { to } => {
                response.status = 302;
                empty(response);
                set_header(
                    response,
                    "Location",
                    &format!("{}{}", to.trim_end_matches('/'), self.path_and_query),
                );
            }
            Fault::LoneSurrogates => replace_text(response, |text| {
                text.replacen("\"subject\":\"", "\"subject\":\"\\ud83d ", 1)
            }),
            Fault::DuplicateKeys => {
                replace_text(response, |text| {
                    text.replacen(
                        "\"subject\":",
                        "\"subject\":\"first of two\",\"subject\":",
                        1,
                    )
                });
            }
            Fault::DeepNesting { depth } => {
                let nest = format!("{}{}", "[".repeat(*depth), "]".repeat(*depth));
                replace_text(response, |text| {
                    text.replacen('{', &format!("{{\"nested\":{nest},"), 1)
                });
            }
            Fault::InvalidUtf8 => {
                let middle = response.body.len() / 2;
                response.body.insert(middle, 0xff);
            }
            Fault::ClockSkew { seconds } => {
                set_header(response, "Date", &http_date(self.now_ms + seconds * 1000));
            }
            other => self.twist_json(other, response),
        }
    }

    fn twist_json(&self, fault: &Fault, response: &mut Response) {
        let Some(mut body) = response.json().filter(|_| response.status < 300) else {
            return;
        };
        match fault {
            Fault::BatchPermuted
            | Fault::BatchMissing
            | Fault::BatchExtra
            | Fault::BatchThrottled { .. } => {
                if let Some(rows) = body.get_mut("responses").and_then(Value::as_array_mut) {
                    twist_batch(fault, rows);
                }
            }
            Fault::UnknownEnum => walk(&mut body, &mut |name, value| {
                if matches!(name, "showAs" | "importance" | "sensitivity") && value.is_string() {
                    *value = json!("somethingNew");
                }
            }),
            Fault::Nulls => walk(&mut body, &mut |name, value| {
                if matches!(
                    name,
                    "subject"
                        | "location"
                        | "body"
                        | "organizer"
                        | "responseStatus"
                        | "attendees"
                        | "categories"
                ) {
                    *value = Value::Null;
                }
            }),
            Fault::NumbersAsStrings => walk(&mut body, &mut |_, value| {
                if value.is_number() {
                    *value = json!(value.to_string());
                }
            }),
            _ => self.twist_page(fault, &mut body),
        }
        response.body = body.to_string().into_bytes();
    }

    fn twist_page(&self, fault: &Fault, body: &mut Value) {
        let here = format!(
            "{}{}",
            self.base,
            self.path_and_query
                .strip_prefix("/v1.0")
                .unwrap_or(self.path_and_query)
        );
        let spun = |number: u64| {
            let mark = if here.contains('?') { '&' } else { '?' };
            format!("{here}{mark}spin={number}")
        };
        let Some(fields) = body.as_object_mut() else {
            return;
        };
        if !fields.contains_key(NEXT) && !fields.contains_key(DELTA) {
            return;
        }
        let mut link_to = |url: String| {
            fields.remove(DELTA);
            fields.insert(NEXT.to_owned(), json!(url));
        };
        match fault {
            Fault::SelfNextLink | Fault::RepeatedPage => link_to(here),
            Fault::RotatingNextLink => link_to(spun(self.count)),
            Fault::TwoCycle => link_to(spun(self.count % 2)),
            Fault::ForeignNextLink { host } => link_to(format!(
                "{}{}",
                host.trim_end_matches('/'),
                self.path_and_query
            )),
            Fault::TwoVersions => {
                link_to(here);
                for item in items(body) {
                    if item.get("subject").is_some() {
                        item["subject"] = json!("an older version");
                        item["@odata.etag"] = json!("W/\"b2xkZXI=\"");
                    }
                }
            }
            Fault::BothLinks => {
                let link = fields
                    .get(NEXT)
                    .or_else(|| fields.get(DELTA))
                    .cloned()
                    .unwrap_or_default();
                fields.insert(NEXT.to_owned(), link.clone());
                fields.insert(DELTA.to_owned(), link);
            }
            Fault::NoLinks => {
                fields.remove(NEXT);
                fields.remove(DELTA);
            }
            Fault::EmptyPage => {
                link_to(here);
                items(body).clear();
            }
            Fault::ReorderedPage => items(body).reverse(),
            Fault::OccurrencesFirst => {
                items(body).sort_by_key(|item| {
                    item.get("type").and_then(Value::as_str) == Some("seriesMaster")
                });
            }
            Fault::MissingMaster => {
                items(body).retain(|item| {
                    item.get("type").and_then(Value::as_str) != Some("seriesMaster")
                });
            }
            Fault::RemovedUnknown => {
                items(body)
                    .push(json!({"id": "AAMkAGZ1bmtub3du", "@removed": {"reason": "deleted"}}));
            }
            Fault::RemovedThenAdded => {
                let rows = items(body);
                let ids: Vec<Value> = rows
                    .iter()
                    .filter(|item| item.get("@removed").is_none())
                    .filter_map(|item| item.get("id").cloned())
                    .collect();
                let removals = ids
                    .into_iter()
                    .map(|id| json!({"id": id, "@removed": {"reason": "deleted"}}));
                let mut all: Vec<Value> = removals.collect();
                all.append(rows);
                *rows = all;
            }
            _ => {}
        }
    }

    fn fail(&self, response: &mut Response, status: u16, code: &str, message: Option<&str>) {
        response.status = status;
        let request_id = response.header("request-id").unwrap_or_default().to_owned();
        let date: String = Wall(self.now_ms).text().chars().take(19).collect();
        let inner =
            json!({"date": date, "request-id": request_id, "client-request-id": request_id});
        let body = json!({"error": {"code": code, "message": message.unwrap_or_default(), "innerError": inner}});
        response.body = body.to_string().into_bytes();
        set_header(response, "Content-Type", "application/json");
    }
}

fn items(body: &mut Value) -> &mut Vec<Value> {
    if !body["value"].is_array() {
        body["value"] = json!([]);
    }
    match &mut body["value"] {
        Value::Array(items) => items,
        // The line above made it an array.
        _ => unreachable!("value is an array"),
    }
}

fn twist_batch(fault: &Fault, rows: &mut Vec<Value>) {
    match fault {
        Fault::BatchPermuted => {
            let by = 1.min(rows.len());
            rows.rotate_left(by);
        }
        Fault::BatchMissing => {
            rows.pop();
        }
        Fault::BatchExtra => rows.push(
            json!({"id": "not-asked-for", "status": 200, "headers": {}, "body": {"value": []}}),
        ),
        Fault::BatchThrottled { retry_after } => {
            for row in rows.iter_mut().step_by(2) {
                let id = row.get("id").cloned().unwrap_or_default();
                let error =
                    json!({"code": "TooManyRequests", "message": "Please retry again later."});
                *row = json!({"id": id, "status": 429, "headers": {"Retry-After": retry_after}, "body": {"error": error}});
            }
        }
        _ => {}
    }
}

fn walk(value: &mut Value, change: &mut impl FnMut(&str, &mut Value)) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields.iter_mut() {
                walk(value, change);
                change(name, value);
            }
        }
        Value::Array(list) => list.iter_mut().for_each(|value| walk(value, change)),
        _ => {}
    }
}

fn replace_text(response: &mut Response, change: impl Fn(&str) -> String) {
    if let Ok(text) = std::str::from_utf8(&response.body) {
        response.body = change(text).into_bytes();
    }
}

fn empty(response: &mut Response) {
    response.body.clear();
    response
        .headers
        .retain(|(name, _)| !name.eq_ignore_ascii_case("content-type"));
}

fn set_header(response: &mut Response, name: &str, value: &str) {
    response
        .headers
        .retain(|(known, _)| !known.eq_ignore_ascii_case(name));
    response.headers.push((name.to_owned(), value.to_owned()));
}

fn default_code(status: u16) -> &'static str {
    match status {
        401 => "InvalidAuthenticationToken",
        403 => "ErrorAccessDenied",
        404 => "ErrorItemNotFound",
        409 => "Conflict",
        410 => "SyncStateNotFound",
        412 => "ErrorIrresolvableConflict",
        429 => "TooManyRequests",
        500 => "ErrorInternalServerTransientError",
        _ => "UnknownError",
    }
}
