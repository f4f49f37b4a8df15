//! The text of an event, as lines: what a server does to blanks and line ends is no change.

use crate::domain::text::Untrusted;

/// Line ends are `\n`, lines and the text have no blanks at their ends.
pub fn tidied(text: &str) -> Untrusted {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let lines: Vec<&str> = text
        .split('\n')
        .map(|line| line.trim_end_matches([' ', '\t', '\u{a0}']))
        .collect();
    Untrusted::new(lines.join("\n").trim_matches('\n'))
}

/// Both changes, where they are on different lines. None where they are not.
pub(crate) fn merged(base: &Untrusted, mine: &Untrusted, theirs: &Untrusted) -> Option<Untrusted> {
    // Without a line end after it, the last line would not be one.
    let lines = |text: &Untrusted| format!("{}\n", text.raw());
    let merged = diffy::merge(&lines(base), &lines(mine), &lines(theirs));
    merged.ok().map(|text| tidied(&text))
}
