//! `kalends next` and a week's `kalends agenda`, from start to end, beside an empty program.

use crate::process::{kalends, time};
use crate::report::Report;
use crate::statistics::Times;
use crate::world::{Home, SIZES};
use anyhow::Result;
use std::process::{Command, Stdio};

const RUNS: usize = 50;
const VERBS: [(&str, &[&str]); 3] = [
    ("next", &["next"]),
    ("agenda", &["agenda", "--days", "7"]),
    ("agenda --json", &["agenda", "--days", "7", "--json"]),
];

pub fn measure(report: &mut Report) -> Result<()> {
    let homes = SIZES
        .map(Home::with)
        .into_iter()
        .collect::<Result<Vec<_>>>()?;
    let mut empty = Command::new(Home::program("floor_empty")?);
    empty
        .env_clear()
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let mut floor = Times::default();
    let mut times = vec![vec![Times::default(); VERBS.len()]; homes.len()];
    for round in 0..=RUNS {
        let is_measured = round > 0;
        let took = time(&mut empty)?;
        if is_measured {
            floor.add(took);
        }
        for (home, times) in homes.iter().zip(&mut times) {
            for ((_, arguments), times) in VERBS.iter().zip(times) {
                let took = time(&mut kalends(home.path(), arguments)?)?;
                if is_measured {
                    times.add(took);
                }
            }
        }
    }
    report.note(&format!("an empty program: {}", floor.in_words()));
    for (home, times) in homes.iter().zip(&times) {
        for ((verb, _), times) in VERBS.iter().zip(times) {
            let ratio = times.median() / floor.median();
            let goal = format!("{verb}, {}, at most 4x an empty program", home.label());
            report.verdict(
                ratio <= 4.0,
                &goal,
                &format!("{ratio:.2}x, {}", times.in_words()),
            );
        }
    }
    Ok(())
}
