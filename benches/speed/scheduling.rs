//! Overlaps of a crowded calendar, and the best times for many people, each beside the least that
//! anybody could do: sorting the same events, or looking once at everybody's minutes.

use crate::report::Report;
use crate::statistics::Times;
use anyhow::{Result, ensure};
use jiff::{SignedDuration, Timestamp};
use kalends::domain::overlap::{Answer, Busy, ShowAs, overlaps};
use kalends::domain::schedule::fair::{self, Series};
use kalends::domain::schedule::{Block, Claim, Person, Question, Role, Span, Weights, rank};
use std::hint::black_box;
use std::time::Instant;

const RUNS: usize = 15;
const DAY: i64 = 1_440;

/// A hundred thousand occurrences over two years, a tenth of which claim the time of another.
pub fn overlap(report: &mut Report) -> Result<()> {
    let events: Vec<Busy> = (0..100_000).map(occurrence).collect();
    let (mut ours, mut floor) = (Times::default(), Times::default());
    let mut found = 0;
    for _ in 0..RUNS {
        let started = Instant::now();
        found = black_box(overlaps(black_box(&events))).len();
        ours.add(started.elapsed());
        let mut order: Vec<(Timestamp, u32)> = events
            .iter()
            .map(|event| (event.start, event.key))
            .collect();
        let started = Instant::now();
        order.sort_unstable();
        black_box(order);
        floor.add(started.elapsed());
    }
    ensure!(found > 5_000, "only {found} pairs: nothing was measured");
    report.note(&format!("floor, sorting them: {}", floor.in_words()));
    report.verdict(
        ours.median() <= 30.0,
        "overlaps of 100,000 occurrences in at most 30 ms",
        &format!("{}, {found} pairs", ours.in_words()),
    );
    Ok(())
}

fn occurrence(key: u32) -> Busy {
    // Steps without a common measure: some meet, most do not.
    let start = i64::from(key) * 600 + i64::from(key % 7) * 131;
    let start = Timestamp::UNIX_EPOCH + SignedDuration::from_secs(start);
    Busy {
        key,
        start,
        end: start + SignedDuration::from_secs(240 + i64::from(key % 11) * 60),
        all_day: false,
        show_as: ShowAs::Busy,
        answer: Answer::Accepted,
        cancelled: false,
        same_meeting: None,
        needs_presence: false,
        person: 0,
    }
}

/// All starts of four weeks for a hundred people, of twelve for a thousand; and half a year of a
/// series that twelve zones share.
pub fn find_a_time(report: &mut Report) -> Result<()> {
    for (people, days, most) in [(100, 28, 10.0), (1_000, 84, 100.0)] {
        let question = question(people, days);
        let (mut ours, mut floor) = (Times::default(), Times::default());
        let mut starts = 0;
        for _ in 0..RUNS {
            let started = Instant::now();
            let Ok(ranking) = rank(black_box(&question)) else {
                anyhow::bail!("the question was refused");
            };
            starts = black_box(ranking).starts.len();
            ours.add(started.elapsed());
            let started = Instant::now();
            black_box(looked_at(&question));
            floor.add(started.elapsed());
        }
        ensure!(starts > 0, "nothing is possible: nothing was measured");
        report.note(&format!(
            "floor, a byte a person and quarter hour: {}",
            floor.in_words()
        ));
        report.verdict(
            ours.median() <= most,
            &format!(
                "the best of all times for {people} people in {days} days in at most {most} ms"
            ),
            &format!("{}, {starts} possible", ours.in_words()),
        );
    }
    fair_series(report)
}

/// Everybody's quarters of an hour, marked and added up.
fn looked_at(question: &Question) -> u64 {
    let quarters = usize::try_from(question.to / 15).unwrap_or(0);
    let mut line = vec![0_u8; quarters];
    let mut sums = vec![0_u64; quarters];
    for person in &question.people {
        line.fill(0);
        for block in &person.busy {
            let from = usize::try_from(block.span.start / 15).unwrap_or(0);
            let to = usize::try_from(block.span.end / 15).unwrap_or(0);
            line[from.min(quarters)..to.min(quarters)].fill(1);
        }
        for (sum, mark) in sums.iter_mut().zip(&line) {
            *sum += u64::from(*mark);
        }
    }
    sums.iter().sum()
}

fn fair_series(report: &mut Report) -> Result<()> {
    let zones = [-480, -420, -300, -180, 0, 60, 120, 330, 480, 540, 600, 720];
    let starts: Vec<u32> = (0..96).map(|at| at * 15).collect();
    let working: Vec<Span> = zones
        .iter()
        .map(|offset| Span::new(480 - offset, 1_020 - offset))
        .collect();
    let series = Series {
        occurrences: 26,
        pain: fair::pain(&starts, 60, &working, &Weights::default()),
        carried: Vec::new(),
    };
    let mut ours = Times::default();
    for _ in 0..5 {
        let started = Instant::now();
        let plan = fair::plan(black_box(&series), fair::USUAL_BUDGET);
        ours.add(started.elapsed());
        ensure!(plan.is_ok(), "the series was refused");
    }
    report.verdict(
        ours.median() <= 200.0,
        "26 meetings shared fairly by 12 zones in at most 200 ms",
        &ours.in_words(),
    );
    Ok(())
}

/// Nine working hours a day somewhere on the globe, five events a day of mixed certainty.
fn question(people: usize, days: i64) -> Question {
    let mut dice = Dice(people as u64);
    Question {
        to: days * DAY,
        duration: 60,
        people: (0..people)
            .map(|index| person(&mut dice, index, days))
            .collect(),
        buffer: 10,
        preferred: (0..days).map(|day| day * DAY + 600).collect(),
        ..Question::default()
    }
}

fn person(dice: &mut Dice, index: usize, days: i64) -> Person {
    let zone = dice.below(24) * 60;
    let workdays = (0..days).filter(|day| day % 7 < 5);
    let working: Vec<Span> = workdays
        .map(|day| Span::new(day * DAY + zone, day * DAY + zone + 540))
        .collect();
    let mut busy = Vec::new();
    for day in &working {
        for _ in 0..5 {
            let start = day.start + dice.below(32) * 15;
            let claim = match dice.below(8) {
                0 => Claim::Away,
                1 | 2 => Claim::Tentative,
                3 => Claim::Elsewhere,
                _ => Claim::Busy,
            };
            let span = Span::new(start, start + 30 + dice.below(4) * 15);
            busy.push(Block { span, claim });
        }
    }
    Person {
        role: if index.is_multiple_of(8) && index < 64 {
            Role::Required
        } else {
            Role::Optional
        },
        busy,
        known: vec![Span::new(-DAY, (days + 1) * DAY)],
        working,
        hard_hours: false,
    }
}

struct Dice(u64);

impl Dice {
    fn below(&mut self, n: i64) -> i64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        i64::try_from((self.0 >> 33) % n.unsigned_abs()).unwrap_or(0)
    }
}
