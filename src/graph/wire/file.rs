//! Files of an event (Graph: attachment). Content comes only when one file is asked for.

use super::collection::{Element, text_of};
use super::lenient::{Flag, Number, Text, object};
use super::surrogate::mended;
use super::when::Skip;
use crate::domain::errand::File;
use crate::domain::text::Untrusted;
use base64::Engine;

const NAME: usize = 512;

object! {
    FileWire<'a> {
        "@odata.type" => kind: Text<'a>,
        "id" => id: Text<'a>,
        "name" => name: Text<'a>,
        "size" => size: Number,
        "isInline" => is_inline: Flag,
        "contentBytes" => content: Text<'a>,
    }
}

impl Element for File {
    type Wire<'a> = FileWire<'a>;
    type Context = ();

    fn convert(wire: FileWire<'_>, (): &()) -> Result<Self, Skip> {
        let id = wire.id.or_empty();
        if id.is_empty() || id.len() > 2048 {
            return Err(Skip::Id);
        }
        let kind = wire.kind.or_empty();
        Ok(Self {
            id: id.to_owned(),
            name: Untrusted::from(wire.name.clipped(NAME)),
            size: wire
                .size
                .0
                .and_then(|size| u64::try_from(size).ok())
                .unwrap_or(0),
            is_inline: wire.is_inline.or(false),
            is_elsewhere: !kind.is_empty() && !kind.ends_with("fileAttachment"),
        })
    }
}

#[derive(Debug)]
pub(crate) struct NotAFile;

/// The content of one file.
pub(crate) fn content(bytes: &[u8]) -> Result<Vec<u8>, NotAFile> {
    let text = text_of(bytes);
    let text = mended(&text);
    let wire: FileWire<'_> = serde_json::from_str(&text).map_err(|_| NotAFile)?;
    let encoded = wire.content.get().ok_or(NotAFile)?;
    base64::engine::general_purpose::STANDARD
        .decode(encoded.as_bytes())
        .map_err(|_| NotAFile)
}
