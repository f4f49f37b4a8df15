//! Random small questions, the same on every machine.

use super::super::{Block, Claim, Person, Question, Role, Span, Weights};

/// SplitMix64.
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// Both ends included.
    pub fn between(&mut self, low: i64, high: i64) -> i64 {
        low + (self.next() % (high - low + 1) as u64) as i64
    }

    pub fn one_in(&mut self, n: u64) -> bool {
        self.next().is_multiple_of(n)
    }

    fn small(&mut self, most: i64) -> u32 {
        self.between(0, most) as u32
    }

    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for at in (1..items.len()).rev() {
            let other = self.between(0, at as i64) as usize;
            items.swap(at, other);
        }
    }
}

pub fn question(dice: &mut Dice) -> Question {
    let from = dice.between(-300, 300);
    let duration = dice.between(1, 40);
    let to = from + duration + dice.between(0, 110);
    let near = |dice: &mut Dice, most: i64| {
        let start = dice.between(from - 60, to + 40);
        Span::new(start, start + dice.between(-1, most))
    };
    let spans = |dice: &mut Dice, count: i64, most: i64| -> Vec<Span> {
        (0..dice.between(0, count))
            .map(|_| near(dice, most))
            .collect()
    };
    let rarely_busy = dice.one_in(3);
    let mut people = Vec::new();
    for _ in 0..dice.between(0, 4) {
        let role = match dice.between(0, 4) {
            0 => Role::Optional,
            1 => Role::Room,
            _ => Role::Required,
        };
        let blocks = dice.between(0, if rarely_busy { 2 } else { 5 });
        let block = |dice: &mut Dice| Block {
            claim: match dice.between(0, 4) {
                0 => Claim::Elsewhere,
                1 | 2 => Claim::Tentative,
                3 => Claim::Busy,
                _ => Claim::Away,
            },
            span: near(dice, if rarely_busy { 20 } else { 50 }),
        };
        let busy = (0..blocks).map(|_| block(dice)).collect();
        let known = if dice.one_in(3) {
            spans(dice, 3, 120)
        } else {
            vec![Span::new(from - 100, to + 100)]
        };
        let working = if dice.one_in(3) {
            Vec::new()
        } else {
            spans(dice, 3, 90)
        };
        people.push(Person {
            role,
            busy,
            known,
            working,
            hard_hours: dice.one_in(3),
        });
    }
    let allowed = if dice.one_in(2) {
        Vec::new()
    } else {
        spans(dice, 3, 150)
    };
    let preferred = dice.between(0, 2);
    Question {
        from,
        to,
        step: dice.between(1, 12) as u32,
        duration: duration as u32,
        people,
        allowed,
        buffer: if dice.one_in(2) { 0 } else { dice.small(15) },
        preferred: (0..preferred)
            .map(|_| dice.between(from - 50, to + 50))
            .collect(),
        weights: weights(dice),
    }
}

/// Often the usual ones; else anything, sensible or not.
fn weights(dice: &mut Dice) -> Weights {
    let night_after = if dice.one_in(2) { dice.small(60) } else { 300 };
    if dice.one_in(2) {
        return Weights {
            night_after,
            ..Weights::default()
        };
    }
    Weights {
        required_tentative: dice.small(9),
        required_unknown: dice.small(9),
        optional_busy: dice.small(9),
        optional_tentative: dice.small(9),
        optional_unknown: dice.small(9),
        hours: dice.small(3),
        night_after,
        night: dice.small(40),
        too_close: dice.small(3),
        preferred: dice.small(2),
        preferred_most: dice.small(6),
    }
}
