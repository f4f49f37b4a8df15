//! Why a time is good or bad, in words.

use super::super::respond::Respond;
use super::super::{State, safe, sentence};
use super::guests::minute;
use super::{Find, Purpose, opinion};
use crate::domain::schedule::{
    Block, Claim, Kind, Reason, Rule, Span, Verdict, blockers, explain, without_each,
};
use jiff::{SignedDuration, Timestamp};

/// Something to know that no single start says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    pub words: String,
    pub is_warning: bool,
}

pub(super) fn instant(minute: i64) -> Timestamp {
    let second = minute.saturating_mul(60);
    Timestamp::from_second(second).unwrap_or(Timestamp::UNIX_EPOCH)
}

/// `Tue 1 Dec 15:00`.
pub fn moment(state: &State, minute: i64) -> String {
    let wall = state.viewer.wall(instant(minute));
    let day = sentence::short_day(wall.date(), state.today());
    format!("{day} {}", wall.strftime("%H:%M"))
}

fn first_name(open: &Find, person: usize) -> String {
    let name = open
        .guests
        .get(person)
        .map_or("somebody", |guest| &guest.name);
    let first = name.split([' ', '@']).next().unwrap_or(name);
    safe::cut(first, 16)
}

/// `without Kenji (3)`, with the digit that does it.
fn without(open: &Find, person: usize) -> String {
    let who = first_name(open, person);
    let digit = open.digit(person).map(|digit| format!(" ({digit})"));
    format!("without {who}{}", digit.unwrap_or_default())
}

/// What is to be said of one start, dearest first; "everybody is free" when nothing is.
pub fn why(open: &Find, start: i64) -> String {
    let Ok(Verdict::Possible(mut reasons)) = explain(&open.question, start) else {
        return String::new();
    };
    reasons.sort_by_key(|reason| std::cmp::Reverse(reason.cost));
    let told: Vec<String> = reasons
        .iter()
        .filter(|reason| reason.kind != Kind::FromPreferred)
        .map(|reason| reason_words(open, reason, start))
        .collect();
    if told.is_empty() {
        return "everybody is free".into();
    }
    told.join(" · ")
}

fn reason_words(open: &Find, reason: &Reason, start: i64) -> String {
    let Some(person) = reason.person else {
        return String::new();
    };
    let who = first_name(open, person);
    let there = || {
        let clock = open
            .guests
            .get(person)
            .and_then(|guest| guest.clock.as_ref());
        let wall = clock.map(|clock| clock.wall(instant(start)));
        wall.map_or_else(String::new, |wall| wall.strftime(" %H:%M").to_string())
    };
    match reason.kind {
        Kind::Busy => format!("without {who}"),
        Kind::Away => format!("{who} away"),
        Kind::Tentative => format!("{who} tentative"),
        Kind::Unknown => format!("{who} unknown"),
        Kind::OutsideHours => format!("{who}{}", there()),
        Kind::Night => format!("{who} asleep{}", there()),
        Kind::TooClose => format!("{who}: no break"),
        Kind::OutsideQuestion | Kind::OutsideWindows | Kind::FromPreferred => String::new(),
    }
}

/// How old the picture is, who is in the way, and what would help.
pub fn notes(state: &State, open: &Find) -> Vec<Note> {
    let mut notes = Vec::new();
    let mut note = |words: String, is_warning| notes.push(Note { words, is_warning });
    if let Some(refusal) = &open.refusal {
        note(refusal.clone(), true);
    }
    if let Some(trouble) = &open.trouble {
        note(trouble.clone(), true);
    }
    if open.awaited > 0 {
        note("asking when everybody is free…".into(), false);
    } else if let Some(at) = open.asked_at {
        note(
            format!("free/busy {}", age(state.now.duration_since(at))),
            false,
        );
    }
    for guest in &open.guests {
        if let Some(trouble) = &guest.trouble {
            let who = safe::cut(&guest.name, 24);
            note(format!("{who}: {trouble}"), true);
        }
    }
    if let Some((words, is_warning)) = opinion::note(state, open) {
        notes.push(Note { words, is_warning });
    }
    if open.awaited == 0 {
        notes.extend(open.advice.iter().cloned());
    }
    notes
}

fn age(age: SignedDuration) -> String {
    match age.as_secs() {
        ..60 => "asked just now".into(),
        60..3600 => format!("{} min old", age.as_mins()),
        _ => format!("{} h old", age.as_hours()),
    }
}

/// What would help, reckoned once for a question: it prices everybody anew, which no frame may do.
pub(super) fn advice(state: &State, open: &Find) -> Vec<Note> {
    if open.refusal.is_some() {
        return Vec::new();
    }
    let (words, is_warning) = match open.ranking.starts.is_empty() {
        true => (vec![relief(state, open)], true),
        false => (helped(state, open), false),
    };
    let note = |words| Note { words, is_warning };
    words.into_iter().map(note).collect()
}

/// Nothing fits: the least that has to be given up.
fn relief(state: &State, open: &Find) -> String {
    // Where it is now is no other time: as if I had something else then.
    let mut question = open.question.clone();
    let me = open.guests.iter().position(|guest| guest.is_me);
    if let (Some(entry), Some(me)) = (open.entry(), me.and_then(|at| question.people.get_mut(at))) {
        me.busy.push(Block {
            span: Span::new(minute(entry.start), minute(entry.end)),
            claim: Claim::Busy,
        });
    }
    let Ok(Some(relief)) = blockers(&question) else {
        return "no time fits in these days: ] looks further, r makes room".into();
    };
    let rule = |rule: &Rule| match rule {
        Rule::Windows => "outside your working hours (w)".to_owned(),
        Rule::Hours(person) => format!("outside {}’s hours (h)", first_name(open, *person)),
        Rule::Person(person) => without(open, *person),
    };
    let rules: Vec<String> = relief.rules.iter().map(rule).collect();
    format!(
        "no time fits. {} fits {}",
        moment(state, relief.start),
        rules.join(" and ")
    )
}

/// Who alone keeps a better time from us.
fn helped(state: &State, open: &Find) -> Vec<String> {
    let Ok(each) = without_each(&open.question) else {
        return Vec::new();
    };
    let best = open
        .ranking
        .starts
        .first()
        .map_or(u64::MAX, |start| start.cost);
    let words = |one: &crate::domain::schedule::Without| {
        let who = without(open, one.person);
        format!("{who}: {}", moment(state, one.best.start))
    };
    let better = each.iter().filter(|one| one.best.cost < best);
    better.take(3).map(words).collect()
}

/// What Enter does with the start that is looked at.
pub fn facts(open: &Find) -> String {
    match &open.purpose {
        Purpose::Fill(_) => "Enter puts it into the page".into(),
        Purpose::Propose(entry, answering) => {
            let who = safe::line(&entry.organizer.name);
            let has_note = |open: &Respond| !open.comment.value().trim().is_empty();
            let note = match answering.as_deref().is_some_and(has_note) {
                true => ", with your note",
                false => "",
            };
            format!("Enter asks {who} for it and answers tentatively{note}")
        }
        Purpose::Move(entry) => match entry.attendees {
            0 => "Enter moves it there; nobody is told".into(),
            1 => "Enter moves it there and mails 1 person".into(),
            people => format!("Enter moves it there and mails {people} people"),
        },
    }
}
