//! Meeting load against counting every minute, and the rules one by one.

use super::*;
use crate::domain::answer::Reply;
use crate::domain::calendar::{Calendar, Me};
use crate::domain::entry::{Deed, Pending};
use crate::domain::event::{Attendee, Details, Event, Kind, Person};
use crate::domain::ids::{CalendarId, EventId};
use crate::domain::intent::IntentId;
use crate::domain::zone::Zones;
use jiff::SignedDuration;
use jiff::civil::date;
use proptest::prelude::*;

fn berlin() -> Zone {
    Zones::bundled().find("Europe/Berlin").unwrap()
}

fn person(name: &str) -> Person {
    Person {
        name: name.into(),
        address: Untrusted::new(format!("{name}@contoso.com")),
    }
}

/// Ben's meeting with so many other people, accepted; `from` is UTC in November 2026.
fn meeting(id: &str, from: &str, minutes: i64, people: usize) -> Entry {
    let start: Timestamp = format!("2026-11-{from}:00Z").parse().unwrap();
    let details = Details {
        answer: Answer::Accepted,
        organizer: person("Ben"),
        attendees: vec![Attendee::default(); people],
        ..Details::default()
    };
    let event = Event {
        calendar: CalendarId::new("work"),
        id: EventId::new(id),
        kind: Kind::Single,
        series: None,
        etag: "1".into(),
        start,
        end: start + SignedDuration::from_mins(minutes),
        details: Some(details),
        before: None,
    };
    Entry::of(&event, None)
}

fn with(mut entry: Entry, change: impl FnOnce(&mut Entry)) -> Entry {
    change(&mut entry);
    entry
}

fn own(entry: &mut Entry) {
    (entry.is_organizer, entry.attendees) = (true, 0);
    entry.answer = Answer::Organizer;
}

/// Weeks 48 and 49 of 2026 in Berlin, at work from 8 to 17.
fn counted(entries: &[Entry], most: usize) -> Load {
    load(
        entries,
        &About {
            zone: &berlin(),
            from: date(2026, 11, 23),
            to: date(2026, 12, 7),
            hours: &MailboxSettings::default(),
            persons: &Persons::default(),
            most,
        },
    )
}

#[test]
fn a_minute_counts_once_in_sums_and_for_each_meeting_in_breakdowns() {
    let red = |entry: &mut Entry| entry.categories = vec!["Red".into()];
    let entries = [
        with(meeting("a", "23T09:00", 60, 1), red),
        with(meeting("b", "23T09:30", 60, 6), |entry| {
            red(entry);
            entry.categories.push("Blue".into());
            entry.organizer = person("Ana");
        }),
        with(meeting("c", "24T17:00", 30, 3), |entry| {
            entry.is_organizer = true;
        }),
    ];
    let load = counted(&entries, 9);
    let (monday, week) = &load.weeks[0];
    assert_eq!((*monday, load.weeks.len()), (date(2026, 11, 23), 2));
    assert_eq!(
        (week.meetings, week.minutes, week.in_hours),
        (3, 120, 90),
        "the last one begins at 18:00 in Berlin"
    );
    assert_eq!(week.free, 5 * 9 * 60 - 90);
    assert_eq!(load.weeks[1].1.free, 5 * 9 * 60);
    let shares = |shares: &[Share]| -> Vec<(String, u32, i64)> {
        let told = |share: &Share| (share.label.words(), share.meetings, share.minutes);
        shares.iter().map(told).collect()
    };
    assert_eq!(
        shares(&load.categories),
        [
            ("Red".to_owned(), 2, 120),
            ("Blue".to_owned(), 1, 60),
            ("no category".to_owned(), 1, 30)
        ]
    );
    assert_eq!(
        shares(&load.organizers),
        [
            ("Ana".to_owned(), 1, 60),
            ("Ben".to_owned(), 1, 60),
            ("you".to_owned(), 1, 30)
        ]
    );
    assert_eq!(
        load.sizes
            .iter()
            .map(|share| share.minutes)
            .collect::<Vec<_>>(),
        [60, 30, 60, 0]
    );
    let cut = counted(&entries, 1);
    assert_eq!(
        shares(&cut.organizers),
        [("Ana".to_owned(), 1, 60), ("2 others".to_owned(), 2, 90)]
    );
}

