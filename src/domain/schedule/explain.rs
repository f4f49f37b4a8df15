//! Why a start costs what it costs, or why it is impossible.
//!
//! Works for any minute, not only those that were ranked. The costs of the reasons sum exactly to
//! the cost in the ranking; a reason of weight zero is still told.

use super::grid::{Grid, merged};
use super::lane::{AWAY, BUSY, CLOSE, Lane, OUTSIDE, TENTATIVE, UNKNOWN, is_event, known};
use super::price::blocking;
use super::rank::distance;
use super::{Claim, Person, Question, Refusal, Role, Span};

/// What is the matter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// The meeting would start before the first or end after the last minute asked about.
    OutsideQuestion,
    /// The meeting lies in none of the organizer's windows.
    OutsideWindows,
    /// Minutes: how many of the meeting are claimed as busy or away.
    Busy,
    /// As [`Kind::Busy`], at least one of them as away.
    Away,
    /// Minutes: how many of the meeting are claimed tentatively.
    Tentative,
    /// Minutes: of how many nothing is known.
    Unknown,
    /// Minutes: how far the meeting sticks out of the nearest working hours.
    OutsideHours,
    /// As [`Kind::OutsideHours`], far enough to be night.
    Night,
    /// Minutes: the gap to the nearest event, which is less than the buffer.
    TooClose,
    /// Minutes: from the nearest preferred start.
    FromPreferred,
}

/// One entry of the bill.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Reason {
    /// Index into the people of the question; None for the organizer's own wishes.
    pub person: Option<usize>,
    pub kind: Kind,
    /// Zero for what makes a start impossible.
    pub cost: u64,
    pub minutes: i64,
}

/// What there is to say about a start; by person, the organizer first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Possible, at the sum of these.
    Possible(Vec<Reason>),
    /// Impossible, because of each of these.
    Impossible(Vec<Reason>),
}

impl Verdict {
    /// None when impossible.
    pub fn cost(&self) -> Option<u64> {
        match self {
            Self::Possible(reasons) => Some(reasons.iter().map(|reason| reason.cost).sum()),
            Self::Impossible(_) => None,
        }
    }
}

/// The reasons for a meeting that starts at a minute.
pub fn explain(question: &Question, start: i64) -> Result<Verdict, Refusal> {
    Grid::of(question)?;
    let meeting = question.meeting(start);
    let mut blockers = organizers_blockers(question, meeting);
    let mut reasons = Vec::new();
    reasons.extend(preference(question, start));
    let mut lane = Lane::new(Grid::one(start, question.duration));
    for (index, person) in question.people.iter().enumerate() {
        lane.fill(person, question.buffer, &question.weights);
        let (marks, hours) = lane.only();
        let one = One {
            question,
            person,
            index,
            meeting,
            marks,
            hours,
        };
        blockers.extend(one.blockers());
        reasons.extend(one.reasons());
    }
    Ok(if blockers.is_empty() {
        Verdict::Possible(reasons)
    } else {
        Verdict::Impossible(blockers)
    })
}

fn organizers_blockers(question: &Question, meeting: Span) -> Vec<Reason> {
    let blocker = |kind, minutes| Reason {
        person: None,
        kind,
        cost: 0,
        minutes,
    };
    let asked = Span::new(question.from, question.to);
    let mut found = Vec::new();
    if let minutes @ 1.. = sticks_out(meeting, asked) {
        found.push(blocker(Kind::OutsideQuestion, minutes));
    }
    let nearest = question.allowed.iter().map(|it| sticks_out(meeting, *it));
    if let Some(minutes @ 1..) = nearest.min() {
        found.push(blocker(Kind::OutsideWindows, minutes));
    }
    found
}

fn sticks_out(meeting: Span, span: Span) -> i64 {
    let before = span.start.saturating_sub(meeting.start);
    let after = meeting.end.saturating_sub(span.end);
    before.max(after).max(0)
}

fn preference(question: &Question, start: i64) -> Option<Reason> {
    let mut preferred = question.preferred.clone();
    preferred.sort_unstable();
    let minutes = distance(&preferred, start).filter(|minutes| *minutes > 0)?;
    Some(Reason {
        person: None,
        kind: Kind::FromPreferred,
        cost: question.weights.preferred_cost(minutes),
        minutes: i64::try_from(minutes).unwrap_or(i64::MAX),
    })
}

