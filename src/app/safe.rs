//! Text from outside, made harmless for a cell or a title.
//!
//! Control characters, bidi controls and tags become a visible replacement; the
//! rest is shown as it is. The only place of `app` and `ui` that looks at `raw`.

use crate::domain::text::Untrusted;
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

/// One line: line breaks and tabs become spaces.
pub fn line(text: &Untrusted) -> String {
    harmless(text.raw())
        .replace(['\n', '\t'], " ")
        .trim()
        .to_owned()
}

/// Several lines, with line breaks kept.
pub fn lines(text: &Untrusted) -> String {
    harmless(text.raw())
}

/// The same for words that are not typed as untrusted but may quote a server.
pub fn words(text: &str) -> String {
    harmless(text).replace(['\n', '\t'], " ")
}

fn harmless(text: &str) -> String {
    text.chars()
        .filter(|letter| *letter != '\r')
        .map(|letter| {
            if is_harmful(letter) {
                '\u{fffd}'
            } else {
                letter
            }
        })
        .collect()
}

fn is_harmful(letter: char) -> bool {
    (letter.is_control() && letter != '\n' && letter != '\t')
        || matches!(
            u32::from(letter),
            0x061c | 0x200b | 0x200e..=0x200f | 0x2028..=0x202e | 0x2060..=0x206f | 0xfeff
                | 0xfff9..=0xfffb | 0xe0000..=0xe0fff
        )
}

/// Cells a text takes.
pub fn width(text: &str) -> usize {
    text.width()
}

/// `text` in at most `cells` cells, cut at a grapheme's border, with `…` when cut.
pub fn cut(text: &str, cells: usize) -> String {
    if text.width() <= cells {
        return text.to_owned();
    }
    if cells == 0 {
        return String::new();
    }
    let mut shown = String::new();
    let mut used = 0;
    for cluster in text.graphemes(true) {
        let wide = cluster.width();
        if used + wide > cells - 1 {
            break;
        }
        shown.push_str(cluster);
        used += wide;
    }
    shown.push('…');
    shown
}

/// `text` in at most `cells` cells, without a sign that it was cut.
pub fn clipped(text: &str, cells: usize) -> String {
    let mut used = 0;
    text.graphemes(true)
        .take_while(|cluster| {
            used += cluster.width();
            used <= cells
        })
        .collect()
}

/// `text` broken into lines of at most `cells` cells, at spaces where possible.
pub fn wrapped(text: &str, cells: usize) -> Vec<String> {
    let cells = cells.max(2);
    let mut lines = Vec::new();
    for paragraph in text.split('\n') {
        let mut line = String::new();
        let mut used = 0;
        for word in paragraph.split_inclusive(' ') {
            let wide = word.trim_end().width();
            if used > 0 && used + wide > cells {
                lines.push(line.trim_end().to_owned());
                line.clear();
                used = 0;
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
        assert_eq!(line(&text), "a\u{fffd}[31mb\u{fffd}c d");
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
