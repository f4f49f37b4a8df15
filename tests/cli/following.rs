//! Somebody's calendar by their address: asked for, shown, written to, lost and found again.

use super::edits::{called, control, mails};
use super::world::{Person, Said, Simulator};
use reqwest::Method;
use serde_json::{Value, json};

const DORA: &str = "dora@contoso.com";

fn office() -> (Simulator, Person) {
    let name = "an_assistant_looks_after_a_directors_calendar";
    let path = format!("{}/tests/scenarios/{name}.toml", env!("CARGO_MANIFEST_DIR"));
    let simulator = Simulator::start(&["--scenario", &path]);
    let person = Person::synced("Europe/Berlin", &simulator);
    (simulator, person)
}

fn follower() -> (Simulator, Person) {
    let (simulator, person) = office();
    share(&simulator, "write");
    person
        .login_with(&simulator, &simulator.tenant, &["--with", "shared"])
        .expect(0);
    follow(&person).expect(0);
    (simulator, person)
}

fn share(simulator: &Simulator, role: &str) {
    does(
        simulator,
        json!({"do": "share", "by": DORA, "with": "ana@contoso.com", "role": role}),
    );
}

/// Fails when it cannot be done: an event that is renamed is there.
fn does(simulator: &Simulator, action: Value) {
    control(simulator, Method::POST, "actions", &action);
}

fn follow(person: &Person) -> Said {
    person.call(&["calendars", "follow", DORA])
}

fn calendars(person: &Person) -> Vec<Value> {
    let said = person.call(&["calendars", "--json"]).expect(0);
    serde_json::from_str(&said.out).unwrap()
}

fn hers(person: &Person) -> Vec<Value> {
    let agenda = person.agenda(&["--days", "7"]);
    let hers = agenda
        .into_iter()
        .filter(|event| event["calendar"] == "Dora Lind");
    hers.collect()
}

fn id_of(person: &Person, subject: &str) -> String {
    let agenda = hers(person);
    let found = called(&agenda, subject);
    assert_eq!(found.len(), 1, "{subject}: {agenda:#?}");
    found[0]["id"].as_str().unwrap().to_owned()
}

#[test]
fn a_calendar_is_followed_when_the_right_and_the_sharing_are_there() {
    let (simulator, person) = office();
    follow(&person)
        .expect(1)
        .says(&["kalends login --with shared"]);
    let with = ["--with", "people,shared"];
    let said = person
        .login_with(&simulator, &simulator.tenant, &with)
        .expect(0);
    assert!(said.out.contains("Calendars.ReadWrite.Shared"), "{said:?}");
    follow(&person)
        .expect(1)
        .says(&["does not share a calendar with you"]);
    for (whom, words) in [
        ("ana@contoso.com", "your own address"),
        (
            "nobody@contoso.com",
            "there is no mailbox nobody@contoso.com",
        ),
        ("dora", "is not an address"),
    ] {
        person
            .call(&["calendars", "follow", whom])
            .expect(1)
            .says(&[words]);
    }
    assert_eq!(calendars(&person).len(), 1);
    share(&simulator, "read");
    follow(&person).expect(0);
    follow(&person).expect(1).says(&["is followed already"]);
    let listed = calendars(&person);
    assert_eq!(listed[1]["name"], "Dora Lind");
    assert_eq!(listed[1]["followed"], DORA);
    assert_eq!(
        (&listed[1]["default"], &listed[1]["writable"]),
        (&json!(false), &json!(false))
    );
    let agenda = hers(&person);
    assert_eq!(called(&agenda, "Board meeting").len(), 1, "{agenda:#?}");
    assert_eq!(
        called(&agenda, "Private Appointment").len(),
        1,
        "{agenda:#?}"
    );
    // Nothing of hers waits for me or comes next for me, though Kickoff waits for her answer.
    let next = ["next", "--format", "{subject} {invitations} {overlaps}"];
    assert_eq!(person.call(&next).expect(0).out, "Own work 0 0\n");
    person
        .call(&["respond", "next", "accept"])
        .expect(1)
        .says(&["no invitation"]);
    // Who signs in again keeps the right.
    let said = person.call(&["login", "--device-code"]).expect(0);
    assert!(said.out.contains("Calendars.ReadWrite.Shared"), "{said:?}");
    let renamed =
        json!({"do": "rename", "by": DORA, "subject": "Board meeting", "to": "Board and lunch"});
    does(&simulator, renamed);
    person.call(&["sync"]).expect(0);
    let id = id_of(&person, "Board and lunch");
    person
        .call(&["edit", &id, "--subject", "x", "--tell"])
        .expect(1)
        .says(&["shared with you for reading only"]);
    person
        .call(&["calendars", "remove", "Dora Lind", "--yes"])
        .expect(2)
        .says(&["kalends calendars unfollow dora@contoso.com"]);
    person.call(&["calendars", "unfollow", DORA]).expect(0);
    assert_eq!(calendars(&person).len(), 1);
    assert!(hers(&person).is_empty());
    person
        .call(&["calendars", "unfollow", DORA])
        .expect(1)
        .says(&["nobody is followed"]);
}