/// One person at one start.
struct One<'a> {
    question: &'a Question,
    person: &'a Person,
    index: usize,
    meeting: Span,
    marks: u8,
    hours: u32,
}

impl One<'_> {
    fn has(&self, marks: u8) -> bool {
        self.marks & marks != 0
    }

    fn is_optional(&self) -> bool {
        self.person.role == Role::Optional
    }

    fn reason(&self, kind: Kind, cost: u32, minutes: i64) -> Reason {
        Reason {
            person: Some(self.index),
            kind,
            cost: u64::from(cost),
            minutes,
        }
    }

    fn blockers(&self) -> Vec<Reason> {
        let blocking = self.marks & blocking(self.person);
        let mut found = Vec::new();
        if blocking & (BUSY | AWAY) != 0 {
            found.push(self.busy(0));
        }
        if blocking & OUTSIDE != 0 {
            found.push(self.outside(0));
        }
        found
    }

    fn reasons(&self) -> Vec<Reason> {
        let weights = &self.question.weights;
        if self.is_optional() && self.has(BUSY | AWAY) {
            return vec![self.busy(weights.optional_busy)];
        }
        let (tentative, unknown, hours) = if self.is_optional() {
            (
                weights.optional_tentative,
                weights.optional_unknown,
                self.hours.min(weights.optional_busy),
            )
        } else {
            (
                weights.required_tentative,
                weights.required_unknown,
                self.hours,
            )
        };
        let mut found = Vec::new();
        if self.has(TENTATIVE) {
            let minutes = self.claimed(|claim| claim == Claim::Tentative);
            found.push(self.reason(Kind::Tentative, tentative, minutes));
        }
        if self.has(UNKNOWN) {
            found.push(self.reason(Kind::Unknown, unknown, self.unknown()));
        }
        if self.has(OUTSIDE) {
            found.push(self.outside(hours));
        }
        if self.has(CLOSE) {
            found.push(self.reason(Kind::TooClose, weights.too_close, self.gap()));
        }
        found
    }

    fn busy(&self, cost: u32) -> Reason {
        let minutes = self.claimed(|claim| matches!(claim, Claim::Busy | Claim::Away));
        let kind = if self.has(AWAY) {
            Kind::Away
        } else {
            Kind::Busy
        };
        self.reason(kind, cost, minutes)
    }

    fn outside(&self, cost: u32) -> Reason {
        let working = merged(self.person.working.iter().copied());
        let distances = working.iter().map(|span| sticks_out(self.meeting, *span));
        let minutes = distances.min().unwrap_or(0);
        let kind = if self.question.weights.is_night(minutes) {
            Kind::Night
        } else {
            Kind::OutsideHours
        };
        self.reason(kind, cost, minutes)
    }

    /// Minutes of the meeting with such a claim on them.
    fn claimed(&self, is_meant: impl Fn(Claim) -> bool) -> i64 {
        let blocks = self.person.busy.iter().filter(|it| is_meant(it.claim));
        minutes_in(self.meeting, &merged(blocks.map(|block| block.span)))
    }

    fn unknown(&self) -> i64 {
        self.meeting.minutes()
            - minutes_in(self.meeting, &known(&self.person.known, &self.person.busy))
    }

    /// Minutes to the nearest event that the meeting does not touch.
    fn gap(&self) -> i64 {
        let blocks = self.person.busy.iter();
        let events = blocks.filter(|block| is_event(block.claim) && !block.span.is_empty());
        let gaps = events.filter_map(|block| {
            let after = self.meeting.start.saturating_sub(block.span.end);
            let before = block.span.start.saturating_sub(self.meeting.end);
            Some(after.max(before)).filter(|gap| *gap >= 0)
        });
        gaps.min().unwrap_or(0)
    }
}

/// How many minutes of a meeting lie in merged spans.
fn minutes_in(meeting: Span, spans: &[Span]) -> i64 {
    spans.iter().map(|span| span.cut(meeting).minutes()).sum()
}
