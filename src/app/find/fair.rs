//! Fair times for a series of people who live far apart: the bad hours go around.
//!
//! A series of Microsoft's has one time of day, so a plan is some series one after the other.
//! Refuses to weigh what somebody has on some week far ahead: a time that is taken in the first week
//! is left out, later weeks are not known. Invariant: burdens are counted on the date of each
//! occurrence, so a change of clocks between two of them is counted.

use super::super::overlay::Overlay;
use super::super::viewer::Viewer;
use super::super::{Effect, State, sending};
use super::guests::{Guest, minute};
use super::question::on_clock;
use super::{Aside, Find, Note, Purpose};
use crate::domain::calendar::MailboxSettings;
use crate::domain::event::{Role, Slot};
use crate::domain::recurrence::{Pattern, Range, Recurrence, Weekdays};
use crate::domain::schedule::fair::{Proof, Series, USUAL_BUDGET, Unplannable, pain, plan};
use crate::domain::schedule::{Question, Span, Verdict, Weights, explain};
use crate::service::protocol::Level;
use jiff::civil::{Date, Time, Weekday};
use jiff::{SignedDuration, Timestamp, ToSpan};

/// Times of day that are tried are so many minutes apart.
const APART: i8 = 30;
/// As long as a series is when nobody said how long, and the longest and shortest that is planned.
const USUAL: u32 = 12;
const LONGEST: u32 = 104;
const SHORTEST: u32 = 2;

#[derive(Debug, Clone)]
pub struct Fair {
    pub occurrences: u32,
    /// Weeks from one to the next.
    weeks: u16,
    /// The first date.
    first: Date,
    /// How many the page asks for, where it says.
    typed: Option<u32>,
    /// Numbers of the guests who must come.
    pub people: Vec<usize>,
    pub blocks: Vec<Part>,
    /// What each of the people bears, in the end; and at the best single time.
    pub burdens: Vec<u64>,
    pub at_one_time: Vec<u64>,
    /// What to know beside it, or why there is no plan.
    pub notes: Vec<Note>,
}

/// Occurrences at the same time of day, one after the other.
#[derive(Debug, Clone)]
pub struct Part {
    /// The first of them.
    pub start: Timestamp,
    pub count: u32,
    pub last: Date,
    /// What one of them costs each of the people.
    pub pain: Vec<u32>,
}

impl Fair {
    pub(super) fn change(&mut self, by: i32) {
        let changed = self.occurrences.saturating_add_signed(by);
        self.occurrences = changed.clamp(SHORTEST, LONGEST);
    }

    fn is_as_typed(&self) -> bool {
        self.typed == Some(self.occurrences)
    }

    fn date(&self, occurrence: u32) -> Date {
        let days = i64::from(occurrence) * 7 * i64::from(self.weeks);
        self.first.saturating_add(days.days())
    }
}

pub(super) fn open(state: &mut State) {
    let Some(Overlay::Find(open)) = &state.overlay else {
        return;
    };
    let begun = match begun(state, open) {
        Ok(begun) => begun,
        Err(words) => return state.say(Level::Warning, words),
    };
    let mut fair = Fair {
        occurrences: begun.occurrences,
        weeks: begun.weeks,
        first: begun.first,
        typed: begun.typed,
        people: Vec::new(),
        blocks: Vec::new(),
        burdens: Vec::new(),
        at_one_time: Vec::new(),
        notes: Vec::new(),
    };
    answer(state, open, &mut fair);
    if let Some(Overlay::Find(open)) = &mut state.overlay {
        open.aside = Some(Aside::Fair(Box::new(fair)));
    }
}

/// What the page says of the series.
struct Begun {
    occurrences: u32,
    weeks: u16,
    first: Date,
    typed: Option<u32>,
}

