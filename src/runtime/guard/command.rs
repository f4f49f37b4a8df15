//! The operating system commands (OSC) that the program may send, made and judged in one place.
//!
//! Titles (0 and 2), links (8), desktop notifications (9) and the clipboard (52, writing only). The
//! same limits hold when they are made and when they pass the guard.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::domain::text::{Safe, cut, is_hostile};

/// Schemes a link may have.
const SCHEMES: [&str; 5] = ["https:", "http:", "mailto:", "tel:", "msteams:"];
const LINK_BYTES: usize = 2 * 1024;
const TITLE_BYTES: usize = 512;
const NOTICE_BYTES: usize = 512;
/// The most that may be put on the clipboard, before base64.
const CLIPBOARD_BYTES: usize = 4 * 1024;

/// Sets the window title, cut to a width that titles show.
pub fn title(text: &Safe) -> Vec<u8> {
    command(&format!("2;{}", one_line(text)))
}

/// Raises a desktop notification where the terminal knows OSC 9.
pub fn notification(text: &Safe) -> Vec<u8> {
    let text = one_line(text);
    // "9;4;…" and its like are other commands: a number in front must not become one.
    let separator = if begins_with_number(&text) { " " } else { "" };
    command(&format!("9;{separator}{text}"))
}

/// Starts a link; none for a URL that is too long, not percent-encoded, or of another scheme.
pub fn link_open(url: &str) -> Option<Vec<u8>> {
    is_link(url.as_bytes()).then(|| command(&format!("8;;{url}")))
}

/// Ends a link.
pub fn link_close() -> Vec<u8> {
    command("8;;")
}

/// Puts text on the clipboard; none when it is over 4 KiB. Only on an explicit key.
pub fn clipboard(text: &str) -> Option<Vec<u8>> {
    (text.len() <= CLIPBOARD_BYTES).then(|| command(&format!("52;c;{}", STANDARD.encode(text))))
}

/// True for the payload of a command that one of the functions above could have made.
pub(super) fn is_ours(payload: &[u8]) -> bool {
    let Some((number, rest)) = split(payload) else {
        return false;
    };
    match number {
        b"0" | b"2" => is_plain(rest, TITLE_BYTES),
        b"8" => split(rest).is_some_and(|(parameters, url)| {
            is_link_id(parameters) && (url.is_empty() || is_link(url))
        }),
        b"9" => {
            is_plain(rest, NOTICE_BYTES) && !std::str::from_utf8(rest).is_ok_and(begins_with_number)
        }
        b"52" => split(rest).is_some_and(|(target, data)| {
            matches!(target, b"c" | b"p" | b"s") && is_clipboard(data)
        }),
        _ => false,
    }
}

fn command(payload: &str) -> Vec<u8> {
    format!("\x1b]{payload}\x1b\\").into_bytes()
}

fn one_line(text: &Safe) -> String {
    let line = Safe::line(text, None);
    let mut shown = cut(&line, 120).0.into_owned();
    shown.truncate(shown.floor_char_boundary(NOTICE_BYTES.min(TITLE_BYTES) - 1));
    shown
}

fn split(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let at = bytes.iter().position(|byte| *byte == b';')?;
    Some((bytes.get(..at)?, bytes.get(at + 1..)?))
}

fn is_plain(bytes: &[u8], limit: usize) -> bool {
    bytes.len() <= limit
        && std::str::from_utf8(bytes).is_ok_and(|text| !text.chars().any(is_hostile))
}

/// "4;…" as ConEmu and Windows Terminal use it.
fn begins_with_number(text: &str) -> bool {
    let after = text.trim_start_matches(|letter: char| letter.is_ascii_digit());
    after.len() < text.len() && (after.is_empty() || after.starts_with(';'))
}

fn is_link(url: &[u8]) -> bool {
    let is_encoded = url.len() < LINK_BYTES && url.iter().all(u8::is_ascii_graphic);
    is_encoded
        && std::str::from_utf8(url).is_ok_and(|url| {
            let lower = url
                .get(..url.len().min(8))
                .unwrap_or_default()
                .to_ascii_lowercase();
            SCHEMES.iter().any(|scheme| lower.starts_with(scheme))
        })
}

fn is_link_id(parameters: &[u8]) -> bool {
    match parameters.strip_prefix(b"id=") {
        Some(id) => id.len() <= 64 && id.iter().all(u8::is_ascii_alphanumeric),
        None => parameters.is_empty(),
    }
}

/// Base64 of a limited size; a question mark would ask the terminal to type its clipboard.
fn is_clipboard(data: &[u8]) -> bool {
    data.len() <= CLIPBOARD_BYTES.div_ceil(3) * 4
        && data
            .iter()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'='))
}
