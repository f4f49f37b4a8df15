//! A series with its exceptions, as pieces that need none.
//!
//! Between two exceptions a series is a series that ends; one occurrence by itself, and each
//! changed one, is a single event. A rule that Microsoft 365 has no pattern for becomes single
//! events: all of them when it ends soon enough, else those of three years around now, and the
//! remark says which. Invariant: together the pieces have exactly the occurrences of the file,
//! or a remark says what is missing.

use super::{Clock, Moment, Planner, Shape, Status, values, written};
use crate::domain::recurrence::{Range, Recurrence};
use crate::domain::time::Resolved;
use crate::ical::PIECES_AT_MOST;
use crate::ical::event::Incoming;
use crate::ical::rule::Rule;
use jiff::ToSpan;
use jiff::civil::{Date, DateTime, Time};
use std::borrow::Cow;
use std::collections::BTreeSet;

/// Years around now in which a rule without a pattern is written out.
const BACK: i64 = 1;
const AHEAD: i64 = 2;

/// One event of those that make up a series.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    One(DateTime),
    Run(Date, Range),
}

/// What is not as the rule says.
#[derive(Debug, Default)]
struct Exceptions<'e> {
    /// Days without an occurrence of the rule.
    holes: BTreeSet<Date>,
    /// Further occurrences.
    extra: BTreeSet<DateTime>,
    /// Of those the ones that were taken away again.
    removed: BTreeSet<DateTime>,
    /// Occurrences with a life of their own, by when the series has them.
    changed: Vec<(DateTime, &'e Incoming)>,
}

impl Exceptions<'_> {
    /// Takes the occurrence away that is named by this wall time: exactly that one where it was
    /// added, else the rule's of that day, because some write another time than the series has.
    fn leave_out(&mut self, wall: DateTime, shape: &Shape, has_rule: bool) {
        let is_extra = self.extra.contains(&wall) || self.removed.contains(&wall);
        if is_extra {
            self.extra.remove(&wall);
            self.removed.insert(wall);
        }
        // Without a rule only the start is not added.
        let is_rule_s = has_rule || wall.date() == shape.first.date();
        if !is_extra && !is_rule_s {
            let day = wall.date();
            let of_day = day.to_datetime(Time::midnight())..=day.to_datetime(Time::MAX);
            let named: Vec<DateTime> = self.extra.range(of_day).copied().collect();
            for extra in named {
                self.extra.remove(&extra);
            }
        }
        // What was added may be what the rule has anyway.
        if !is_extra || wall.time() == shape.first.time() {
            self.holes.insert(wall.date());
        }
    }

    fn count(&self, shape: &Shape) -> usize {
        let removed = self.removed.iter();
        let removed = removed.filter(|wall| wall.time() != shape.first.time());
        self.holes.len() + self.extra.len() + removed.count()
    }
}