/// Or why it cannot take turns.
fn begun(state: &State, open: &Find) -> Result<Begun, String> {
    let form = match &open.purpose {
        Purpose::Fill(form) if form.is_new() => form,
        _ => {
            return Err(
                "fair times are for a new series: c opens its page, Ctrl-F looks for a time, then f"
                    .into(),
            );
        }
    };
    if !form.is_on_clock_of(state, &state.viewer) {
        return Err(
            "turns are reckoned on your clock: take the other zone out of the page first".into(),
        );
    }
    let rule = form.rule(state);
    let wished = state.viewer.day(open.wished.max(state.now));
    let (weeks, weekday) = match rule.as_ref().map(|rule| &rule.pattern) {
        Some(Pattern::Weekly { interval, days, .. }) if days.len() == 1 => {
            (*interval, days.iter().next().unwrap_or(wished.weekday()))
        }
        None => (1, wished.weekday()),
        Some(_) => {
            return Err(
                "only what is on one day every week, or every few weeks, can take turns".into(),
            );
        }
    };
    // A rule for Thursdays begins on the first of them.
    let first = wished.saturating_add(i32::from(wished.weekday().until(weekday)).days());
    if !(open.from <= first && first < open.to()) {
        let day = first.strftime("%-d %b");
        return Err(format!(
            "the series begins on {day}: look at that week first, with [ and ]"
        ));
    }
    let typed = match rule.map(|rule| rule.range) {
        Some(Range::Count(count)) => Some(count),
        Some(Range::Until(last)) => {
            let days = (last - first).get_days();
            let times = days.div_euclid(7 * i32::from(weeks)) + 1;
            Some(u32::try_from(times).unwrap_or(0))
        }
        Some(Range::NoEnd) | None => None,
    };
    match typed {
        Some(count) if !(SHORTEST..=LONGEST).contains(&count) => Err(format!(
            "{SHORTEST} to {LONGEST} occurrences can take turns, these are {count}"
        )),
        _ => Ok(Begun {
            occurrences: typed.unwrap_or(USUAL),
            weeks,
            first,
            typed,
        }),
    }
}

fn note(words: impl Into<String>, is_warning: bool) -> Note {
    Note {
        words: words.into(),
        is_warning,
    }
}

/// The plan, from what is known now.
pub(super) fn answer(state: &State, open: &Find, fair: &mut Fair) {
    let must_come = |(_, guest): &(usize, &Guest)| guest.role == Role::Required;
    let people: Vec<(usize, &Guest)> = open.guests.iter().enumerate().filter(must_come).collect();
    fair.people = people.iter().map(|(at, _)| *at).collect();
    fair.blocks.clear();
    fair.notes.clear();
    let people: Vec<&Guest> = people.into_iter().map(|(_, guest)| guest).collect();
    for guest in people.iter().filter(|guest| clock(guest).is_none()) {
        let words = format!("{}’s hours are not known and count for nothing", guest.name);
        fair.notes.push(note(words, true));
    }
    match planned(state, open, fair, &people) {
        Ok((proof, is_cut)) => told(fair, proof, is_cut),
        Err(error) => fair.notes.push(note(error.to_string(), true)),
    }
}

fn told(fair: &mut Fair, proof: Proof, is_cut: bool) {
    let most = |burdens: &[u64]| burdens.iter().copied().max().unwrap_or(0);
    let (turns, one) = (most(&fair.burdens), most(&fair.at_one_time));
    let words = match (turns, one) {
        (0, _) => "one time is good for everybody: nothing has to go around".to_owned(),
        (turns, one) if turns < one => {
            format!("the most that anybody bears: {turns}; at one time for all of it: {one}")
        }
        _ => format!("one time for all of it: turns would spare nobody much of the {turns}"),
    };
    fair.notes.push(note(words, false));
    if fair.blocks.len() < 2 {
        return;
    }
    let proof = match proof {
        // Each stretch is the best for what was borne before it, not yet for all of them.
        Proof::Exact if is_cut => {
            "clocks change meanwhile: no plan is fairer before, and none after".into()
        }
        Proof::Exact => "no plan is fairer".to_owned(),
        Proof::Gap { most, .. } => format!("a plan could be fairer by {most} at most"),
    };
    fair.notes.push(note(proof, false));
}

/// Every clock stands the same from the first of these occurrences to the last.
struct Stretch {
    date: Date,
    first: u32,
    count: u32,
}

fn planned(
    state: &State,
    open: &Find,
    fair: &mut Fair,
    people: &[&Guest],
) -> Result<(Proof, bool), Unplannable> {
    let times = free_times(state, open, fair);
    let stretches = stretches(state, fair, people);
    let pains: Vec<Vec<Vec<u32>>> = stretches
        .iter()
        .map(|stretch| pains(state, open, stretch.date, &times, people))
        .collect();
    let (one, at_one_time) = at_one_time(&stretches, &pains).ok_or(Unplannable::NoCandidates)?;
    fair.at_one_time = at_one_time;
    let mut carried = vec![0; people.len()];
    let mut proof = Proof::Exact;
    for (stretch, pain) in stretches.iter().zip(&pains) {
        let series = Series {
            occurrences: stretch.count,
            pain: pain.clone(),
            carried,
        };
        let found = plan(&series, USUAL_BUDGET)?;
        carried = found.burdens;
        if found.proof != Proof::Exact {
            proof = found.proof;
        }
        let mut at = stretch.first;
        for same in found.picks.chunk_by(|one, other| one == other) {
            let count = u32::try_from(same.len()).unwrap_or(0);
            let pick = same.first().copied().unwrap_or(0);
            let (Some(time), Some(pain)) = (times.get(pick), pain.get(pick)) else {
                continue;
            };
            fair.blocks.push(Part {
                start: on_clock(&state.viewer, fair.date(at), *time),
                count,
                last: fair.date(at + count - 1),
                pain: pain.clone(),
            });
            at += count;
        }
    }
    fair.burdens = carried;
    let most = |burdens: &[u64]| burdens.iter().copied().max().unwrap_or(0);
    // A series that changes its time for next to nothing is no kindness.
    let is_worth_it = most(&fair.burdens) * 5 < most(&fair.at_one_time) * 4;
    if !is_worth_it && let Some(time) = times.get(one) {
        let pain = pains.first().and_then(|pain| pain.get(one));
        fair.blocks = vec![Part {
            start: on_clock(&state.viewer, fair.first, *time),
            count: fair.occurrences,
            last: fair.date(fair.occurrences - 1),
            pain: pain.cloned().unwrap_or_default(),
        }];
        fair.burdens.clone_from(&fair.at_one_time);
    }
    Ok((proof, stretches.len() > 1))
}

