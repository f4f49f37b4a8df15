//! Content lines (RFC 5545 3.1): unfolded, and cut into name, parameters and value.
//!
//! Refuses nothing: bytes that are no UTF-8 become U+FFFD, a line without a colon is left out.
//! Invariant: every byte of the text is looked at a bounded number of times, and no line is kept
//! longer than the limit.

use super::LINE_AT_MOST;
use std::borrow::Cow;

/// One unfolded line.
#[derive(Debug)]
pub(super) struct Line<'a> {
    /// Counted from 1, where it begins in the file.
    pub number: u32,
    text: Cow<'a, str>,
    /// Where the name ends and the value begins.
    name: usize,
    value: usize,
}

impl Line<'_> {
    pub fn is(&self, name: &str) -> bool {
        self.name().eq_ignore_ascii_case(name)
    }

    /// In upper case or lower, as it was written.
    pub fn name(&self) -> &str {
        self.text.get(..self.name).unwrap_or_default()
    }

    pub fn value(&self) -> &str {
        self.text.get(self.value..).unwrap_or_default()
    }

    /// The value of a parameter, without quotes (RFC 6868 for what quotes cannot hold).
    pub fn parameter(&self, wanted: &str) -> Option<String> {
        let end = self.value.saturating_sub(1);
        let mut rest = self.text.get(self.name..end)?.strip_prefix(';')?;
        loop {
            let stop = border(rest, b';').unwrap_or(rest.len());
            let (one, after) = rest.split_at_checked(stop)?;
            if let Some((name, value)) = one.split_once('=')
                && name.trim().eq_ignore_ascii_case(wanted)
            {
                return Some(plain(value));
            }
            rest = after.strip_prefix(';')?;
        }
    }

    fn parse(number: u32, text: Cow<'_, str>) -> Option<Line<'_>> {
        let name = text.find([';', ':'])?;
        // Somebody forgot to close a quote: the first colon must do.
        let colon = border(&text, b':').or_else(|| text.find(':'))?;
        (name > 0).then_some(Line {
            number,
            text,
            name,
            value: colon + 1,
        })
    }
}

/// The first `wanted` outside double quotes.
fn border(text: &str, wanted: u8) -> Option<usize> {
    let mut is_quoted = false;
    text.bytes().position(|byte| {
        is_quoted ^= byte == b'"';
        byte == wanted && !is_quoted
    })
}

fn plain(value: &str) -> String {
    let bare = value.replace('"', "");
    if !bare.contains('^') {
        return bare;
    }
    let mut plain = String::with_capacity(bare.len());
    let mut letters = bare.chars().peekable();
    while let Some(letter) = letters.next() {
        let meant = match (letter, letters.peek()) {
            ('^', Some('n')) => '\n',
            ('^', Some('\'')) => '"',
            ('^', Some('^')) => '^',
            (other, _) => {
                plain.push(other);
                continue;
            }
        };
        plain.push(meant);
        letters.next();
    }
    plain
}

/// The lines of a file.
pub(super) struct Lines<'a> {
    rest: &'a [u8],
    number: u32,
}

impl<'a> Lines<'a> {
    pub fn of(bytes: &'a [u8]) -> Self {
        Self {
            rest: bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes),
            number: 0,
        }
    }

    /// One line as it lies in the file; line ends are CRLF, LF, or CR alone.
    fn physical(&mut self) -> Option<&'a [u8]> {
        if self.rest.is_empty() {
            return None;
        }
        self.number += 1;
        let Some(at) = memchr::memchr2(b'\n', b'\r', self.rest) else {
            return Some(std::mem::take(&mut self.rest));
        };
        let (line, end) = self.rest.split_at_checked(at)?;
        let step = if end.starts_with(b"\r\n") { 2 } else { 1 };
        self.rest = end.get(step..).unwrap_or_default();
        Some(line)
    }

    /// Folds may cut a letter in two, so that lines are put together as bytes.
    fn unfolded(&mut self) -> Option<(u32, Cow<'a, [u8]>)> {
        let first = self.physical()?;
        let number = self.number;
        let mut line = Cow::Borrowed(first.get(..LINE_AT_MOST).unwrap_or(first));
        while matches!(self.rest.first(), Some(b' ' | b'\t')) {
            let more = self.physical()?.get(1..).unwrap_or_default();
            let room = LINE_AT_MOST.saturating_sub(line.len());
            let more = more.get(..room).unwrap_or(more);
            if !more.is_empty() {
                line.to_mut().extend_from_slice(more);
            }
        }
        Some((number, line))
    }
}

impl<'a> Iterator for Lines<'a> {
    type Item = Line<'a>;

    fn next(&mut self) -> Option<Line<'a>> {
        loop {
            let (number, bytes) = self.unfolded()?;
            let text = match bytes {
                Cow::Borrowed(bytes) => String::from_utf8_lossy(bytes),
                Cow::Owned(bytes) => Cow::Owned(match String::from_utf8(bytes) {
                    Ok(text) => text,
                    Err(error) => String::from_utf8_lossy(error.as_bytes()).into_owned(),
                }),
            };
            if let Some(line) = Line::parse(number, text) {
                return Some(line);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &[u8]) -> Vec<(u32, String, String)> {
        let all = Lines::of(text);
        all.map(|line| (line.number, line.name().into(), line.value().into()))
            .collect()
    }

    #[test]
    fn folded_lines_are_one_also_in_the_middle_of_a_letter() {
        let text = b"\xef\xbb\xbfSUMMARY:a\xc3\r\n \xa4b\r\n\tc\nno colon\n\nX:1\rY:2";
        let wanted = [(1, "SUMMARY", "aäbc"), (6, "X", "1"), (7, "Y", "2")];
        let wanted: Vec<_> = wanted
            .map(|(number, name, value)| (number, name.to_owned(), value.to_owned()))
            .into();
        assert_eq!(lines(text), wanted);
    }

    #[test]
    fn parameters_may_be_quoted_and_escaped() {
        let text = b"ATTENDEE;CN=\"Smith; John: \";x=1;Role=CHAIR;D=a^'b^nc^^:mailto:j@x.org";
        let line = Lines::of(text).next().unwrap();
        assert_eq!(line.value(), "mailto:j@x.org");
        assert_eq!(line.parameter("cn").as_deref(), Some("Smith; John: "));
        assert_eq!(line.parameter("ROLE").as_deref(), Some("CHAIR"));
        assert_eq!(line.parameter("D").as_deref(), Some("a\"b\nc^"));
        assert_eq!(line.parameter("TZID"), None);
        let open = Lines::of(b"A;CN=\"x:y").next().unwrap();
        assert_eq!((open.name(), open.value()), ("A", "y"));
    }

    #[test]
    fn a_line_without_end_is_cut() {
        let mut text = b"DESCRIPTION:".to_vec();
        for _ in 0..10 {
            text.extend(std::iter::repeat_n(b'x', LINE_AT_MOST / 4));
            text.extend(b"\r\n ");
        }
        let line = Lines::of(&text).next().unwrap();
        assert_eq!(line.text.len(), LINE_AT_MOST);
    }
}
