//! A thousand attack strings as subjects, places, people, calendars, categories and server
//! errors, on every screen: only allowed bytes reach the terminal.

use super::corpus::attack_strings;
use super::window::{Window, world};
use kalends::domain::text::is_hostile;
use toml::{Table, Value};

const HOW_MANY: usize = 1_000;
/// Days over which they are spread.
const DAYS: usize = 12;

fn scenario() -> String {
    let strings = attack_strings(HOW_MANY + 40, 77);
    let text = |at: usize| Value::from(strings[at % strings.len()].clone());
    let table = |pairs: Vec<(&str, Value)>| {
        Value::from(
            pairs
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value))
                .collect::<Table>(),
        )
    };
    let event = |at: usize| {
        let day = 23 + at % DAYS;
        let (month, day) = if day > 30 { (12, day - 30) } else { (11, day) };
        let start = format!(
            "2026-{month}-{day:02}T{:02}:{:02}",
            6 + (at / DAYS) % 16,
            (at * 7) % 60
        );
        table(vec![
            ("subject", text(at)),
            ("location", text(at + 1)),
            ("body", text(at + 2)),
            ("start", Value::from(start)),
            ("minutes", Value::from(30)),
            ("categories", Value::from(vec![text(at + 3)])),
        ])
    };
    let person = |address: &str, name: Value, more: Vec<(&str, Value)>| {
        let mut pairs = vec![
            ("address", Value::from(address)),
            ("name", name),
            ("zone", Value::from("Europe/Berlin")),
        ];
        pairs.extend(more);
        table(pairs)
    };
    let calendars: Vec<Value> = (0..4)
        .map(|at| table(vec![("name", text(HOW_MANY + at))]))
        .collect();
    let events: Vec<Value> = (0..HOW_MANY).map(event).collect();
    let invitation = |at: usize| {
        let mut invitation = event(at);
        let people = Value::from(vec![Value::from("ana@contoso.com")]);
        invitation
            .as_table_mut()
            .unwrap()
            .insert("attendees".into(), people);
        invitation
    };
    let invitations: Vec<Value> = (0..24).map(invitation).collect();
    let fault = table(vec![
        ("kind", Value::from("status")),
        ("status", Value::from(400)),
        ("code", text(HOW_MANY + 20)),
        ("message", text(HOW_MANY + 21)),
    ]);
    let rule = table(vec![
        ("method", Value::from("POST")),
        ("path", Value::from("/accept")),
        ("fault", fault),
    ]);
    let world = table(vec![
        ("title", Value::from("Everything is hostile")),
        (
            "people",
            Value::from(vec![
                person(
                    "ana@contoso.com",
                    text(HOW_MANY + 5),
                    vec![
                        ("calendars", Value::from(calendars)),
                        ("events", Value::from(events)),
                    ],
                ),
                person(
                    "ben@contoso.com",
                    text(HOW_MANY + 6),
                    vec![("events", Value::from(invitations))],
                ),
            ]),
        ),
        ("faults", Value::from(vec![rule])),
    ]);
    toml::to_string(&world).unwrap()
}

#[test]
fn a_thousand_attacks_on_every_screen() {
    let (_simulator, person) = world(&scenario(), "undo_seconds = 0\n");
    let mut window = Window::open(&person, (160, 50), &[], &[]);
    window.until_text("live");
    window.settle();
    // Week and days, sidebar, inspector, lists, search, help, month, agenda, answers.
    for keys in [
        "\\", "\\", "1", "3", "9", "w", "f", "\u{1b}", "\t", "\t", "\r", "j", "j", "\r", "r", "a",
        "g", "w", "\u{1b}", "?", "\u{1b}", ":", "lu", "\u{1b}", "/", "Lunch", "\r", "\u{1b}", "m",
        "]", "[", "a",
    ] {
        window.press(keys);
        window.settle();
    }
    // The agenda and every single day pass everything by, with the inspector opened and closed.
    for _ in 0..12 {
        window.press("\t\t\r");
        window.settle();
        window.press("\r");
        window.settle();
    }
    window.press("1");
    for _ in 0..DAYS {
        window.press("l\t");
        window.settle();
    }
    window.resize(60, 20);
    window.settle();
    for _ in 0..4 {
        window.press("\u{1b}");
        window.settle();
    }
    window.press("q");
    assert_eq!(window.end(), 0);
    window.is_restored();
    window.is_clean();
    // And the guard had nothing to do: what the screen drew was harmless already.
    let logs = std::fs::read_dir(person.home().join("state/logs")).unwrap();
    for log in logs.flatten() {
        let lines = std::fs::read_to_string(log.path()).unwrap();
        assert!(!lines.contains("the guard stopped"), "{lines}");
    }
    // The command line prints the same texts.
    for verb in [
        &["agenda", "--days", "14"][..],
        &["agenda", "--days", "14", "--json"],
        &["next"],
        &["doctor"],
    ] {
        let said = person.call(verb);
        let is_bad = |letter: char| letter != '\n' && (letter.is_control() || is_hostile(letter));
        let bad = said
            .out
            .chars()
            .chain(said.err.chars())
            .find(|letter| is_bad(*letter));
        assert_eq!(bad, None, "{verb:?}");
    }
}
