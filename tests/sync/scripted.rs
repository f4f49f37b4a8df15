//! Moments that random histories hide, because a later page of the same round
//! repairs them: each is played step by step and looked at in between.

#[path = "scripted/endless.rs"]
mod endless;
#[path = "scripted/full_sync.rs"]
mod full_sync;
#[path = "scripted/gone.rs"]
mod gone;
#[path = "scripted/idle.rs"]
mod idle;
#[path = "scripted/pauses.rs"]
mod pauses;
#[path = "scripted/play.rs"]
mod play;
#[path = "scripted/stale.rs"]
mod stale;

use crate::memory::Memory;
use crate::server::calendar;
use jiff::{SignedDuration, Timestamp};
use kalends::domain::calendar::{Calendar, Me};
use kalends::domain::edit::{Create, Span, Value};
use kalends::domain::event::{Details, Event, Kind, Person};
use kalends::domain::ids::EventId;
use kalends::domain::intent::{Act, Intent, IntentId, Stage};
use kalends::domain::remote::{
    Ask, Failure, FailureKind, Item, Link, Mailbox, Page, PageEnd, Told,
};
use kalends::domain::replica::entries_of;
use kalends::domain::text::Untrusted;
use kalends::domain::zone::Zone;
use kalends::sync::engine::{Engine, Input, Output, Settings};
use std::collections::{BTreeMap, VecDeque};

/// The visible range brings an occurrence in full; then a round brings it bare,
/// and its master is not to be had. The title stays.
pub fn titles_survive_bare_occurrences() -> Result<(), String> {
    let began: Timestamp = "2026-11-26T09:00:00Z".parse().unwrap();
    let mut now = began;
    let mut memory = Memory::default();
    let mut engine = Engine::new(Settings::default(), &memory, Vec::new()).unwrap();
    let shown = Input::Shown {
        from: now,
        to: now + SignedDuration::from_hours(48),
    };
    let mut inputs = VecDeque::from([Input::Started, shown]);
    let mut patience = 200;
    let mut has_rounds = false;
    while let Some(input) = inputs.pop_front() {
        for output in engine.handle(&memory, input, now).unwrap() {
            match output {
                Output::Apply(changes) => memory.apply(changes),
                Output::Ask { ticket, ask } => {
                    let result = Box::new(answer(&ask, began, now));
                    inputs.push_back(Input::Told { ticket, result });
                }
                Output::Then(step) => inputs.push_front(Input::Proceed(step)),
                _ => {}
            }
        }
        for window in memory.window_ids() {
            for entry in entries_of(&memory, &window, &BTreeMap::new()).unwrap() {
                if entry.subject.raw() != "Stand-up" {
                    return Err(format!("a title was lost in {window:?}"));
                }
            }
        }
        has_rounds |= memory.window_ids().len() > 1;
        if inputs.is_empty() && patience > 0 {
            patience -= 1;
            now += SignedDuration::from_secs(1);
            inputs.push_back(Input::Ticked);
        }
    }
    if !has_rounds {
        return Err("no round brought the occurrence".into());
    }
    if memory.records().next().is_none() {
        return Err("nothing was learnt".into());
    }
    Ok(())
}

/// The answer to a new event meets a damaged copy, which is fetched anew: the event is asked
/// for once more, with its own transaction, and is not left half way until a restart.
pub fn an_answer_that_meets_damage_is_not_forgotten() {
    let mut now: Timestamp = "2026-11-26T09:00:00Z".parse().unwrap();
    let create = Create {
        calendar: calendar(0),
        transaction: "once".into(),
        values: vec![
            Value::Subject("Lunch".into()),
            Value::When(Span::on_clock(
                now,
                now + SignedDuration::from_hours(1),
                false,
                &Zone::utc(),
            )),
        ],
    };
    let intent = Intent {
        id: IntentId(1),
        act: Act::Create(create.clone()),
        made_at: now,
        due_at: now,
        stage: Stage::Waiting,
        tries: 0,
        follows: None,
        doubt: None,
        replaces: Vec::new(),
    };
    let mut memory = Memory::default();
    let mut engine = Engine::new(Settings::default(), &memory, vec![intent]).unwrap();
    let mut inputs = VecDeque::from([Input::Started]);
    let (mut asked, mut patience) = (0, 200);
    while let Some(input) = inputs.pop_front() {
        let outputs = engine.handle(&memory, input, now);
        if outputs.is_err() {
            memory = Memory::default();
            engine.start_over(&memory).unwrap();
        }
        for output in outputs.unwrap_or_default() {
            match output {
                Output::Apply(changes) => memory.apply(changes),
                Output::Ask { ticket, ask } => {
                    let mut result = answer(&ask, now, now);
                    if matches!(ask, Ask::Create { .. }) {
                        asked += 1;
                        memory.damaged.set(asked == 1);
                        result = Ok(Told::Event(create.event().unwrap()));
                    }
                    let result = Box::new(result);
                    inputs.push_front(Input::Told { ticket, result });
                }
                Output::Then(step) => inputs.push_front(Input::Proceed(step)),
                _ => {}
            }
        }
        if inputs.is_empty() && patience > 0 {
            patience -= 1;
            now += SignedDuration::from_secs(1);
            inputs.push_back(Input::Ticked);
        }
    }
    assert_eq!(asked, 2, "the new event was asked for again");
    assert_eq!(engine.intents().count(), 0);
}

