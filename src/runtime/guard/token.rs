//! Cuts a stream of terminal output into tokens and judges each.
//!
//! The grammar is ECMA-48's: text, C0 controls, `ESC` sequences, control sequences (`ESC [`), and
//! control strings (`ESC ]`, `P`, `X`, `^`, `_`) that end with `ESC \` or BEL. Eight-bit C1 controls
//! are never allowed, neither as bytes nor as UTF-8.

use super::Reason;
use super::command::is_ours;
use crate::domain::text::is_hostile;

/// One token at the start of the given bytes.
pub(super) enum Token {
    /// May pass; so many bytes. Text comes in runs.
    Allowed(usize),
    /// Must not pass; so many bytes.
    Stopped(usize, Reason),
    /// Nothing can be said before more bytes come.
    Unfinished,
}

/// The longest control sequence we write is a truecolour one of about 60 bytes.
const LONGEST_SEQUENCE: usize = 128;
/// Our longest command is a clipboard of 4 KiB in base64.
const LONGEST_STRING: usize = 8 * 1024;

const ESCAPE: u8 = 0x1B;

pub(super) fn token(bytes: &[u8]) -> Token {
    match bytes.first() {
        None => Token::Unfinished,
        Some(&ESCAPE) => escape(bytes),
        Some(b'\r' | b'\n' | b' '..=b'~') => Token::Allowed(
            bytes
                .iter()
                .take_while(|byte| matches!(byte, b'\r' | b'\n' | b' '..=b'~'))
                .count(),
        ),
        Some(0x00..=0x1F | 0x7F) => Token::Stopped(1, Reason::Control),
        Some(lead) => character(bytes, *lead),
    }
}

fn character(bytes: &[u8], lead: u8) -> Token {
    let length = match lead {
        0xC2..=0xDF => 2,
        0xE0..=0xEF => 3,
        0xF0..=0xF4 => 4,
        _ => return Token::Stopped(1, Reason::NotText),
    };
    let head = bytes.get(..length.min(bytes.len())).unwrap_or_default();
    match std::str::from_utf8(head) {
        Ok(text) if text.chars().any(is_hostile) => Token::Stopped(length, Reason::Character),
        Ok(_) => Token::Allowed(length),
        Err(error) => match error.error_len() {
            None => Token::Unfinished,
            Some(wrong) => Token::Stopped(wrong, Reason::NotText),
        },
    }
}

fn escape(bytes: &[u8]) -> Token {
    match bytes.get(1) {
        None => Token::Unfinished,
        // Save and restore the cursor.
        Some(b'7' | b'8') => Token::Allowed(2),
        Some(b'[') => sequence(bytes),
        Some(b']') => string(bytes, true),
        Some(b'P' | b'X' | b'^' | b'_') => string(bytes, false),
        // The byte behind may begin something of its own: judge it by itself.
        Some(_) => Token::Stopped(1, Reason::Sequence),
    }
}

fn sequence(bytes: &[u8]) -> Token {
    let body = bytes.get(2..).unwrap_or_default();
    let inner = body
        .iter()
        .take_while(|byte| matches!(byte, 0x20..=0x3F))
        .count();
    if inner > LONGEST_SEQUENCE {
        return Token::Stopped(LONGEST_SEQUENCE + 2, Reason::Sequence);
    }
    match (body.get(..inner), body.get(inner)) {
        (Some(parameters), Some(last @ 0x40..=0x7E)) if is_allowed(parameters, *last) => {
            Token::Allowed(inner + 3)
        }
        (_, Some(0x40..=0x7E)) => Token::Stopped(inner + 3, Reason::Sequence),
        // Cut short by something that does not belong into a sequence.
        (_, Some(_)) => Token::Stopped(inner + 2, Reason::Sequence),
        (_, None) => Token::Unfinished,
    }
}

/// The allow-list of control sequences, by what is between `ESC [` and the final byte.
fn is_allowed(parameters: &[u8], last: u8) -> bool {
    let is_numbers = parameters
        .iter()
        .all(|byte| matches!(byte, b'0'..=b'9' | b';'));
    match last {
        // Cursor moves, erase, insert and delete, scroll, scroll region.
        b'A'..=b'H'
        | b'J'
        | b'K'
        | b'L'
        | b'M'
        | b'P'
        | b'S'
        | b'T'
        | b'X'
        | b'@'
        | b'd'
        | b'f'
        | b'r' => is_numbers,
        b'm' => parameters
            .iter()
            .all(|byte| matches!(byte, b'0'..=b'9' | b';' | b':')),
        b'h' | b'l' => is_known_mode(parameters),
        // Cursor shape.
        b'q' => matches!(parameters, [b'0'..=b'6', b' '] | [b' ']),
        // Save and restore the title. Never a report (`t` with other numbers asks the terminal to type).
        b't' => matches!(parameters, b"22;0" | b"23;0" | b"22;2" | b"23;2"),
        // Push and pop keyboard enhancement flags.
        b'u' => {
            matches!(parameters, [b'>' | b'<', rest @ ..] if rest.len() <= 3 && rest.iter().all(u8::is_ascii_digit))
        }
        _ => false,
    }
}

/// Private modes: wrap, blink and visibility of the cursor, mouse, focus, alternate screen, bracketed
/// paste, synchronized update.
fn is_known_mode(parameters: &[u8]) -> bool {
    const MODES: [&[u8]; 12] = [
        b"7", b"12", b"25", b"1000", b"1002", b"1003", b"1004", b"1006", b"1015", b"1049", b"2004",
        b"2026",
    ];
    match parameters {
        [b'?', modes @ ..] => modes
            .split(|byte| *byte == b';')
            .all(|mode| MODES.contains(&mode)),
        _ => false,
    }
}

/// A control string. Unterminated ones end where a terminal would give up: at the next escape, at CAN
/// or SUB, or at the size limit.
fn string(bytes: &[u8], is_command: bool) -> Token {
    let body = bytes.get(2..).unwrap_or_default();
    let Some(end) = body
        .iter()
        .take(LONGEST_STRING)
        .position(|byte| matches!(*byte, 0x07 | 0x18 | 0x1A | ESCAPE))
    else {
        return if body.len() >= LONGEST_STRING {
            Token::Stopped(LONGEST_STRING + 2, Reason::Command)
        } else {
            Token::Unfinished
        };
    };
    let payload = body.get(..end).unwrap_or_default();
    let terminator = match (body.get(end), body.get(end + 1)) {
        (Some(&ESCAPE), None) => return Token::Unfinished,
        (Some(&ESCAPE), Some(b'\\')) => 2,
        (Some(0x07), _) => 1,
        // Cancelled: the escape itself starts the next token.
        (Some(&ESCAPE), Some(_)) => return Token::Stopped(end + 2, Reason::Command),
        _ => return Token::Stopped(end + 3, Reason::Command),
    };
    let length = 2 + end + terminator;
    if is_command && is_ours(payload) {
        Token::Allowed(length)
    } else {
        Token::Stopped(length, Reason::Command)
    }
}