impl Planner<'_> {
    pub(super) fn series(
        &mut self,
        event: &Incoming,
        overrides: &[&Incoming],
        key: &str,
    ) -> Result<(), String> {
        if event.rules.len() > 1 {
            return Err("it repeats by several rules at once".into());
        }
        let shape = self.shape(event)?;
        let exceptions = self.exceptions(event, &shape, overrides)?;
        let count = exceptions.count(&shape);
        let (pieces, mut remark) = match event.rules.first() {
            Some(rule) => self.pieces(rule, &shape, exceptions.holes, exceptions.extra)?,
            None => (dates_alone(&shape, &exceptions), None),
        };
        let total = pieces.len() + exceptions.changed.len();
        if total > PIECES_AT_MOST {
            return Err(format!(
                "its exceptions cut it into {total} events; {PIECES_AT_MOST} at most are made of one"
            ));
        }
        if total == 0 {
            return Err("it has no occurrence".into());
        }
        let changes = exceptions.changed.iter().map(|(_, changed)| (*changed, 1));
        self.has_room([(event, pieces.len())].into_iter().chain(changes))?;
        let runs = pieces
            .iter()
            .filter(|piece| matches!(piece, Piece::Run(..)));
        let runs = runs.count();
        if remark.is_none() && total > 1 {
            let parts = [(runs, "series"), (total - runs, "single event")];
            let parts = parts.into_iter().filter(|(count, _)| *count > 0);
            let parts: Vec<String> = parts.map(|(count, what)| counted(count, what)).collect();
            remark = Some(format!(
                "cut at {} into {}",
                counted(count, "exception"),
                parts.join(" and ")
            ));
        }
        for piece in pieces {
            self.piece(event, &shape, piece, key)?;
        }
        let mut days = BTreeSet::new();
        for (wall, changed) in exceptions.changed {
            // Files imported before have the day alone: only what would be taken for that has more.
            let key = if days.insert(wall.date()) {
                format!("{key}changed {}", written(wall.date()))
            } else {
                format!("{key}changed {}", wall.strftime("%Y%m%dT%H%M%S"))
            };
            match self.shape(changed) {
                Ok(shape) => {
                    self.create(changed, &shape, shape.first, None, &key)?;
                    self.left_out(changed);
                }
                Err(words) => self.remark(changed, true, words),
            }
        }
        self.plan.series += 1;
        self.done(event);
        if let Some(words) = remark {
            self.remark(event, false, words);
        }
        Ok(())
    }

    fn piece(
        &mut self,
        event: &Incoming,
        shape: &Shape,
        piece: Piece,
        key: &str,
    ) -> Result<(), String> {
        match piece {
            Piece::One(wall) => {
                let key = format!("{key}one {}", wall.strftime("%Y%m%dT%H%M%S"));
                self.create(event, shape, wall, None, &key)
            }
            Piece::Run(date, range) => {
                let key = format!("{key}run {}", written(date));
                let rule = event.rules.first();
                let pattern = rule.and_then(|rule| rule.pattern(shape.first.date()));
                let rule = pattern.map(|pattern| Recurrence { pattern, range });
                self.create(
                    event,
                    shape,
                    date.to_datetime(shape.first.time()),
                    rule,
                    &key,
                )
            }
        }
    }

    fn exceptions<'e>(
        &mut self,
        event: &Incoming,
        shape: &Shape,
        overrides: &[&'e Incoming],
    ) -> Result<Exceptions<'e>, String> {
        let mut exceptions = Exceptions::default();
        let has_rule = !event.rules.is_empty();
        for extra in &event.extra {
            let wall = self.wall_at(extra, shape)?;
            exceptions.extra.insert(wall);
        }
        for hole in &event.holes {
            let wall = self.wall_at(hole, shape)?;
            exceptions.leave_out(wall, shape, has_rule);
        }
        let mut named = BTreeSet::new();
        for change in overrides {
            if change.and_later {
                return Err("it is changed from one occurrence on, which is not supported".into());
            }
            let Some(occurrence) = &change.occurrence else {
                continue;
            };
            let wall = self.wall_at(occurrence, shape)?;
            if !named.insert(wall) {
                self.remark(change, true, "another change of it is imported".into());
                continue;
            }
            if change.status != Status::Cancelled {
                let place = if exceptions.extra.contains(&wall) {
                    wall
                } else {
                    wall.date().to_datetime(shape.first.time())
                };
                if self.is_unchanged(event, shape, place, change) {
                    continue;
                }
                exceptions.changed.push((wall, change));
            }
            exceptions.leave_out(wall, shape, has_rule);
        }
        Ok(exceptions)
    }

    /// Some write out an occurrence because a guest answered: to us it is as its series.
    fn is_unchanged(
        &mut self,
        event: &Incoming,
        shape: &Shape,
        place: DateTime,
        change: &Incoming,
    ) -> bool {
        let Ok(own) = self.shape(change) else {
            return false;
        };
        let me = self.setting.me;
        let by_rule = self.span(shape, place);
        let span = self.span(&own, own.first);
        values::of(event, by_rule) == values::of(change, span)
            && (&event.notes, &event.url) == (&change.notes, &change.url)
            && event.attached == change.attached
            && values::guests(event, me) == values::guests(change, me)
    }

    /// Which time of a series a moment names: a date names the series' own time on it.
    fn wall_at(&mut self, moment: &Moment, shape: &Shape) -> Result<DateTime, String> {
        let wall = match (moment, &shape.clock) {
            (Moment::Date(date), _) => return Ok(date.to_datetime(shape.first.time())),
            (Moment::Floating(wall) | Moment::Zoned(wall, _), _) if shape.all_day => *wall,
            // Whole days that begin at a zoned midnight are named on their own clock.
            (Moment::Utc(instant), _) if shape.is_date => {
                jiff::tz::TimeZone::UTC.to_datetime(*instant)
            }
            (other, clock) => self.clocks.shown(other, clock)?,
        };
        Ok(if shape.all_day {
            wall.date().to_datetime(Time::midnight())
        } else {
            wall
        })
    }

    /// The last day on which an occurrence may begin.
    fn last_day(&mut self, rule: &Rule, shape: &Shape) -> Result<Option<Date>, String> {
        let Some(until) = &rule.until else {
            return Ok(None);
        };
        let wall = self.wall_at(until, shape)?;
        // That day's occurrence is over when it would begin after the end.
        Ok(Some(if wall.time() < shape.first.time() {
            wall.date().saturating_sub(1.day())
        } else {
            wall.date()
        }))
    }

    fn pieces(
        &mut self,
        rule: &Rule,
        shape: &Shape,
        holes: BTreeSet<Date>,
        extra: BTreeSet<DateTime>,
    ) -> Result<(Vec<Piece>, Option<String>), String> {
        if !rule.is_once_a_day(shape.first.time()) {
            return Err("it repeats several times a day".into());
        }
        let last = self.last_day(rule, shape)?;
        let pattern = rule.pattern(shape.first.date());
        let is_known = matches!(shape.clock, Clock::Known(_)) || shape.all_day;
        self.budget.next_rule();
        let mut rule = Cow::Borrowed(rule);
        let mut extra = extra;
        let start = shape.first.date();
        if rule.dates(start).next(&mut self.budget) != Some(start) {
            // RFC 5545 3.8.5.3: the start is the first occurrence, and counts, whatever the rule.
            if !holes.contains(&start) {
                extra.insert(shape.first);
            }
            let count = rule.count.map(|count| count - 1);
            rule.to_mut().count = count;
        }
        let mut cut = Cut {
            rule: &rule,
            shape,
            time: shape.first.time(),
            last,
            holes,
            extra,
            pieces: Vec::new(),
        };
        let remark = match pattern.filter(|_| is_known) {
            Some(_) => {
                self.runs(&mut cut, shape.first.date())?;
                None
            }
            None => Some(self.singles(&mut cut, shape, is_known)?),
        };
        let (holes, time) = (cut.holes, cut.time);
        let is_hole = |wall: &DateTime| wall.time() == time && holes.contains(&wall.date());
        let extra = cut.extra.into_iter().filter(|wall| !is_hole(wall));
        cut.pieces.extend(extra.map(Piece::One));
        Ok((cut.pieces, remark))
    }

    /// Runs between the holes.
    fn runs(&mut self, cut: &mut Cut<'_>, start: Date) -> Result<(), String> {
        let marked = |cut: &Cut<'_>| {
            let extra = cut.extra.last().map(|wall| wall.date());
            cut.holes.last().copied().max(extra)
        };
        let until = marked(cut);
        let mut dates = cut.rule.dates(start);
        let mut run: Option<(Date, u32)> = None;
        let mut seen = 0;
        let mut was_moved = false;
        loop {
            let date = dates.next(&mut self.budget);
            let date = date.filter(|date| cut.last.is_none_or(|last| *date <= last));
            let Some(date) = date else {
                if self.budget.is_spent() && cut.rule.count != Some(0) {
                    return Err("its rule and exceptions are more than can be worked out".into());
                }
                cut.end(run);
                return Ok(());
            };
            cut.extra.remove(&date.to_datetime(cut.time));
            // A run that began where the clock jumps would be an hour late for ever. One whose
            // every day is there (a yearly one) is a run all the same.
            let is_free = run.is_none() && !was_moved && !cut.holes.contains(&date);
            if is_free && cut.is_moved(date) {
                was_moved = true;
                seen += 1;
                cut.pieces.push(Piece::One(date.to_datetime(cut.time)));
                continue;
            }
            was_moved = false;
            if until.is_none_or(|until| date > until) {
                // From here on it is as the rule says, to its own end.
                let (first, before) = run.unwrap_or((date, 0));
                let range = match (cut.rule.count, cut.last) {
                    (Some(count), _) => Range::Count(count - seen + before),
                    (None, Some(last)) => {
                        let next = dates.next(&mut self.budget);
                        let is_over = next.is_none_or(|next| next > last);
                        let is_last = is_over && !self.budget.is_spent();
                        if is_last && before == 0 {
                            Range::Count(1)
                        } else {
                            Range::Until(last)
                        }
                    }
                    (None, None) => Range::NoEnd,
                };
                cut.pieces.push(match range {
                    Range::Count(1) => Piece::One(first.to_datetime(cut.time)),
                    range => Piece::Run(first, range),
                });
                return Ok(());
            }
            seen += 1;
            if cut.holes.contains(&date) {
                cut.end(run.take());
            } else {
                let (first, count) = run.unwrap_or((date, 0));
                run = Some((first, count + 1));
            }
            if cut.pieces.len() > PIECES_AT_MOST {
                return Err(format!(
                    "its exceptions cut it into more than {PIECES_AT_MOST} events"
                ));
            }
        }
    }

    /// One by one, where no pattern says it.
    fn singles(
        &mut self,
        cut: &mut Cut<'_>,
        shape: &Shape,
        is_known: bool,
    ) -> Result<String, String> {
        let start = shape.first.date();
        let why = if is_known {
            "Microsoft 365 has no pattern for its rule"
        } else {
            "nobody but the file knows its time zone"
        };
        let is_finite = cut.rule.count.is_some() || cut.last.is_some();
        if is_finite {
            let all = self.days(cut, start, Date::MIN, Date::MAX);
            if let Some(days) = all.filter(|days| days.len() <= PIECES_AT_MOST) {
                cut.take(&days);
                return Ok(format!(
                    "{why}: {} instead",
                    counted(days.len(), "single event")
                ));
            }
        }
        let today = self.setting.viewer.date(self.setting.now);
        let from = today.saturating_sub(BACK.years());
        let to = today.saturating_add(AHEAD.years());
        self.budget.next_rule();
        let days = self.days(cut, start, from, to);
        let mut days = days.ok_or("its rule is more than can be worked out")?;
        days.truncate(PIECES_AT_MOST);
        if days.is_empty() {
            return Err(format!(
                "{why}, and it has no occurrence between {from} and {to}"
            ));
        }
        cut.take(&days);
        let until = days.last().copied().unwrap_or(to);
        Ok(format!(
            "{why}: {} from {from} to {until} instead, and nothing before and after",
            counted(days.len(), "single event")
        ))
    }

    /// Days of a rule in `[from, to)` without holes. None when it cannot be worked out, or when
    /// there are far too many.
    fn days(&mut self, cut: &Cut<'_>, start: Date, from: Date, to: Date) -> Option<Vec<Date>> {
        let mut dates = cut.rule.dates(start);
        let mut days = Vec::new();
        while let Some(date) = dates.next(&mut self.budget) {
            if date >= to || cut.last.is_some_and(|last| date > last) {
                return Some(days);
            }
            if date >= from && !cut.holes.contains(&date) {
                days.push(date);
            }
            if days.len() > PIECES_AT_MOST {
                return Some(days);
            }
        }
        (!self.budget.is_spent()).then_some(days)
    }
}

