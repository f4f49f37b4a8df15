//! Where verbs write: handles they are given, so that tests can read what was said.

use crate::domain::text::Untrusted;
use std::io::{self, IsTerminal, Write};

pub struct Output<'a> {
    pub out: &'a mut dyn Write,
    pub err: &'a mut dyn Write,
    /// Colours may be used on `out`.
    pub colour: bool,
    /// Cells of a line on `out`; None when it is no terminal.
    pub width: Option<usize>,
}

impl<'a> Output<'a> {
    /// Colours and width follow the terminal; NO_COLOR, when not empty, means none.
    pub fn to(out: &'a mut dyn Write, err: &'a mut dyn Write) -> Self {
        let is_terminal = io::stdout().is_terminal();
        let no_colour = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        let width = is_terminal
            .then(crossterm::terminal::size)
            .and_then(Result::ok)
            .map(|(columns, _)| columns.into());
        Self {
            out,
            err,
            colour: is_terminal && !no_colour,
            width,
        }
    }

    /// One message for the person; whatever is in it from outside becomes harmless.
    pub fn complain(&mut self, words: &str) {
        let words = Untrusted::from(words).safe_text();
        let _ = writeln!(self.err, "kalends: {words}");
    }

    /// `text` in an SGR style such as "1" or "2", where colours are wanted.
    pub fn styled(&self, style: &str, text: &str) -> String {
        if self.colour && !text.is_empty() {
            format!("\x1b[{style}m{text}\x1b[0m")
        } else {
            text.to_owned()
        }
    }
}