#[test]
fn a_delegate_writes_and_answers_in_the_owners_name() {
    let (simulator, person) = follower();
    let id = id_of(&person, "Board meeting");
    let edit = ["edit", &id, "--subject", "Board, with Ana"];
    person.call(&edit).expect(2).says(&["--tell"]);
    let told = || -> Vec<String> {
        let of = |mail: &Value| format!("{} {}", mail["from"], mail["kind"]).replace('"', "");
        mails(&simulator).iter().map(of).collect()
    };
    let before = told().len();
    person.call(&[&edit[..], &["--tell"]].concat()).expect(0);
    assert_eq!(told().split_off(before), ["dora@contoso.com update"]);
    let renamed = json!({"do": "rename", "by": DORA, "subject": "Board, with Ana", "to": "Board"});
    does(&simulator, renamed);
    let lunch = ["add", "Lunch tomorrow 12:00", "--calendar", "Dora"];
    person.call(&lunch).expect(0);
    let renamed = json!({"do": "rename", "by": DORA, "subject": "Lunch", "to": "Late lunch"});
    does(&simulator, renamed);
    person.call(&["sync"]).expect(0);
    let id = id_of(&person, "Kickoff");
    // Writing is not acting for somebody.
    person
        .call(&["respond", &id, "accept"])
        .expect(1)
        .says(&["only a delegate of dora@contoso.com"]);
    share(&simulator, "delegateWithPrivateEventAccess");
    person.call(&["conflicts"]).expect(0);
    person.call(&["sync"]).expect(0);
    let agenda = hers(&person);
    assert_eq!(called(&agenda, "Surgeon").len(), 1, "{agenda:#?}");
    let before = told().len();
    let id = id_of(&person, "Kickoff");
    person.call(&["respond", &id, "tentative"]).expect(0);
    assert_eq!(told().split_off(before), ["dora@contoso.com tentative"]);
    let id = id_of(&person, "Board");
    person
        .call(&["respond", &id, "accept"])
        .expect(1)
        .says(&["organizer"]);
    person.call(&["delete", &id, "--tell"]).expect(0);
    assert!(called(&hers(&person), "Board").is_empty());
    assert_eq!(called(&hers(&person), "Late lunch").len(), 1);
}

#[test]
fn what_was_shared_leaves_with_the_right_and_comes_back_with_it() {
    let (simulator, person) = follower();
    assert!(!hers(&person).is_empty());
    // A bad moment of the service is no reason to drop anything.
    let fault = json!({"path": "users/", "fault": {"kind": "status", "status": 503}});
    control(&simulator, Method::POST, "faults", &fault);
    person.call(&["agenda", "--days", "2"]).expect(0);
    let _ = person
        .call(&["calendars", "follow", "cora@contoso.com"])
        .expect(1);
    assert!(!hers(&person).is_empty());
    control(&simulator, Method::POST, "faults", &json!({"clear": true}));
    share(&simulator, "none");
    let said = person.call(&["sync"]).expect(0);
    assert!(
        said.err
            .contains("dora@contoso.com does not share a calendar with you"),
        "{said:?}"
    );
    assert!(hers(&person).is_empty());
    let listed = calendars(&person);
    assert_eq!(
        (&listed[1]["followed"], &listed[1]["missing"]),
        (&json!(DORA), &json!(true))
    );
    let said = person.call(&["calendars"]).expect(0);
    assert!(
        said.out.contains("dora@contoso.com  auto  (not there"),
        "{said:?}"
    );
    // Said once.
    let said = person.call(&["sync"]).expect(0);
    assert_eq!(said.err, "");
    share(&simulator, "read");
    person.call(&["sync"]).expect(0);
    assert_eq!(called(&hers(&person), "Board meeting").len(), 1);
}

/// Delegated calendars may refuse the second page of a delta round.
#[test]
fn where_delta_is_refused_the_plain_view_is_polled() {
    let (simulator, person) = office();
    let habits = json!({"emptyPages": 1, "refusesSharedPages": true});
    control(&simulator, Method::POST, "habits", &habits);
    share(&simulator, "freeBusyRead");
    person
        .login_with(&simulator, &simulator.tenant, &["--with", "shared"])
        .expect(0);
    follow(&person).expect(0);
    person.call(&["sync"]).expect(0);
    let agenda = hers(&person);
    assert_eq!(called(&agenda, "Busy").len(), 2, "{agenda:#?}");
    assert_eq!(called(&agenda, "Board meeting").len(), 0, "{agenda:#?}");
}

/// Somebody whose sign-in name is not their mail address is found by the one and not the other.
#[test]
fn who_signs_in_with_another_name_is_followed_by_it() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let world = r#"
title = "A colleague with two names"
now = "2026-11-23T08:00:00Z"
[[people]]
address = "ana@contoso.com"
name = "Ana Vidal"
[[people]]
address = "dora@contoso.com"
upn = "d.lind@contoso.com"
name = "Dora Lind"
events = [{ subject = "Board meeting", start = "tue 10:00", minutes = 60 }]
"#;
    std::fs::write(file.path(), world).unwrap();
    let simulator = Simulator::start(&["--scenario", file.path().to_str().unwrap()]);
    let person = Person::new("Europe/Berlin");
    person
        .login_with(&simulator, &simulator.tenant, &["--with", "shared"])
        .expect(0);
    person.call(&["sync"]).expect(0);
    share(&simulator, "read");
    follow(&person)
        .expect(1)
        .says(&["no mailbox under this name", "try their sign-in name"]);
    let name = ["calendars", "follow", "d.lind@contoso.com"];
    person.call(&name).expect(0);
    person.call(&["sync"]).expect(0);
    assert_eq!(called(&hers(&person), "Board meeting").len(), 1);
}
