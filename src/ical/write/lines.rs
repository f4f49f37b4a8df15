//! Content lines on their way out: escaped, and folded at 75 octets between letters
//! (RFC 5545 3.1), with CRLF.
//!
//! Invariant: no text can end its line, leave its quotes or carry a control character.

use crate::domain::text::is_hostile;

const OCTETS: usize = 75;

#[derive(Default)]
pub(super) struct Lines(String);

impl Lines {
    pub fn into_text(self) -> String {
        self.0
    }

    /// A value that is ours: a word, a date, a rule.
    pub fn raw(&mut self, name: &str, value: &str) {
        self.fold(&format!("{name}:{value}"));
    }

    pub fn with(&mut self, name: &str, parameters: &[(&str, &str)], value: &str) {
        let mut line = name.to_owned();
        for (parameter, of) in parameters {
            line.push(';');
            line.push_str(parameter);
            line.push('=');
            push_parameter(&mut line, of);
        }
        line.push(':');
        line.push_str(value);
        self.fold(&line);
    }

    /// TEXT (RFC 5545 3.3.11).
    pub fn text(&mut self, name: &str, text: &str) {
        self.raw(name, &escaped(text));
    }

    pub fn optional(&mut self, name: &str, text: &str) {
        if !text.is_empty() {
            self.text(name, text);
        }
    }

    pub fn texts(&mut self, name: &str, texts: &[&str]) {
        let texts: Vec<String> = texts.iter().map(|text| escaped(text)).collect();
        self.raw(name, &texts.join(","));
    }

    /// A URI, with what no URI may hold as percent escapes (RFC 3986 2.1).
    pub fn address(&mut self, name: &str, parameters: &[(&str, &str)], uri: &str) {
        let mut value = String::with_capacity(uri.len());
        for letter in uri.chars() {
            let is_plain = letter.is_ascii_graphic() && !"\"<>\\^`{|}".contains(letter);
            if is_plain {
                value.push(letter);
                continue;
            }
            for byte in letter.encode_utf8(&mut [0; 4]).bytes() {
                value.push_str(&format!("%{byte:02X}"));
            }
        }
        self.with(name, parameters, &value);
    }

    fn fold(&mut self, line: &str) {
        let mut room = OCTETS;
        for letter in line.chars() {
            if letter.len_utf8() > room {
                self.0.push_str("\r\n ");
                room = OCTETS - 1;
            }
            room -= letter.len_utf8();
            self.0.push(letter);
        }
        self.0.push_str("\r\n");
    }
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => out.push_str("\\\\"),
            ';' => out.push_str("\\;"),
            ',' => out.push_str("\\,"),
            '\r' if letters.peek() == Some(&'\n') => {}
            '\n' | '\r' | '\u{2028}' | '\u{2029}' => out.push_str("\\n"),
            '\t' => out.push('\t'),
            other => out.push(harmless(other)),
        }
    }
    out
}

/// In quotes where it needs them; what quotes cannot hold by RFC 6868.
fn push_parameter(line: &mut String, value: &str) {
    let is_token = |letter: char| letter.is_ascii_alphanumeric() || "-_/+.".contains(letter);
    if !value.is_empty() && value.chars().all(is_token) {
        line.push_str(value);
        return;
    }
    line.push('"');
    for letter in value.chars() {
        match letter {
            '^' => line.push_str("^^"),
            '"' => line.push_str("^'"),
            '\n' => line.push_str("^n"),
            other => line.push(harmless(other)),
        }
    }
    line.push('"');
}

fn harmless(letter: char) -> char {
    if is_hostile(letter) {
        '\u{fffd}'
    } else {
        letter
    }
}