#[test]
fn what_is_no_meeting_does_not_count() {
    let plain = || meeting("a", "23T09:00", 60, 1);
    let copy = |entry: &mut Entry| {
        entry.calendar = CalendarId::new("home");
        entry.meeting = 7;
    };
    for (name, entry) in [
        ("cancelled", with(plain(), |entry| entry.cancelled = true)),
        (
            "declined",
            with(plain(), |entry| entry.answer = Answer::Declined),
        ),
        ("free", with(plain(), |entry| entry.show_as = ShowAs::Free)),
        ("whole day", with(plain(), |entry| entry.all_day = true)),
        ("own", with(plain(), own)),
        ("nothing long", meeting("a", "23T09:00", 0, 1)),
        ("before", meeting("a", "22T22:00", 60, 1)),
    ] {
        let load = counted(&[entry], 9);
        assert_eq!((load.total.meetings, load.total.minutes), (0, 0), "{name}");
        assert_eq!(load.organizers, [], "{name}");
    }
    let one = with(plain(), |entry| entry.meeting = 7);
    let load = counted(&[one, with(plain(), copy)], 9);
    assert_eq!(load.total.meetings, 1);
    assert_eq!(load.organizers[0].meetings, 1);
    let calendar = Calendar {
        id: CalendarId::new("work"),
        name: "Ben's".into(),
        hex_color: None,
        color: "auto".into(),
        owner: person("Ben"),
        can_edit: true,
        is_default: false,
    };
    let zone = berlin();
    let about = About {
        zone: &zone,
        from: date(2026, 11, 23),
        to: date(2026, 11, 30),
        hours: &MailboxSettings::default(),
        persons: &Persons::of(&[calendar], &Me::default()),
        most: 9,
    };
    assert_eq!(super::load(&[plain()], &about).total.meetings, 0);
}

#[test]
fn runs_have_less_than_five_minutes_between_meetings() {
    let day = |third: &str| {
        vec![
            meeting("a", "23T09:00", 26, 1),
            meeting("b", "23T09:30", 30, 1),
            meeting("c", third, 30, 1),
        ]
    };
    assert_eq!(counted(&day("23T10:05"), 9).runs, Runs::default());
    let run = Runs {
        count: 1,
        minutes: 94,
        meetings: 3,
    };
    assert_eq!(counted(&day("23T10:04"), 9).runs, run);
    let two = [day("23T10:00"), vec![meeting("d", "23T10:31", 30, 1)]].concat();
    assert_eq!(counted(&two, 9).runs.meetings, 4);
}

#[test]
fn what_is_free_is_told_in_stretches_and_own_time_is_what_meetings_leave() {
    let mut entries = vec![
        meeting("a", "23T09:00", 60, 1),
        with(meeting("f", "23T08:00", 120, 0), own),
        with(meeting("w", "24T07:00", 540, 0), |entry| {
            own(entry);
            entry.show_as = ShowAs::WorkingElsewhere;
        }),
    ];
    for (id, day) in [("x", 25), ("y", 26), ("z", 27)] {
        entries.push(with(
            meeting(id, &format!("{day}T00:00"), 1440, 0),
            |entry| {
                entry.all_day = true;
                entry.show_as = ShowAs::OutOfOffice;
            },
        ));
    }
    let load = counted(&entries, 9);
    let week = &load.weeks[0].1;
    // Monday: 8 to 9 and 11 to 17; Tuesday is worked elsewhere, the rest is leave.
    assert_eq!((week.free, week.focus), ((1 + 6 + 9) * 60, 60));
    assert_eq!((week.one_hour, week.two_hours), (3, 2));
    let today = date(2026, 11, 26);
    assert_eq!(
        load.sentence(0, today, &berlin()),
        "1 h in meetings this week; longest free stretch Tue 08:00–17:00"
    );
    assert_eq!(
        load.sentence(1, today, &berlin()),
        "no meetings in week 49, 1 h less than the week before; longest free stretch Mon 08:00–17:00"
    );
}

#[test]
fn answers_are_of_invitations_that_were_not_called_off() {
    let answered = |id, answer| {
        with(meeting(id, "23T09:00", 30, 1), |entry| {
            entry.answer = answer
        })
    };
    let entries = [
        answered("a", Answer::Accepted),
        answered("b", Answer::Declined),
        answered("c", Answer::NotResponded),
        answered("d", Answer::Tentative),
        answered("e", Answer::Organizer),
        with(answered("f", Answer::Accepted), |entry| {
            entry.cancelled = true;
        }),
    ];
    let told = Answers {
        accepted: 1,
        tentative: 1,
        declined: 1,
        unanswered: 1,
    };
    assert_eq!(counted(&entries, 9).answers, told);
}