/// A rule on its way into pieces.
struct Cut<'r> {
    rule: &'r Rule,
    shape: &'r Shape,
    time: Time,
    last: Option<Date>,
    holes: BTreeSet<Date>,
    /// Extra dates that the rule has not named itself.
    extra: BTreeSet<DateTime>,
    pieces: Vec<Piece>,
}

impl Cut<'_> {
    /// Whether the clock jumps over the start or the end of that day's occurrence.
    fn is_moved(&self, date: Date) -> bool {
        let Clock::Known(zone) = &self.shape.clock else {
            return false;
        };
        let start = date.to_datetime(self.time);
        let end = start.saturating_add(self.shape.length);
        let is_gap = |wall| matches!(zone.instant(wall), Resolved::Gap { .. });
        !self.shape.all_day && (is_gap(start) || is_gap(end))
    }

    fn end(&mut self, run: Option<(Date, u32)>) {
        match run {
            Some((first, 1)) => self.pieces.push(Piece::One(first.to_datetime(self.time))),
            Some((first, count)) => self.pieces.push(Piece::Run(first, Range::Count(count))),
            None => {}
        }
    }

    fn take(&mut self, days: &[Date]) {
        for day in days {
            let wall = day.to_datetime(self.time);
            self.extra.remove(&wall);
            self.pieces.push(Piece::One(wall));
        }
    }
}

/// Without a rule there is the start, and what was added.
fn dates_alone(shape: &Shape, exceptions: &Exceptions<'_>) -> Vec<Piece> {
    let mut walls = exceptions.extra.clone();
    if !exceptions.holes.contains(&shape.first.date()) {
        walls.insert(shape.first);
    }
    walls.into_iter().map(Piece::One).collect()
}

fn counted(count: usize, what: &str) -> String {
    match (count, what) {
        (1, _) | (_, "series") => format!("{count} {what}"),
        _ => format!("{count} {what}s"),
    }
}
