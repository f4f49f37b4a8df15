//! The simulator's only source of chance: a seeded, reproducible sequence.
//!
//! Invariant: equal seeds and equal calls give equal numbers on every machine.

/// A small generator (SplitMix64). Good enough for worlds and faults, not for secrets.
#[derive(Clone, Debug)]
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(seed ^ 0x9e37_79b9_7f4a_7c15)
    }

    pub fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        scramble(self.0)
    }

    /// A number in `0..limit`; zero when `limit` is zero.
    pub fn below(&mut self, limit: u64) -> u64 {
        if limit == 0 { 0 } else { self.roll() % limit }
    }

    /// A number in `low..=high`.
    pub fn between(&mut self, low: i64, high: i64) -> i64 {
        let width = u64::try_from(high.saturating_sub(low))
            .unwrap_or(0)
            .saturating_add(1);
        low.saturating_add(i64::try_from(self.below(width)).unwrap_or(0))
    }

    pub fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    /// True with the given probability (`0.0..=1.0`).
    pub fn happens(&mut self, probability: f64) -> bool {
        const STEPS: u32 = 1_000_000;
        let drawn = u32::try_from(self.below(u64::from(STEPS))).unwrap_or(0);
        f64::from(drawn) < probability * f64::from(STEPS)
    }

    /// `None` only for an empty slice.
    pub fn pick<'a, T>(&mut self, from: &'a [T]) -> Option<&'a T> {
        let index = usize::try_from(self.below(from.len() as u64)).unwrap_or(0);
        from.get(index)
    }
}

/// Spreads the bits of one number over all others.
pub fn scramble(value: u64) -> u64 {
    let mut z = value;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// A stable 64-bit digest of a text (FNV-1a, scrambled).
pub fn digest(text: &str) -> u64 {
    let fnv = text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    scramble(fnv)
}

/// A GUID that depends on nothing but its two numbers.
pub fn guid(seed: u64, number: u64) -> String {
    let high = scramble(seed ^ scramble(number));
    let low = scramble(high ^ number);
    format!(
        "{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}",
        high >> 32,
        (high >> 16) & 0xffff,
        high & 0xfff,
        0x8000 | ((low >> 48) & 0x3fff),
        low & 0xffff_ffff_ffff
    )
}
