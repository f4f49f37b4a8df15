//! The text of an event, as lines: what a server does to blanks and line ends is no change.

use crate::domain::text::Untrusted;

/// Line ends are `\n`, lines and the text have no blanks at their ends.
pub fn tidied(text: &str) -> Untrusted {
    if text.contains('\r') {
        return tidied(&text.replace("\r\n", "\n").replace('\r', "\n"));
    }
    let mut tidy = String::with_capacity(text.len());
    for line in text.split('\n') {
        tidy.push_str(line.trim_end_matches([' ', '\t', '\u{a0}']));
        tidy.push('\n');
    }
    Untrusted::new(tidy.trim_matches('\n'))
}

/// Both changes, where they are on different lines. None where they are not.
pub(crate) fn merged(base: &Untrusted, mine: &Untrusted, theirs: &Untrusted) -> Option<Untrusted> {
    // Without a line end after it, the last line would not be one.
    let lines = |text: &Untrusted| format!("{}\n", text.raw());
    let merged = diffy::merge(&lines(base), &lines(mine), &lines(theirs));
    merged.ok().map(|text| tidied(&text))
}
