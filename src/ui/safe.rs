//! Text from outside made harmless: the same adapter as the program's.

pub use crate::app::safe::{clipped, cut, line, lines, width, words, wrapped};

/// The rule of a series as a sentence.
pub fn rule(rule: &crate::domain::recurrence::Recurrence) -> String {
    rule.sentence()
}
