//! A page of a delta answer (Graph: event delta).
//!
//! Refuses to guess how a page ends: with both links or none it is `Broken`. A
//! link is kept as it is; whether it may be followed is decided when it is.

use super::collection::{Collection, Element, NotAList, collection};
use super::event::EventWire;
use super::when::Skip;
use crate::domain::ids::{CalendarId, EventId};
use crate::domain::remote::{Item, Page, PageEnd};
use std::hash::{DefaultHasher, Hash};

/// Reads a page of `calendar`.
pub fn page(bytes: &[u8], calendar: &CalendarId) -> Result<Page, NotAList> {
    let Collection {
        items,
        next,
        delta,
        skipped,
        overflowed,
        fingerprint,
    } = collection::<Item>(bytes, calendar)?;
    let end = match (next, delta) {
        _ if overflowed => PageEnd::Broken,
        (Some(next), None) => PageEnd::Next(next),
        (None, Some(delta)) => PageEnd::Delta(delta),
        (Some(_), Some(_)) | (None, None) => PageEnd::Broken,
    };
    Ok(Page {
        items,
        end,
        skipped,
        fingerprint,
    })
}

impl Element for Item {
    type Wire<'a> = EventWire<'a>;
    type Context = CalendarId;

    fn convert(wire: EventWire<'_>, calendar: &CalendarId) -> Result<Self, Skip> {
        if wire.removed.0 {
            return wire.id().map(Self::Removed);
        }
        wire.event(calendar).map(Self::Seen)
    }

    fn identify(&self, hasher: &mut DefaultHasher) {
        match self {
            Self::Seen(event) => (0_u8, event.id.as_str(), event.etag.as_str()).hash(hasher),
            Self::Removed(id) => (1_u8, id.as_str()).hash(hasher),
        }
    }
}

impl EventWire<'_> {
    /// Ids are opaque: never trimmed, never folded. Only absurd ones are refused.
    pub(crate) fn id(&self) -> Result<EventId, Skip> {
        match self.id.get() {
            Some(id) if !id.is_empty() && id.len() <= 1024 => Ok(EventId::new(id)),
            _ => Err(Skip::Id),
        }
    }
}
