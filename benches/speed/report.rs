//! What is printed: figures, and a verdict a goal.

use std::io::{Write, stdout};

#[derive(Default)]
pub struct Report {
    misses: u32,
}

impl Report {
    pub fn section(&mut self, name: &str) {
        self.print(&format!("\n{name}"));
    }

    /// A figure nobody judges.
    pub fn note(&mut self, words: &str) {
        self.print(&format!("          {words}"));
    }

    /// A goal, and whether it was reached.
    pub fn verdict(&mut self, is_reached: bool, goal: &str, measured: &str) {
        self.misses += u32::from(!is_reached);
        let word = if is_reached { "ok" } else { "MISSED" };
        self.print(&format!("  {word:<7} {goal}: {measured}"));
    }

    pub fn has_misses(&self) -> bool {
        self.misses > 0
    }

    fn print(&mut self, line: &str) {
        let _ = writeln!(stdout(), "{line}");
    }
}
