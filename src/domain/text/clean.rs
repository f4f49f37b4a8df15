//! The sanitizer: one pass that judges each character in its place, then caps on clusters and lines.
//!
//! Invariant: cleaning cleaned text changes nothing. Capping a cluster can join its rest with what
//! follows, so the pass repeats until nothing is capped; each round is shorter, and the number of
//! rounds is bounded by falling back to plain ASCII.

use std::borrow::Cow;
use std::fmt::Write;

use unicode_segmentation::UnicodeSegmentation;

use super::character::{
    is_bidi_control, is_emoji_modifier, is_hostile, is_mark, is_pictograph, is_silent, is_tag,
    is_variation_selector, is_virama,
};

const MARKS_PER_BASE: usize = 4;
const CLUSTER_BYTES: usize = 32;
const LINE_BYTES: usize = 4 * 1024;
const TEXT_BYTES: usize = 256 * 1024;
const ROUNDS: usize = 8;
const ELLIPSIS: &str = "…";
/// Carries marks that have no base of their own, as Unicode prints them.
const DOTTED_CIRCLE: char = '\u{25CC}';
const BLACK_FLAG: char = '\u{1F3F4}';

/// One line; breaks and tabs become blanks.
pub(super) fn line(text: &str) -> Cow<'_, str> {
    if text.len() <= LINE_BYTES && text.bytes().all(|byte| (b' '..=b'~').contains(&byte)) {
        return Cow::Borrowed(text);
    }
    // A hostile title may be megabytes of characters that are dropped: the work is bounded too.
    let (text, was_cut) = head(text, LINE_BYTES * 8);
    Cow::Owned(settled(text, Layout::Line, was_cut))
}

/// Several lines; `\n` and tabs stay.
pub(super) fn text(text: &str) -> String {
    let (text, was_cut) = head(text, TEXT_BYTES * 2);
    let mut clean = String::with_capacity(text.len().min(TEXT_BYTES));
    let mut is_full = was_cut;
    for (at, line) in lines(text).enumerate() {
        if clean.len() + LINE_BYTES + ELLIPSIS.len() > TEXT_BYTES {
            is_full = true;
            break;
        }
        if at > 0 {
            clean.push('\n');
        }
        let is_plain = line.len() <= LINE_BYTES
            && line
                .bytes()
                .all(|b| b == b'\t' || (b' '..=b'~').contains(&b));
        if is_plain {
            clean.push_str(line);
        } else {
            clean.push_str(&settled(line, Layout::Text, false));
        }
    }
    if is_full {
        clean.push_str("\n…");
    }
    clean
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Layout {
    Line,
    Text,
}

/// Splits at LF, CR LF, lone CR, vertical tab, form feed and the Unicode separators.
fn lines(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let text = rest?;
        let Some((at, found)) = text
            .char_indices()
            .find(|(_, c)| matches!(c, '\n' | '\r' | '\u{B}' | '\u{C}' | '\u{2028}' | '\u{2029}'))
        else {
            rest = None;
            return Some(text);
        };
        let (line, after) = text.split_at(at);
        let after = after
            .strip_prefix("\r\n")
            .or_else(|| after.strip_prefix(found));
        rest = after;
        Some(line)
    })
}

fn head(text: &str, bytes: usize) -> (&str, bool) {
    if text.len() <= bytes {
        return (text, false);
    }
    let end = text.floor_char_boundary(bytes);
    (text.get(..end).unwrap_or_default(), true)
}

fn settled(line: &str, layout: Layout, was_cut: bool) -> String {
    let mut clean = one_pass(line, layout);
    for _ in 0..ROUNDS {
        let Some(capped) = cap_clusters(&clean) else {
            return cap_line(clean, was_cut);
        };
        clean = one_pass(&capped, layout);
    }
    // Text built to join again after every cut is no text.
    clean.retain(|character| character.is_ascii());
    cap_line(clean, was_cut)
}

fn one_pass(line: &str, layout: Layout) -> String {
    let mut writer = Writer {
        out: String::with_capacity(line.len() + 16),
        ..Writer::default()
    };
    let mut rest = line.chars().peekable();
    while let Some(character) = rest.next() {
        match character {
            ' '..='~' => writer.base(character),
            '\t' if layout == Layout::Text => writer.tab(),
            '\r' if rest.peek() == Some(&'\n') => {}
            '\t' | '\n' | '\r' | '\u{B}' | '\u{C}' | '\u{2028}' | '\u{2029}' => writer.base(' '),
            '\u{200D}' => writer.joiner(rest.peek().copied()),
            _ if is_variation_selector(character) => writer.variation_selector(character),
            _ if is_tag(character) && writer.is_in_flag => {}
            '\u{200E}' | '\u{200F}' | '\u{061C}' => {}
            _ if is_silent(character) => {}
            _ if is_hostile(character) => writer.escape(character),
            _ if is_mark(character) => writer.mark(character),
            _ => writer.base(character),
        }
    }
    writer.finish()
}

