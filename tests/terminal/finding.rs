//! Finding a time in the real program against the real simulator: a meeting of mine makes room for
//! another one, and what a personal account cannot be told is said while everything else works.

use super::window::{Window, control, until};
use super::world::{Person, Simulator};
use serde_json::{Value, json};

const OFFICE: &str = r#"
title = "A Wednesday that is taken"
now = "2026-11-23T08:00:00Z"
[[people]]
address = "ana@contoso.com"
name = "Ana Vidal"
zone = "Europe/Berlin"
events = [{ subject = "Writing", start = "wed 10:00", minutes = 60 }]
[[people]]
address = "ben@contoso.com"
name = "Ben Okafor"
zone = "Europe/Berlin"
events = [{ subject = "Customer", start = "wed 11:00", minutes = 120 }]
"#;

const HOME: &str = r#"
title = "Somebody at home"
now = "2026-11-23T08:00:00Z"
[[people]]
address = "ana@contoso.com"
name = "Ana Vidal"
zone = "Europe/Berlin"
personal = true
events = [{ subject = "Dinner", start = "wed 10:00", minutes = 60, attendees = ["ben@contoso.com"] }]
[[people]]
address = "ben@contoso.com"
name = "Ben Okafor"
zone = "Europe/Berlin"
events = [{ subject = "Concert", start = "thu 15:00", minutes = 90, attendees = ["ana@contoso.com"] }]
"#;

fn starts(person: &Person, subject: &str) -> Vec<String> {
    let agenda = person.agenda(&["--from", "2026-11-23", "--days", "7"]);
    let text = |event: &Value, key: &str| event[key].as_str().unwrap_or_default().to_owned();
    let named = agenda
        .iter()
        .filter(|event| text(event, "subject") == subject);
    named
        .map(|event| text(event, "start").chars().take(16).collect())
        .collect()
}

/// Signed in there, to read the calendars of others too where that can be had.
fn somebody(scenario: &str, tenant: impl Fn(&Simulator) -> String) -> (Simulator, Person) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("world.toml");
    std::fs::write(&file, scenario).unwrap();
    let simulator = Simulator::start(&["--scenario", file.to_str().unwrap()]);
    let person = Person::new("Europe/Berlin");
    let tenant = tenant(&simulator);
    let more: &[&str] = match tenant.as_str() {
        "consumers" => &[],
        _ => &["--with", "shared"],
    };
    person.login_with(&simulator, &tenant, more).expect(0);
    person.call(&["sync"]).expect(0);
    std::fs::create_dir_all(person.home().join("config")).unwrap();
    let settings = "undo_seconds = 0\n";
    std::fs::write(person.home().join("config/config.toml"), settings).unwrap();
    (simulator, person)
}

#[test]
fn a_meeting_of_mine_makes_room_for_another() {
    let (simulator, person) = somebody(OFFICE, |simulator| simulator.tenant.clone());
    let mut window = Window::open(&person, (140, 40), &[], &[]);
    window.until_text("live");
    window.press("c");
    window.until_text("New event");
    window.press("Retro\x1b[B\x15wed 10:00 for 60m");
    window.press("\x1b[B\x1b[B\x1b[B\x1b[B\x1b[Bben@contoso.com");
    window.settle();
    window.press("\x06");
    window.until_text("everybody is free");
    window.press("M");
    window.until_text("Microsoft’s first: ");
    window.press("r");
    window.until_text("1 meeting moves");
    window.until_text("“Retro”");
    window.press("\r");
    window.until_text("25 Nov 2026 10:00-11:00");
    window.settle();
    // The page is open still, with everything that was typed.
    window.press("\r");
    window.until_text("Retro ·");
    let other = Person::synced("Europe/Berlin", &simulator);
    until("both on the server", || {
        other.call(&["sync"]);
        starts(&other, "Retro") == ["2026-11-25T10:00"]
            && starts(&other, "Writing")
                .iter()
                .all(|start| start != "2026-11-25T10:00")
    });
    assert_eq!(
        starts(&other, "Writing").len(),
        1,
        "it is there once, elsewhere"
    );
    window.is_clean();
}

#[test]
fn a_personal_account_is_told_what_it_cannot_know_and_does_the_rest() {
    let (_simulator, person) = somebody(HOME, |_| "consumers".to_owned());
    is_told_nothing_and_does_the_rest(&person);
}

/// Some answer as if the token were wrong, whichever it is: the sign-in is not to blame, and what
/// needs it goes on.
#[test]
fn a_personal_account_that_is_answered_401_is_told_the_same() {
    let (simulator, person) = somebody(HOME, |_| "consumers".to_owned());
    control(&simulator, "habits", &json!({"unauthorizesPersonal": true}));
    is_told_nothing_and_does_the_rest(&person);
    // A token that is really refused later is renewed as ever.
    let mut window = Window::open(&person, (140, 40), &[], &[]);
    window.until_text("live");
    window.press("\t");
    window.until_text("Dinner ·");
    window.press("S");
    window.until_text("never told");
    let fault = json!({"times": 1, "fault": {"kind": "status", "status": 401}});
    control(&simulator, "faults", &fault);
    person.call(&["sync"]).expect(0);
    window.is_clean();
}

fn is_told_nothing_and_does_the_rest(person: &Person) {
    let mut window = Window::open(person, (140, 40), &[], &[]);
    window.until_text("live");
    window.press("\t");
    window.until_text("Dinner ·");
    window.press("S");
    window.until_text("personal");
    window.until_text("never told");
    window.until_text("Ben unknown");
    window.press("M");
    window.until_text("work account");
    // The best of what is known can be taken all the same.
    window.press("\r");
    until("the move", || {
        person.call(&["sync"]);
        let starts = starts(person, "Dinner");
        starts.len() == 1 && starts != ["2026-11-25T10:00"]
    });
    window.press("i");
    window.until_text("Triage");
    window.settle();
    window.press("a");
    until("the answer", || {
        person.call(&["sync"]);
        let said = person.call(&["triage", "--json"]);
        said.out.trim() == "[]"
    });
    window.press("q");
    window.settle();
    window.press("gh");
    window.until_text("Hold for yourself");
    window.press("\x1b");
    assert!(
        person
            .call(&["free", "--days", "5"])
            .expect(0)
            .out
            .contains("26 Nov")
    );
    person.call(&["stats"]).expect(0);
    window.is_clean();
}
