//! `$batch` as it travels (Graph: JSON batching).

use super::collection::{Element, NotAList, collection};
use super::lenient::{Number, Pairs, Text, object};
use super::when::Skip;
use crate::graph::exchange::Answer;
use http::{HeaderMap, HeaderName, HeaderValue};
use serde::Serialize;
use serde_json::value::RawValue;

#[derive(Serialize)]
struct BatchBody<'a> {
    requests: Vec<ItemBody<'a>>,
}

#[derive(Serialize)]
struct ItemBody<'a> {
    id: String,
    method: &'static str,
    url: &'a str,
    headers: ItemHeaders<'a>,
}

#[derive(Serialize)]
struct ItemHeaders<'a> {
    #[serde(rename = "Prefer")]
    prefer: &'a str,
    #[serde(rename = "client-request-id")]
    client_request_id: String,
}

/// The body of a batch of reads: relative urls and their preferences.
pub(crate) fn body(items: &[(String, &str)]) -> String {
    let requests = items
        .iter()
        .enumerate()
        .map(|(at, (url, prefer))| ItemBody {
            id: (at + 1).to_string(),
            method: "GET",
            url,
            headers: ItemHeaders {
                prefer,
                client_request_id: uuid::Uuid::new_v4().to_string(),
            },
        })
        .collect();
    serde_json::to_string(&BatchBody { requests }).unwrap_or_default()
}

/// One answer inside a batch, with the position its id stands for (from one).
pub(crate) struct Reply {
    pub(crate) position: usize,
    pub(crate) answer: Answer,
}

pub(crate) fn replies(bytes: &[u8]) -> Result<Vec<Reply>, NotAList> {
    collection::<Reply>(bytes, &()).map(|collection| collection.items)
}

object! {
    ReplyWire<'a> {
        "id" => id: Text<'a>,
        "status" => status: Number,
        "headers" => headers: Pairs<'a>,
        "body" => body: Option<&'a RawValue>,
    }
}

impl Element for Reply {
    type Wire<'a> = ReplyWire<'a>;
    type Context = ();
    const KEY: &'static str = "responses";

    fn convert(wire: ReplyWire<'_>, (): &()) -> Result<Self, Skip> {
        let position = wire.id.or_empty().trim().parse().map_err(|_| Skip::Id)?;
        let status = wire.status.0.and_then(|status| u16::try_from(status).ok());
        Ok(Self {
            position,
            answer: Answer {
                status: status.ok_or(Skip::Garbled)?,
                headers: headers(&wire.headers),
                body: content(wire.body),
            },
        })
    }
}

/// What is not JSON travels as a string: a page of a proxy, base64.
fn content(body: Option<&RawValue>) -> Vec<u8> {
    let raw = body.map_or("", RawValue::get);
    if raw.starts_with('"') {
        let text: String = serde_json::from_str(raw).unwrap_or_default();
        return text.into_bytes();
    }
    raw.as_bytes().to_vec()
}

fn headers(pairs: &Pairs<'_>) -> HeaderMap {
    pairs
        .0
        .iter()
        .filter_map(|(name, value)| {
            let name = HeaderName::from_bytes(name.or_empty().as_bytes()).ok()?;
            let value = HeaderValue::from_str(value.or_empty()).ok()?;
            Some((name, value))
        })
        .collect()
}