#[test]
fn how_long_invitations_waited_is_told_of_each_once() {
    let single = |id, answer, after| {
        with(meeting(id, "23T09:00", 30, 1), |entry| {
            (entry.answer, entry.answered_after) = (answer, after);
        })
    };
    let dated = |id, day, kind, after| {
        with(meeting(id, &format!("{day}T09:00"), 30, 1), |entry| {
            (entry.kind, entry.series) = (kind, Some(EventId::new("series")));
            entry.answered_after = after;
        })
    };
    let entries = [
        // A date of its own came first, and says something else.
        dated("s0", 23, Kind::Exception, Some(9000)),
        dated("s1", 24, Kind::Occurrence, Some(60)),
        dated("s2", 25, Kind::Occurrence, Some(60)),
        single("a", Answer::Accepted, Some(10)),
        single("b", Answer::Declined, Some(300)),
        single("c", Answer::Tentative, None),
        single("d", Answer::NotResponded, None),
        single("e", Answer::Organizer, None),
        with(single("f", Answer::Accepted, Some(1)), |entry| {
            entry.cancelled = true;
        }),
        // What is on its way has not come, and what was answered before is no more.
        with(single("g", Answer::Accepted, Some(1)), |entry| {
            entry.pending = Some(Pending {
                intent: IntentId(1),
                deed: Deed::Answer(Reply::Decline),
                trouble: None,
            });
        }),
        with(single("h", Answer::Accepted, Some(7)), |entry| {
            entry.meeting = 7;
        }),
        with(single("h", Answer::Accepted, Some(7)), |entry| {
            entry.meeting = 7;
            entry.calendar = CalendarId::new("home");
        }),
    ];
    let load = counted(&entries, 9);
    let told = Waited {
        minutes: vec![7, 10, 60, 300],
        unknown: 2,
        unanswered: 1,
    };
    assert_eq!(load.waited, told);
    assert!(
        load.facts()[4].starts_with("answered in 10 min at the median, 5 h at the longest"),
        "{:?}",
        load.facts()
    );
}

#[test]
fn a_night_on_which_clocks_change_has_its_real_minutes() {
    let zone = berlin();
    for (day, from, to, minutes) in [
        (
            date(2026, 10, 25),
            "2026-10-24T23:00Z",
            "2026-10-25T02:00Z",
            180,
        ),
        (
            date(2026, 3, 29),
            "2026-03-29T00:00Z",
            "2026-03-29T02:00Z",
            120,
        ),
    ] {
        let hours = MailboxSettings {
            working_days: vec![7],
            working_from: Time::constant(1, 0, 0, 0),
            working_to: Time::constant(4, 0, 0, 0),
            ..MailboxSettings::default()
        };
        let night = with(meeting("n", "23T00:00", 1, 1), |entry| {
            (entry.start, entry.end) = (from.parse().unwrap(), to.parse().unwrap());
        });
        let about = About {
            zone: &zone,
            from: day,
            to: day.tomorrow().unwrap(),
            hours: &hours,
            persons: &Persons::default(),
            most: 9,
        };
        let total = super::load(&[night], &about).total;
        let worked = if minutes == 180 { 240 } else { 120 };
        assert_eq!((total.minutes, total.in_hours), (minutes, minutes), "{day}");
        assert_eq!(total.free, worked - minutes, "{day}");
    }
}

fn entries() -> impl Strategy<Value = Vec<Entry>> {
    let show = prop::sample::select(vec![
        ShowAs::Free,
        ShowAs::Tentative,
        ShowAs::Busy,
        ShowAs::OutOfOffice,
        ShowAs::WorkingElsewhere,
    ]);
    let answer = prop::sample::select(vec![
        Answer::None,
        Answer::Organizer,
        Answer::Accepted,
        Answer::Declined,
        Answer::NotResponded,
    ]);
    // From the Friday before clocks change in Berlin to the Tuesday after.
    let one = (
        0i64..5 * 1440,
        0i64..300,
        0usize..12,
        show,
        answer,
        0u8..8,
        0u64..6,
    );
    let made = |(number, (from, minutes, people, show_as, answer, odds, copy))| {
        with(
            meeting(&format!("e{number}"), "23T00:00", 1, people),
            |entry| {
                let first: Timestamp = "2026-10-22T22:00:00Z".parse().unwrap();
                entry.start = first + SignedDuration::from_mins(from);
                entry.end = entry.start + SignedDuration::from_mins(minutes);
                entry.is_organizer = odds % 2 == 0;
                entry.cancelled = odds == 7;
                (entry.show_as, entry.answer) = (show_as, answer);
                entry.answered_after = (odds > 2).then_some(u32::from(odds) * 50);
                entry.series = (copy == 1).then(|| EventId::new(format!("s{}", odds % 3)));
                entry.kind = match (copy, number % 2) {
                    (1, 0) => Kind::Exception,
                    (1, _) => Kind::Occurrence,
                    _ => Kind::Single,
                };
                entry.categories = vec![["Red", "Blue"][usize::from(odds % 2)].into()];
                // Every sixth is in another calendar too.
                entry.meeting = if copy == 0 { number as u64 + 1 } else { 0 };
            },
        )
    };
    let copied = |entry: Entry| {
        let copy = with(entry.clone(), |copy| {
            copy.calendar = CalendarId::new("home")
        });
        let is_copied = entry.meeting != 0;
        std::iter::once(entry).chain(is_copied.then_some(copy))
    };
    prop::collection::vec(one, 0..30)
        .prop_map(move |all| (0usize..).zip(all).map(made).flat_map(copied).collect())
}

