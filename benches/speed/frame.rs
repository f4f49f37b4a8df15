//! From the start of the program to its first whole frame with the week's events, beside the floor.

use crate::report::Report;
use crate::screen::Screen;
use crate::statistics::Times;
use crate::world::{Home, SIZES, now};
use anyhow::{Context, Result};
use jiff::ToSpan;
use jiff::tz::TimeZone;
use kalends::service::Peek;

const SIZE: (u16, u16) = (200, 50);
const RUNS: usize = 50;
const RUNS_AFTER_KILL: usize = 20;
/// What the floor has drawn when it is done, and what Kalends has.
const FLOOR: [&str; 2] = ["floor week 0", "q quit"];
const KALENDS: [&str; 2] = ["Kubernetes", "help"];

pub fn measure(report: &mut Report) -> Result<()> {
    let homes = SIZES
        .map(Home::with)
        .into_iter()
        .collect::<Result<Vec<_>>>()?;
    bytes_read(report, &homes)?;
    let (floor, clean) = series(&homes, RUNS, Screen::quit)?;
    judge(report, "first frame", &floor, &clean, &homes);
    let (floor, killed) = series(&homes, RUNS_AFTER_KILL, |screen| {
        // Let the store open behind the frame, so that there is something to tear.
        std::thread::sleep(std::time::Duration::from_millis(300));
        screen.kill()
    })?;
    judge(report, "first frame after kill -9", &floor, &killed, &homes);
    Ok(())
}

/// Interleaved runs: the floor, then every home, again and again.
fn series(
    homes: &[Home],
    runs: usize,
    end: impl Fn(Screen) -> Result<()>,
) -> Result<(Times, Vec<Times>)> {
    let mut floor = Times::default();
    let mut times = vec![Times::default(); homes.len()];
    // The first round warms the page cache, and leaves the state that `end` makes.
    for round in 0..=runs {
        let mut screen = Screen::floor(SIZE)?;
        let took = screen.first_frame(&FLOOR)?;
        screen.quit()?;
        if round > 0 {
            floor.add(took);
        }
        for (home, times) in homes.iter().zip(&mut times) {
            let mut screen = Screen::open(home.path(), SIZE)?;
            let took = screen.first_frame(&KALENDS).with_context(|| home.label())?;
            end(screen)?;
            if round > 0 {
                times.add(took);
            }
        }
    }
    Ok((floor, times))
}

fn judge(report: &mut Report, what: &str, floor: &Times, times: &[Times], homes: &[Home]) {
    report.note(&format!("{what}, floor: {}", floor.in_words()));
    for (home, times) in homes.iter().zip(times) {
        let ratio = times.median() / floor.median();
        let measured = format!("{ratio:.2}x, {}", times.in_words());
        report.verdict(
            ratio <= 2.5,
            &format!("{what}, {}, at most 2.5x the floor", home.label()),
            &measured,
        );
    }
    let medians = || times.iter().map(Times::median);
    let (least, most) = (
        medians().fold(f64::INFINITY, f64::min),
        medians().fold(0.0, f64::max),
    );
    let spread = most / least - 1.0;
    report.verdict(
        spread <= 0.2,
        &format!("{what}, flat within 20%"),
        &format!("{:.1}%", spread * 100.0),
    );
}

/// What a first frame reads of the store: the desk and the visible days.
fn bytes_read(report: &mut Report, homes: &[Home]) -> Result<()> {
    let today = now()?.to_zoned(TimeZone::UTC).date();
    let mut read = Vec::new();
    for home in homes {
        let peek = Peek::open(&home.account())?;
        let monday = today.saturating_sub(2.days());
        let week = peek.range(monday, monday.saturating_add(7.days()));
        let bytes = peek.bytes_read() + std::fs::metadata(home.account().desk())?.len();
        report.note(&format!(
            "{}: {} events in the week, {bytes} bytes read",
            home.label(),
            week.entries.len()
        ));
        read.push(bytes);
    }
    let (least, most) = (
        read.iter().min().copied().unwrap_or(0),
        read.iter().max().copied().unwrap_or(0),
    );
    #[allow(clippy::cast_precision_loss)]
    let spread = most as f64 / least as f64 - 1.0;
    report.verdict(
        spread <= 0.05,
        "bytes read for a week, flat within 5%",
        &format!("{:.2}%", spread * 100.0),
    );
    Ok(())
}