#[derive(Default)]
struct Writer {
    out: String,
    /// The last base written on this line, if marks can stand on it.
    base: Option<char>,
    /// What stands before the next character, marks and selectors included.
    last: Option<char>,
    /// The last base that is not a skin tone: what a joiner would join.
    pictograph: Option<char>,
    marks: usize,
    has_selector: bool,
    is_in_flag: bool,
}

impl Writer {
    fn base(&mut self, character: char) {
        self.out.push(character);
        self.base = Some(character);
        self.last = Some(character);
        if !is_emoji_modifier(character) {
            self.pictograph = Some(character);
        }
        // Spacing vowels and skin tones take a cell but join the cluster before them: a fresh count
        // of marks on each would let a tower grow sideways.
        if self.marks > 0 && !joins(character) {
            self.marks = 0;
        }
        self.has_selector = false;
        self.is_in_flag = character == BLACK_FLAG;
    }

    fn tab(&mut self) {
        self.out.push('\t');
        *self = Self {
            out: std::mem::take(&mut self.out),
            ..Self::default()
        };
    }

    fn mark(&mut self, character: char) {
        if self.base.is_none() {
            self.base(DOTTED_CIRCLE);
        }
        self.is_in_flag = false;
        if self.marks < MARKS_PER_BASE {
            self.marks += 1;
            self.out.push(character);
            self.last = Some(character);
        }
    }

    /// Only one, only the two that choose text or emoji, only directly on what can be an emoji.
    fn variation_selector(&mut self, character: char) {
        let can_vary = self
            .last
            .is_some_and(|last| is_pictograph(last) || matches!(last, '0'..='9' | '#' | '*'));
        if can_vary && !self.has_selector && matches!(character, '\u{FE0E}' | '\u{FE0F}') {
            self.has_selector = true;
            self.out.push(character);
            self.last = Some(character);
        }
    }

    fn joiner(&mut self, next: Option<char>) {
        let follows_emoji =
            self.last == self.pictograph || self.last.is_some_and(is_emoji_modifier);
        let joins_emoji = follows_emoji
            && next.is_some_and(|next| is_pictograph(next) && !is_emoji_modifier(next))
            && self
                .pictograph
                .zip(next)
                .is_some_and(|(one, other)| makes_one_emoji(one, other));
        let forms_letter = self.last.is_some_and(is_virama) && next.is_some_and(is_letter);
        if joins_emoji || (forms_letter && self.marks < MARKS_PER_BASE) {
            self.marks += 1;
            self.out.push('\u{200D}');
            self.last = Some('\u{200D}');
        }
    }

    fn escape(&mut self, character: char) {
        let code = u32::from(character);
        // A letter of the caret notation is the control's code with bit 6 flipped (DEL is ^?).
        match u8::try_from(code)
            .ok()
            .filter(u8::is_ascii)
            .map(|byte| char::from(byte ^ 0x40))
        {
            Some(letter) => {
                self.base('^');
                self.base(letter);
            }
            None => {
                debug_assert!(is_bidi_control(character) || is_hostile(character));
                let _ = write!(self.out, "<U+{code:04X}");
                self.base('>');
            }
        }
    }

    fn finish(self) -> String {
        self.out
    }
}

/// UTS 51 in the words of the segmentation rules: nothing splits these two when joined.
fn makes_one_emoji(one: char, other: char) -> bool {
    let joined: String = [one, '\u{200D}', other].into_iter().collect();
    joined.graphemes(true).nth(1).is_none()
}

/// A base, not one of the marks that count as alphabetic: those may fall to the cap.
fn is_letter(character: char) -> bool {
    character.is_alphabetic() && !is_mark(character)
}

/// True for characters that extend whatever cluster they follow.
fn joins(character: char) -> bool {
    let mut pair = String::from("a");
    pair.push(character);
    pair.graphemes(true).nth(1).is_none()
}

/// The text with clusters of more than 32 bytes shortened; none if there are none.
fn cap_clusters(text: &str) -> Option<String> {
    if text.is_ascii()
        || text
            .graphemes(true)
            .all(|cluster| cluster.len() <= CLUSTER_BYTES)
    {
        return None;
    }
    let mut capped = String::with_capacity(text.len());
    for cluster in text.graphemes(true) {
        if cluster.len() <= CLUSTER_BYTES {
            capped.push_str(cluster);
        } else {
            let (kept, _) = head(cluster, CLUSTER_BYTES);
            capped.push_str(kept.trim_end_matches('\u{200D}'));
        }
    }
    Some(capped)
}

/// Shortens a line of more than 4 KiB at a cluster border, and marks every shortened line.
fn cap_line(mut line: String, was_cut: bool) -> String {
    if line.len() <= LINE_BYTES && !was_cut {
        return line;
    }
    let mut end = 0;
    for (at, cluster) in line.grapheme_indices(true) {
        if at + cluster.len() > LINE_BYTES - ELLIPSIS.len() {
            break;
        }
        end = at + cluster.len();
    }
    line.truncate(end);
    if !line.ends_with(ELLIPSIS) {
        line.push_str(ELLIPSIS);
    }
    line
}