proptest! {
    #[test]
    fn sums_equal_counting_every_minute(entries in entries()) {
        let zone = berlin();
        let (from, to) = (date(2026, 10, 24), date(2026, 10, 28));
        let hours = MailboxSettings { working_days: vec![1, 2, 6, 7], ..MailboxSettings::default() };
        let persons = Persons::default();
        let about = About { zone: &zone, from, to, hours: &hours, persons: &persons, most: 9 };
        let load = super::load(&entries, &about);
        let (mut met, mut in_hours, mut focus, mut free) = (0, 0, 0, 0);
        let mut of_week = BTreeMap::new();
        for minute in range(&about).start..range(&about).end {
            let instant = Timestamp::from_second(minute * 60).unwrap();
            let wall = zone.wall(instant);
            let number = wall.date().weekday().to_monday_one_offset();
            let works = hours.working_days.contains(&number)
                && (hours.working_from..hours.working_to).contains(&wall.time());
            let now = |entry: &&Entry| entry.start <= instant && instant < entry.end;
            let any = |counts: fn(&Entry) -> bool| entries.iter().filter(now).any(counts);
            let meets = any(is_meeting);
            met += i64::from(meets);
            in_hours += i64::from(meets && works);
            focus += i64::from(any(is_own) && !meets);
            free += i64::from(works && !meets && !any(claims));
            *of_week.entry(wall.date().iso_week_date().week()).or_insert(0) += i64::from(meets);
        }
        let total = &load.total;
        prop_assert_eq!((total.minutes, total.in_hours), (met, in_hours));
        prop_assert_eq!((total.focus, total.free), (focus, free));
        let told: Vec<i64> = load.weeks.iter().map(|(_, week)| week.minutes).collect();
        prop_assert_eq!(told, of_week.into_values().collect::<Vec<_>>());
        let each = |shares: &[Share]| -> i64 { shares.iter().map(|share| share.minutes).sum() };
        prop_assert_eq!(each(&load.organizers), each(&load.sizes));
        prop_assert!(each(&load.sizes) >= met);
        let begun: u32 = load.weeks.iter().map(|(_, week)| week.meetings).sum();
        prop_assert_eq!(begun, total.meetings);
        let invited = |entry: &&Entry| {
            is_invitation(entry) && entry.end > entry.start && {
                let span = Span::new(minute(entry.start), -(-entry.end.as_second()).div_euclid(60));
                !span.cut(range(&about)).is_empty()
            }
        };
        let roots: BTreeSet<_> = entries.iter().filter(invited).map(Entry::root).collect();
        let waited = &load.waited;
        let told = waited.minutes.len() + waited.unknown as usize + waited.unanswered as usize;
        prop_assert_eq!(told, roots.len(), "each invitation once");
        prop_assert!(waited.minutes.is_sorted());
    }

    #[test]
    fn order_does_not_matter(entries in entries(), turn in 0usize..30) {
        let zone = berlin();
        let about = About {
            zone: &zone,
            from: date(2026, 10, 24),
            to: date(2026, 10, 28),
            hours: &MailboxSettings::default(),
            persons: &Persons::default(),
            most: 2,
        };
        let mut turned = entries.clone();
        turned.reverse();
        let most = turned.len().max(1);
        turned.rotate_left(turn % most);
        prop_assert_eq!(super::load(&entries, &about), super::load(&turned, &about));
    }
}
