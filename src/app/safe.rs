//! Text from outside, as it may be shown: cleaned by the domain, cut and broken here.
//!
//! Invariant: what these functions return has no control character but line breaks.

use crate::domain::text::{self, Safe, Untrusted};
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

/// One line: line breaks and tabs become spaces.
pub fn line(text: &Untrusted) -> String {
    text.safe_line(None).into_string().trim().to_owned()
}

/// Several lines, with line breaks kept. A tab is four spaces: a cell has no place for it.
pub fn lines(text: &Untrusted) -> String {
    text.safe_text().into_string().replace('\t', "    ")
}

/// The same for words that are not typed as untrusted but may quote a server.
pub fn words(text: &str) -> String {
    Safe::line(text, None).into_string()
}

/// Cells a text takes.
pub fn width(text: &str) -> usize {
    text::width(text)
}

/// `text` in at most `cells` cells, cut at a grapheme's border, with `…` when cut.
pub fn cut(text: &str, cells: usize) -> String {
    text::cut_marked(text, cells, "…").0.into_owned()
}

/// `text` in at most `cells` cells, without a sign that it was cut.
pub fn clipped(text: &str, cells: usize) -> String {
    text::cut(text, cells).0.into_owned()
}

/// `text` broken into lines of at most `cells` cells, at spaces where possible.
pub fn wrapped(text: &str, cells: usize) -> Vec<String> {
    let cells = cells.max(2);
    let mut lines = Vec::new();
    for paragraph in text.split('\n') {
        let mut line = String::new();
        let mut used = 0;
        for word in paragraph.split_inclusive(' ') {
            let wide = width(word.trim_end_matches(' '));
            if used > 0 && used + wide > cells {
                lines.push(line.trim_end().to_owned());
                line.clear();
                used = 0;
            }
            if used + wide <= cells {
                line.push_str(word);
                used += width(word);
                continue;
            }
            for cluster in word.graphemes(true) {
                let wide = cluster.width();
                if used + wide > cells && cluster != " " {
                    lines.push(std::mem::take(&mut line));
                    used = 0;
                }
                line.push_str(cluster);
                used += wide;
            }
        }
        lines.push(line.trim_end().to_owned());
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_harmful_is_left() {
        let text = Untrusted::new("a\u{1b}[31mb\u{202e}c\nd\r");
        let shown = line(&text);
        assert!(shown.contains('a') && shown.ends_with('d'));
        assert!(
            !shown
                .chars()
                .any(|letter| letter.is_control() || letter == '\u{202e}')
        );
    }

    #[test]
    fn text_is_cut_at_cell_borders() {
        assert_eq!(cut("会議室の予約", 7), "会議室…");
        assert_eq!(cut("会議室の予約", 6), "会議…");
        assert_eq!(cut("👩‍👩‍👧 home", 4), "👩‍👩‍👧 …");
        assert_eq!(cut("plain", 5), "plain");
        assert_eq!(cut("plain", 0), "");
    }

    #[test]
    fn lines_never_exceed_their_width() {
        for line in wrapped(
            "a longer sentence, 会議室の予約 and averyveryverylongword",
            9,
        ) {
            assert!(width(&line) <= 9, "{line}");
        }
    }
}