/// Times of day on my clock that nobody who must come has taken in the first week.
fn free_times(state: &State, open: &Find, fair: &Fair) -> Vec<Time> {
    let anywhere = Question {
        allowed: Vec::new(),
        people: open
            .question
            .people
            .iter()
            .map(|person| crate::domain::schedule::Person {
                hard_hours: false,
                ..person.clone()
            })
            .collect(),
        ..open.question.clone()
    };
    let mut times = Vec::new();
    let mut time = Time::midnight();
    loop {
        let start = minute(on_clock(&state.viewer, fair.first, time));
        let is_asked = anywhere.from <= start
            && start + i64::from(open.minutes) <= anywhere.to
            && !open.question.people.is_empty();
        let is_past = on_clock(&state.viewer, fair.first, time) < state.now;
        let is_taken = is_asked && !matches!(explain(&anywhere, start), Ok(Verdict::Possible(_)));
        if !is_taken && !is_past {
            times.push(time);
        }
        match time.checked_add(i64::from(APART).minutes()) {
            Ok(next) => time = next,
            Err(_) => return times,
        }
    }
}

/// The clock that somebody works by, with the hours.
fn clock(guest: &Guest) -> Option<(&Viewer, &MailboxSettings)> {
    Some((guest.clock.as_ref()?, guest.hours.as_ref()?))
}

fn stretches(state: &State, fair: &Fair, people: &[&Guest]) -> Vec<Stretch> {
    let noon = Time::constant(12, 0, 0, 0);
    let offsets = |date: Date| -> Vec<i32> {
        let at = on_clock(&state.viewer, date, noon);
        let clocks = people.iter().filter_map(|guest| Some(clock(guest)?.0));
        let all = std::iter::once(&state.viewer).chain(clocks);
        all.map(|clock| clock.at(at).offset().seconds()).collect()
    };
    let mut stretches: Vec<(Vec<i32>, Stretch)> = Vec::new();
    for occurrence in 0..fair.occurrences {
        let date = fair.date(occurrence);
        let offsets = offsets(date);
        match stretches.last_mut() {
            Some((same, stretch)) if *same == offsets => stretch.count += 1,
            _ => stretches.push((
                offsets,
                Stretch {
                    date,
                    first: occurrence,
                    count: 1,
                },
            )),
        }
    }
    stretches.into_iter().map(|(_, stretch)| stretch).collect()
}

/// `pain[time][person]` on that date.
fn pains(
    state: &State,
    open: &Find,
    date: Date,
    times: &[Time],
    people: &[&Guest],
) -> Vec<Vec<u32>> {
    let weights = Weights::default();
    let starts: Vec<Timestamp> = times
        .iter()
        .map(|time| on_clock(&state.viewer, date, *time))
        .collect();
    let of_day = |at: Timestamp| u32::try_from(minute(at).rem_euclid(24 * 60)).unwrap_or(0);
    let candidates: Vec<u32> = starts.iter().map(|start| of_day(*start)).collect();
    let hours: Vec<Span> = people.iter().map(|guest| working(guest, date)).collect();
    let mut pains = pain(&candidates, open.minutes, &hours, &weights);
    for (start, row) in starts.iter().zip(&mut pains) {
        for (guest, pain) in people.iter().zip(row) {
            let is_off = clock(guest).is_some_and(|(clock, hours)| {
                let day = clock.day(*start).weekday().to_monday_one_offset();
                !hours.working_days.contains(&day)
            });
            // As bad as the night.
            if is_off {
                *pain = (*pain).max(weights.night);
            }
        }
    }
    pains
}

/// Working hours in minutes of the UTC day.
fn working(guest: &Guest, date: Date) -> Span {
    let Some((clock, hours)) = clock(guest) else {
        return Span::default();
    };
    let at = |time| minute(on_clock(clock, date, time));
    let (from, to) = (at(hours.working_from), at(hours.working_to));
    let start = from.rem_euclid(24 * 60);
    Span::new(start, start + (to - from).max(0))
}

