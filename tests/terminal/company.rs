//! A terminal is open, and others work on the same home; or it dies in the middle.

use super::window::{WORLD, Window, control, select, world};
use super::world::{Person, Simulator};

#[test]
fn commands_work_beside_an_open_terminal() {
    let (_simulator, person) = world(WORLD, "");
    let mut window = Window::open(&person, (120, 40), &[], &[]);
    window.until_text("live");
    let day = person.agenda(&["--days", "1"]);
    let id = day
        .iter()
        .find(|event| event["subject"] == "Launch plan")
        .unwrap()["id"]
        .as_str()
        .unwrap()
        .to_owned();
    person.call(&["respond", &id, "tentative"]).expect(0);
    person.call(&["sync", "--json"]).expect(0);
    let after = person.agenda(&["--days", "1"]);
    assert_eq!(
        after
            .iter()
            .find(|event| event["id"] == id.as_str())
            .unwrap()["response"],
        "tentative"
    );
    // Beyond the horizon the open terminal is asked.
    person
        .call(&["agenda", "--json", "--from", "2031-01-01", "--days", "1"])
        .expect(0);
    let doctor = person.call(&["doctor"]).expect(0);
    assert!(doctor.out.contains("runs and answers"), "{doctor:?}");
    // And a second terminal looks at the same.
    let mut second = Window::open(&person, (80, 24), &[], &[]);
    second.until_text("Launch");
    select(&mut window, "Launch plan");
    window.until_text("tentative");
    window.press("q");
    assert_eq!(window.end(), 0);
    // The owner is gone: the other one takes over and goes on.
    person.call(&["sync"]).expect(0);
    second.press("q");
    assert_eq!(second.end(), 0);
    second.is_restored();
    second.is_clean();
}

/// A command waits for what a busy owner knows, and does not take its silence for an empty list.
#[test]
fn an_owner_that_is_slow_to_answer_is_waited_for() {
    let (_simulator, person) = world(WORLD, "");
    let listed = person.call(&["calendars", "--json"]).expect(0);
    let listed: serde_json::Value = serde_json::from_str(&listed.out).unwrap();
    let name = listed[0]["name"].as_str().unwrap();
    let mut window = Window::open(&person, (80, 24), &[], &[]);
    window.until_text("live");
    window.signal("-STOP");
    let edit = ["calendars", "edit", "Nowhere", "--name", "x"];
    let said = std::thread::scope(|scope| {
        let asked = scope.spawn(|| person.call(&edit));
        // Longer than a command waits to be greeted.
        std::thread::park_timeout(std::time::Duration::from_secs(4));
        window.signal("-CONT");
        asked.join().unwrap()
    });
    said.expect(2).says(&[&format!("there are {name}")]);
    window.press("q");
    assert_eq!(window.end(), 0);
}

/// Killed inside the undo delay: the answer was acknowledged on screen, so it is sent later.
#[test]
fn a_kill_inside_the_undo_delay_loses_no_answer() {
    let (simulator, person) = world(WORLD, "undo_seconds = 60\n");
    let mut window = Window::open(&person, (120, 40), &[], &[]);
    window.until_text("live");
    select(&mut window, "Launch plan");
    window.press("r");
    window.settle();
    window.press("a");
    window.until_text("accepted");
    let waits = || {
        person
            .call(&["doctor"])
            .out
            .contains("1 answers wait to be sent")
    };
    super::window::until("the acknowledgement", waits);
    window.signal("-KILL");
    window.end();
    assert!(waits(), "it is in the outbox of the dead");
    let mut again = Window::open(&person, (120, 40), &[], &[]);
    again.until_text("Launch plan");
    again.until_text("live");
    again.press("q");
    assert_eq!(again.end(), 0);
    send_rest(&person);
    is_accepted_there(&simulator);
}

/// Quitting sends what waits, and is patient for five seconds: what a busy machine cannot send in
/// these is still there.
pub fn send_rest(person: &Person) {
    let doctor = person.call(&["doctor"]).out;
    if doctor.contains("wait to be sent") {
        person.call(&["sync"]).expect(0);
    }
}

/// The server's own word: somebody who has never been here before looks.
pub fn is_accepted_there(simulator: &Simulator) {
    let other = Person::synced("UTC", simulator);
    let day = other.agenda(&["--days", "1"]);
    let answered = day
        .iter()
        .find(|event| event["subject"] == "Launch plan")
        .unwrap();
    assert_eq!(answered["response"], "accepted");
}

/// Signs in at another prompt than the one it runs at: the one that runs goes on with it.
#[test]
fn an_open_terminal_takes_over_new_rights() {
    let (simulator, person) = world(WORLD, "");
    let mut window = Window::open(&person, (120, 40), &[], &[]);
    window.until_text("live");
    let follow = || person.call(&["calendars", "follow", "ben@contoso.com"]);
    follow().expect(1).says(&["kalends login --with shared"]);
    let with = ["--with", "shared"];
    let said = person
        .login_with(&simulator, &simulator.tenant, &with)
        .expect(0);
    assert!(!said.out.contains("note: a running"), "{said:?}");
    // The server is asked now, and Ben shares nothing.
    follow()
        .expect(1)
        .says(&["ben@contoso.com does not share a calendar with you"]);
    window.press("q");
    assert_eq!(window.end(), 0);
}

#[test]
fn an_open_terminal_whose_sign_in_ended_goes_on_after_the_next_one() {
    let (simulator, person) = world(WORLD, "");
    let file = person.home().join("data/tokens.json");
    let text = std::fs::read_to_string(&file).unwrap();
    let mut tokens: serde_json::Value = serde_json::from_str(&text).unwrap();
    for account in tokens["accounts"].as_array_mut().unwrap() {
        account["expires_at_ms"] = 0.into();
        account["refresh"] = "a token that nobody issued".into();
    }
    std::fs::write(&file, tokens.to_string()).unwrap();
    let mut window = Window::open(&person, (120, 40), &[], &[]);
    window.until_text("sign in: kalends login");
    person.call(&["sync"]).expect(3).says(&["kalends login"]);
    person.login(&simulator).expect(0);
    window.until_text("live");
    person.call(&["sync"]).expect(0);
    window.press("q");
    assert_eq!(window.end(), 0);
}

/// One that has begun and heard nothing yet does not say that all is well.
#[test]
fn the_doctor_does_not_call_an_unanswered_server_good() {
    let (simulator, person) = world(WORLD, "");
    let slow = serde_json::json!({"fault": {"kind": "slow", "ms": 30_000}});
    control(&simulator, "faults", &slow);
    let mut window = Window::open(&person, (120, 40), &[], &[]);
    window.until_text("Breakfast");
    let said = person.call(&["doctor"]).expect(0);
    assert!(said.out.contains("runs and answers"), "{said:?}");
    assert!(said.out.contains("has had no answer yet"), "{said:?}");
    assert!(!said.out.contains("reaches it"), "{said:?}");
    window.press("q");
    assert_eq!(window.end(), 0);
}
