//! How many terminal cells text takes, and cutting and padding at cell borders.
//!
//! Counts by grapheme cluster, as the cell buffer does. Expects text that was cleaned before; on other
//! text it still cuts at cluster borders, but a control may take part in a cluster.

use std::borrow::Cow;

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

/// Width in terminal cells.
pub fn width(text: &str) -> usize {
    if is_plain(text) {
        return text.len();
    }
    text.graphemes(true).map(UnicodeWidthStr::width).sum()
}

/// The longest start of `text` that fits into `cells`, and its width. A wide character that would
/// be halved is left out, so the width may be one less than asked for.
pub fn cut(text: &str, cells: usize) -> (Cow<'_, str>, usize) {
    let (end, taken) = fitting(text, cells);
    (Cow::Borrowed(text.get(..end).unwrap_or_default()), taken)
}

/// As [`cut`], but what was cut ends with `mark` ("…", or ">" where only ASCII may be used).
pub fn cut_marked<'t>(text: &'t str, cells: usize, mark: &str) -> (Cow<'t, str>, usize) {
    let (end, taken) = fitting(text, cells);
    if end == text.len() {
        return (Cow::Borrowed(text), taken);
    }
    let mark_width = width(mark);
    if mark_width > cells {
        return cut(text, cells);
    }
    let (end, taken) = fitting(text, cells - mark_width);
    let mut shown = text.get(..end).unwrap_or_default().to_owned();
    shown.push_str(mark);
    (Cow::Owned(shown), taken + mark_width)
}

/// `text` cut with an ellipsis or followed by blanks so that it takes exactly `cells`.
pub fn pad(text: &str, cells: usize) -> String {
    let (shown, taken) = cut_marked(text, cells, "…");
    let mut padded = shown.into_owned();
    padded.extend(std::iter::repeat_n(' ', cells.saturating_sub(taken)));
    padded
}

/// As [`pad`], with the blanks in front.
pub fn pad_left(text: &str, cells: usize) -> String {
    let (shown, taken) = cut_marked(text, cells, "…");
    let mut padded = " ".repeat(cells.saturating_sub(taken));
    padded.push_str(&shown);
    padded
}

fn is_plain(text: &str) -> bool {
    text.bytes().all(|byte| (b' '..=b'~').contains(&byte))
}

/// The byte length and width of the longest start that fits.
fn fitting(text: &str, cells: usize) -> (usize, usize) {
    if is_plain(text) {
        let end = text.len().min(cells);
        return (end, end);
    }
    let (mut end, mut taken) = (0, 0);
    for cluster in text.graphemes(true) {
        let wide = cluster.width();
        if taken + wide > cells {
            break;
        }
        taken += wide;
        end += cluster.len();
    }
    (end, taken)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wide_characters_are_never_halved() {
        assert_eq!(cut("日本語", 5), (Cow::Borrowed("日本"), 4));
        assert_eq!(cut_marked("日本語", 5, "…").0, "日本…");
        assert_eq!(cut_marked("日本語", 4, "…"), (Cow::Borrowed("日…"), 3));
        assert_eq!(cut_marked("日本語", 6, "…"), (Cow::Borrowed("日本語"), 6));
        assert_eq!(pad("日本語", 4), "日… ");
        assert_eq!(pad_left("7", 3), "  7");
    }

    #[test]
    fn clusters_stay_whole() {
        let family = "👨\u{200D}👩\u{200D}👧 x";
        assert_eq!(cut(family, 2).0, "👨\u{200D}👩\u{200D}👧");
        assert_eq!(cut(family, 1), (Cow::Borrowed(""), 0));
        assert_eq!(cut("e\u{301}e\u{301}", 1), (Cow::Borrowed("e\u{301}"), 1));
    }

    #[test]
    fn tiny_widths() {
        assert_eq!(cut_marked("abc", 0, "…"), (Cow::Borrowed(""), 0));
        assert_eq!(cut_marked("abc", 1, "…"), (Cow::Borrowed("…"), 1));
        assert_eq!(cut_marked("abc", 1, "..."), (Cow::Borrowed("a"), 1));
        assert_eq!(pad("", 2), "  ");
    }
}
