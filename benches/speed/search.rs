//! Search in the titles of everything stored.

use crate::report::Report;
use crate::statistics::Times;
use crate::world::{Home, now};
use anyhow::Result;
use jiff::tz::TimeZone;
use kalends::service::Peek;
use std::time::Instant;

const RUNS: usize = 30;
/// Often found, found with many others before it, and not there at all.
const WORDS: [&str; 4] = ["kubernetes", "設計", "e", "nothing holds this"];

pub fn measure(report: &mut Report) -> Result<()> {
    let home = Home::with(100_000)?;
    let peek = Peek::open(&home.account())?;
    let today = now()?.to_zoned(TimeZone::UTC).date();
    for word in WORDS {
        let mut times = Times::default();
        let mut found = 0;
        for _ in 0..RUNS {
            let started = Instant::now();
            found = peek.search(word, today, 50).len();
            times.add(started.elapsed());
        }
        let goal = format!("search \"{word}\" in 100k events, at most 16 ms");
        report.verdict(
            times.median() <= 16.0,
            &goal,
            &format!("{}, {found} shown", times.in_words()),
        );
    }
    Ok(())
}