/// Whenever it is asked for, a full sync ends only when the mailbox and every window were asked
/// after it: what was on its way by then may be older than what the person waits for.
pub fn a_full_sync_asks_after_it_was_asked_for() {
    for wanted_at in 0..40 {
        full_sync_begun_at(wanted_at);
    }
}

fn full_sync_begun_at(wanted_at: u32) {
    let began: Timestamp = "2026-11-26T09:00:00Z".parse().unwrap();
    let mut memory = Memory::default();
    let mut engine = Engine::new(Settings::default(), &memory, Vec::new()).unwrap();
    let mut inputs = VecDeque::from([Input::Started]);
    let mut on_their_way = VecDeque::new();
    // When the newest of each that was answered had been asked.
    let mut asked: BTreeMap<String, u32> = BTreeMap::new();
    for step in 0..400 {
        let now = began + SignedDuration::from_millis(i64::from(step) * 100);
        if step == wanted_at {
            inputs.push_back(Input::FullSync);
        }
        // One answer arrives in each step, after everything else of the step.
        if let Some((ticket, ask, at)) = on_their_way.pop_front().filter(|_| step > 0) {
            let name = match &ask {
                Ask::Mailbox { .. } => "mailbox".to_owned(),
                Ask::RoundStart { from, .. } => from.to_string(),
                Ask::RoundNext { link, .. } => link.as_str().to_owned(),
                other => panic!("{other:?}"),
            };
            asked.insert(name, at);
            let result = Box::new(quiet(&ask));
            inputs.push_back(Input::Told { ticket, result });
        }
        inputs.push_back(Input::Ticked);
        while let Some(input) = inputs.pop_front() {
            for output in engine.handle(&memory, input, now).unwrap() {
                match output {
                    Output::Apply(changes) => memory.apply(changes),
                    Output::Ask { ticket, ask } => on_their_way.push_back((ticket, ask, step)),
                    Output::Then(next) => inputs.push_front(Input::Proceed(next)),
                    Output::AllFresh { troubles } => {
                        assert!(troubles.is_empty(), "{troubles:?}");
                        assert_eq!(asked.len(), 1 + memory.window_ids().len());
                        let old = asked.iter().find(|(_, at)| **at < wanted_at);
                        assert_eq!(old, None, "asked for at {wanted_at}");
                        return;
                    }
                    _ => {}
                }
            }
        }
    }
    panic!("a full sync asked for at {wanted_at} never ended");
}

/// An empty mailbox that answers everything.
fn quiet(ask: &Ask) -> Result<Told, Failure> {
    let name = match ask {
        Ask::RoundStart { from, .. } => from.to_string(),
        Ask::RoundNext { link, .. } => link.as_str().to_owned(),
        other => return answer(other, Timestamp::MIN, Timestamp::MIN),
    };
    Ok(Told::Page(Page {
        items: Vec::new(),
        end: PageEnd::Delta(Link::new(&name)),
        skipped: 0,
        fingerprint: 1,
    }))
}

fn answer(ask: &Ask, began: Timestamp, now: Timestamp) -> Result<Told, Failure> {
    let mut event = Event {
        calendar: calendar(0),
        id: EventId::new("occurrence"),
        kind: Kind::Occurrence,
        series: Some(EventId::new("master")),
        etag: "v1".into(),
        before: None,
        start: began,
        end: began + SignedDuration::from_mins(15),
        details: Some(Details {
            subject: Untrusted::new("Stand-up"),
            ..Details::default()
        }),
    };
    match ask {
        Ask::Mailbox { .. } => Ok(Told::Mailbox(Mailbox {
            me: Me::default(),
            calendars: vec![Calendar {
                id: calendar(0),
                name: Untrusted::new("Calendar"),
                hex_color: None,
                color: "auto".into(),
                owner: Person::default(),
                can_edit: true,
                is_default: true,
            }],
            followed: Vec::new(),
            settings: None,
            categories: None,
        })),
        Ask::View { .. } => Ok(Told::Events(vec![event])),
        // The rounds begin after the view was learnt, so that theirs is the newer version.
        Ask::RoundStart { from, to, .. } if now > began => {
            event.etag = "v2".into();
            event.details = None;
            let items = if event.start < *to && event.end > *from {
                vec![Item::Seen(event)]
            } else {
                Vec::new()
            };
            let end = PageEnd::Delta(Link::new("later"));
            Ok(Told::Page(Page {
                items,
                end,
                skipped: 0,
                fingerprint: 1,
            }))
        }
        _ => Err(Failure {
            kind: FailureKind::Unknown,
            status: 503,
            code: String::new(),
            words: "not to be had".into(),
            retry_after_ms: None,
        }),
    }
}
