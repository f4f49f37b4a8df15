//! What happened in a history: told line by line, or folded into one number.

use std::fmt::{self, Write};

/// Nothing is kept unless asked for: most histories run without.
#[derive(Default)]
pub struct Trace {
    hash: Option<Fold>,
    lines: Option<Vec<String>>,
}

impl Trace {
    pub fn hashed() -> Self {
        Self {
            hash: Some(Fold::default()),
            lines: None,
        }
    }

    pub fn told() -> Self {
        Self {
            hash: None,
            lines: Some(Vec::new()),
        }
    }

    pub fn add(&mut self, line: fmt::Arguments<'_>) {
        if let Some(hash) = &mut self.hash {
            hash.write_fmt(line).unwrap();
        }
        if let Some(lines) = &mut self.lines {
            lines.push(line.to_string());
        }
    }

    pub fn is_told(&self) -> bool {
        self.lines.is_some()
    }

    pub fn hash(&self) -> u64 {
        self.hash.as_ref().map_or(0, |fold| fold.0)
    }

    pub fn lines(&self) -> impl Iterator<Item = &String> {
        self.lines.iter().flatten()
    }
}

/// FNV-1a, without a line in memory.
struct Fold(u64);

impl Default for Fold {
    fn default() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }
}

impl Write for Fold {
    fn write_str(&mut self, part: &str) -> fmt::Result {
        for byte in part.bytes() {
            self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
        Ok(())
    }
}