/// The single time that is kindest to whom it hurts most, and what everybody bears at it.
fn at_one_time(stretches: &[Stretch], pains: &[Vec<Vec<u32>>]) -> Option<(usize, Vec<u64>)> {
    let times = pains.first()?.len();
    let borne = |time: usize| -> Vec<u64> {
        let people = pains
            .first()
            .and_then(|pain| pain.get(time))
            .map_or(0, Vec::len);
        let of = |person: usize| {
            let each = stretches.iter().zip(pains).map(|(stretch, pain)| {
                let pain = pain.get(time).and_then(|row| row.get(person));
                u64::from(stretch.count) * u64::from(pain.copied().unwrap_or(0))
            });
            each.sum()
        };
        (0..people).map(of).collect()
    };
    let key = |(_, burdens): &(usize, Vec<u64>)| {
        let most = burdens.iter().copied().max().unwrap_or(0);
        (most, burdens.iter().sum::<u64>())
    };
    (0..times).map(|time| (time, borne(time))).min_by_key(key)
}

/// `6× 4 Dec – 8 Jan`.
pub fn dates(state: &State, part: &Part) -> String {
    let day = |date: Date| date.strftime("%-d %b").to_string();
    let first = day(state.viewer.day(part.start));
    match part.count {
        1 => format!("1× {first}"),
        count => format!("{count}× {first} – {}", day(part.last)),
    }
}

/// The time of day where somebody is.
pub fn local(state: &State, guest: &Guest, part: &Part) -> String {
    let clock = guest.clock.as_ref().unwrap_or(&state.viewer);
    clock.wall(part.start).strftime("%H:%M").to_string()
}

/// What Enter does.
pub fn facts(state: &State, open: &Find, fair: &Fair) -> Option<String> {
    let invited = open.guests.iter().filter(|guest| !guest.is_me).count();
    let people = match invited {
        1 => "1 person".to_owned(),
        many => format!("{many} people"),
    };
    match fair.blocks.len() {
        0 => None,
        1 if fair.is_as_typed() => Some("Enter puts the time into the page".into()),
        1 => Some(format!(
            "Enter puts the time into the page, {} times",
            fair.occurrences
        )),
        many => {
            let undo = sending::taken_back(state, "all of them");
            Some(format!(
                "Enter makes {many} series, one after the other, and invites {people} to each{undo}"
            ))
        }
    }
}

/// Enter: one series goes into the page; several are made at once.
pub(super) fn book(state: &mut State, open: Box<Find>, fair: Fair, effects: &mut Vec<Effect>) {
    let minutes = SignedDuration::from_mins(i64::from(open.minutes));
    let slot = |part: &Part| Slot {
        start: part.start,
        end: part.start + minutes,
    };
    let again = |state: &mut State, mut open: Box<Find>, words: String| {
        open.aside = Some(Aside::Fair(Box::new(fair.clone())));
        state.overlay = Some(Overlay::Find(open));
        state.say(Level::Warning, words);
    };
    let Purpose::Fill(form) = &open.purpose else {
        return;
    };
    let (first, is_one) = match &fair.blocks[..] {
        [] => {
            return again(
                state,
                open,
                "there is no plan to carry out: Esc goes back".into(),
            );
        }
        [only] => (slot(only), true),
        [first, ..] => (slot(first), false),
    };
    let mut form = form.clone();
    if is_one {
        form.fill_time(state, first);
        // A rule that was typed and is meant stays as it was typed.
        if !fair.is_as_typed() {
            let day = state.viewer.day(first.start);
            form.fill_rule(weekly(&fair, day, fair.occurrences));
        }
        state.overlay = Some(Overlay::Form(form));
        return;
    }
    let part = |part: &Part| {
        let rule = weekly(&fair, state.viewer.day(part.start), part.count);
        let mut form = form.clone();
        form.fill_time(state, slot(part));
        form.fill_rule(rule);
        form.creates(state)
    };
    match fair.blocks.iter().map(part).collect() {
        Ok(acts) => {
            let words = format!("made {} series that take turns", fair.blocks.len());
            sending::send_all(state, acts, words, effects);
            super::booking::follow(state, first);
        }
        // The page itself says where something is missing.
        Err(words) => {
            form.trouble = Some(words);
            state.overlay = Some(Overlay::Form(form));
        }
    }
}

fn weekly(fair: &Fair, first: Date, count: u32) -> Recurrence {
    Recurrence {
        pattern: Pattern::Weekly {
            interval: fair.weeks,
            days: Weekdays::default().with(first.weekday()),
            week_start: Weekday::Monday,
        },
        range: Range::Count(count),
    }
}
