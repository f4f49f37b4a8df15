//! `$batch`: up to twenty calls in one (Graph: JSON batching).
//!
//! Invariant: a malformed batch runs nothing; a failed dependency gives 424.

use serde_json::{Map, Value, json};

use super::call::{Answer, Fail, Reply};
use super::{GraphSide, Request};

const MOST: usize = 20;
/// Items of one batch that Outlook runs side by side for one mailbox.
pub const SIDE_BY_SIDE: usize = 4;

struct Part {
    id: String,
    request: Request,
    depends_on: Vec<String>,
}

pub(crate) fn run(side: &mut GraphSide, request: &Request, now_ms: i64) -> Answer {
    if !request.method.eq_ignore_ascii_case("POST") {
        return Err(Fail::no_method());
    }
    let parts = read(request)?;
    let free = request.free_places.unwrap_or(SIDE_BY_SIDE);
    let mut done: Vec<(String, u16)> = Vec::new();
    let mut responses = Vec::new();
    for (position, part) in parts.iter().enumerate() {
        let has_failed = part.depends_on.iter().any(|wanted| {
            done.iter()
                .any(|(id, status)| id.eq_ignore_ascii_case(wanted) && *status >= 400)
        });
        let answer = if has_failed {
            let body = json!({"error": {"code": "FailedDependency", "message": "A request this one depends on failed."}});
            json!({"id": part.id, "status": 424, "headers": {"Content-Type": "application/json"}, "body": body})
        } else if position % SIDE_BY_SIDE >= free {
            let body = json!({"error": {
                "code": "ApplicationThrottled",
                "message": "Application is over its MailboxConcurrency limit.",
            }});
            json!({"id": part.id, "status": 429, "headers": {"Retry-After": "1", "Content-Type": "application/json"}, "body": body})
        } else {
            render(&part.id, &side.respond(&part.request, now_ms))
        };
        let status = answer
            .get("status")
            .and_then(Value::as_u64)
            .and_then(|status| u16::try_from(status).ok());
        done.push((part.id.clone(), status.unwrap_or(500)));
        responses.push(answer);
    }
    // Answers come in no promised order; the last being first is the rudest legal one.
    responses.reverse();
    Reply::ok(json!({"responses": responses}))
}

fn render(id: &str, response: &super::Response) -> Value {
    let shown = [
        "Cache-Control",
        "Content-Type",
        "Retry-After",
        "Location",
        "Preference-Applied",
        "OData-Version",
        "WWW-Authenticate",
    ];
    let headers: Map<String, Value> = response
        .headers
        .iter()
        .filter(|(name, _)| shown.iter().any(|known| known.eq_ignore_ascii_case(name)))
        .map(|(name, value)| (name.clone(), json!(value)))
        .collect();
    let mut answer = json!({"id": id, "status": response.status, "headers": headers});
    if let (Some(body), Some(fields)) = (response.json(), answer.as_object_mut()) {
        fields.insert("body".to_owned(), body);
    }
    answer
}

fn read(request: &Request) -> Result<Vec<Part>, Fail> {
    let bad = |message: &str| Fail::new(400, "BadRequest", message);
    let body: Value =
        serde_json::from_slice(&request.body).map_err(|_| bad("Invalid batch payload format."))?;
    let list = body
        .get("requests")
        .and_then(Value::as_array)
        .ok_or_else(|| bad("Invalid batch payload format."))?;
    if list.is_empty() || list.len() > MOST {
        return Err(bad(&format!(
            "Number of batch request steps exceeds the maximum value of {MOST}, or is zero."
        )));
    }
    let mut parts: Vec<Part> = Vec::new();
    for row in list {
        let text = |name: &str| row.get(name).and_then(Value::as_str);
        let id = text("id")
            .ok_or_else(|| bad("Every request of a batch needs an id."))?
            .to_owned();
        if parts.iter().any(|part| part.id.eq_ignore_ascii_case(&id)) {
            return Err(bad("Request Id already exists in the batch."));
        }
        let (method, url) = text("method")
            .zip(text("url"))
            .ok_or_else(|| bad("Method and url are needed."))?;
        if url.starts_with("http") {
            return Err(bad("The url of a request in a batch must be relative."));
        }
        if url
            .trim_start_matches('/')
            .to_ascii_lowercase()
            .starts_with("$batch")
        {
            return Err(bad("Batches cannot be nested."));
        }
        let depends_on: Vec<String> = row
            .get("dependsOn")
            .and_then(Value::as_array)
            .map(|list| {
                list.iter()
                    .filter_map(Value::as_str)
                    .map(str::to_owned)
                    .collect()
            })
            .unwrap_or_default();
        if depends_on.iter().any(|wanted| {
            !parts
                .iter()
                .any(|part| part.id.eq_ignore_ascii_case(wanted))
        }) {
            return Err(bad("A dependency is not an earlier request of the batch."));
        }
        let path = format!("/v1.0/{}", url.trim_start_matches('/'));
        let mut inner = Request::new(method, &path, request.grant.clone());
        for (name, value) in row
            .get("headers")
            .and_then(Value::as_object)
            .into_iter()
            .flatten()
        {
            inner
                .headers
                .push((name.clone(), value.as_str().unwrap_or_default().to_owned()));
        }
        if let Some(body) = row.get("body").filter(|body| !body.is_null()) {
            let has_type = inner
                .headers
                .iter()
                .any(|(name, _)| name.eq_ignore_ascii_case("content-type"));
            if !has_type {
                return Err(bad("A request with a body needs a Content-Type header."));
            }
            inner.body = body.to_string().into_bytes();
        }
        parts.push(Part {
            id,
            request: inner,
            depends_on,
        });
    }
    let is_chain =
        parts
            .iter()
            .enumerate()
            .all(|(position, part)| match part.depends_on.as_slice() {
                [] => true,
                [only] => {
                    position > 0
                        && parts
                            .iter()
                            .take(position)
                            .any(|earlier| earlier.id.eq_ignore_ascii_case(only))
                }
                _ => false,
            });
    if is_chain {
        Ok(parts)
    } else {
        Err(bad("The dependencies of the batch are not a chain."))
    }
}
