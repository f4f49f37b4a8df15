//! The body of one event, asked for as text (Graph: itemBody).

use super::collection::text_of;
use super::lenient::{Text, clipped, object};
use super::surrogate::mended;
use crate::domain::text::Untrusted;

/// Bytes of a body that are kept.
const LONGEST: usize = 512 * 1024;

object! { EventBodyWire<'a> { "body" => body: BodyWire<'a>, } }
object! { BodyWire<'a> { "content" => content: Text<'a>, } }

#[derive(Debug)]
pub struct NotABody;

/// An event without a body has an empty one.
pub fn body(bytes: &[u8]) -> Result<Untrusted, NotABody> {
    let text = text_of(bytes);
    let text = mended(&text);
    let event: EventBodyWire<'_> = serde_json::from_str(&text).map_err(|_| NotABody)?;
    if !event.present {
        return Err(NotABody);
    }
    Ok(Untrusted::from(clipped(
        event.body.content.or_empty(),
        LONGEST,
    )))
}
