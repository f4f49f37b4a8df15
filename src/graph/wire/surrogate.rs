//! Mends `\uD83D` without its other half. JSON allows it, Rust's strings do not,
//! and calendars contain it: a title cut in the middle of an emoji.

use std::borrow::Cow;

/// `json` with every lone surrogate escape replaced by U+FFFD's.
pub(crate) fn mended(json: &str) -> Cow<'_, str> {
    if !json.contains("\\u") {
        return Cow::Borrowed(json);
    }
    let mut mended = String::with_capacity(json.len());
    let mut rest = json;
    while let Some((before, escape)) = rest.split_once('\\') {
        mended.push_str(before);
        let width = match (unit(escape), escape.get(5..).and_then(after_backslash)) {
            (Some(0xD800..=0xDBFF), Some(0xDC00..=0xDFFF)) => 11,
            (Some(0xD800..=0xDFFF), _) => {
                mended.push_str("\\ufffd");
                rest = escape.get(5..).unwrap_or_default();
                continue;
            }
            (Some(_), _) => 5,
            // The escaped letter, so that `\\u` is not taken for an escape.
            (None, _) => escape.chars().next().map_or(0, char::len_utf8),
        };
        let (escape, after) = escape.split_at_checked(width).unwrap_or((escape, ""));
        mended.push('\\');
        mended.push_str(escape);
        rest = after;
    }
    mended.push_str(rest);
    Cow::Owned(mended)
}

fn after_backslash(text: &str) -> Option<u16> {
    unit(text.strip_prefix('\\')?)
}

/// The code unit of `uXXXX`.
fn unit(escape: &str) -> Option<u16> {
    let digits = escape.strip_prefix('u')?.get(..4)?;
    if !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    u16::from_str_radix(digits, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lone_halves_are_replaced_and_pairs_are_kept() {
        for (json, expected) in [
            (r#""\ud83d""#, "\u{fffd}"),
            (r#""\uDE00x""#, "\u{fffd}x"),
            (r#""\ud83d\ude00""#, "\u{1f600}"),
            (r#""\ud83d\ud83d\ude00""#, "\u{fffd}\u{1f600}"),
            (r#""\ud83d\n\u0041""#, "\u{fffd}\nA"),
            (r#""\\ud83d""#, "\\ud83d"),
            (r#""a\\\ud83d""#, "a\\\u{fffd}"),
            (r#""é\ud83dé""#, "é\u{fffd}é"),
        ] {
            let text: String = serde_json::from_str(&mended(json)).unwrap();
            assert_eq!(text, expected, "{json}");
        }
    }

    #[test]
    fn broken_escapes_do_no_harm() {
        for json in [
            "\\",
            "\\u",
            "\\ud8",
            "\\ud83d\\",
            "\\ud83d\\u",
            "\\é",
            "x\\u12é4",
        ] {
            let _ = mended(json);
        }
    }
}
