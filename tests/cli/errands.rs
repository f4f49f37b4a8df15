//! Forwarding, files and calendars, against the real simulator.

use super::edits::{called, control, lose_answers, mails};
use super::world::{Person, Simulator};
use reqwest::Method;
use serde_json::{Value, json};

#[test]
fn a_meeting_is_forwarded_once_and_never_again_by_itself() {
    let simulator = Simulator::start(&["--events", "300", "--seed", "11"]);
    let person = Person::synced("Europe/Berlin", &simulator);
    let agenda = person.agenda(&["--from", "2026-11-24", "--days", "60"]);
    let mut invited = agenda
        .iter()
        .filter(|event| event["response"] == "notResponded" || event["response"] == "accepted");
    let id = invited.next().unwrap()["id"].as_str().unwrap();
    let forwarded = || {
        let all = mails(&simulator);
        all.into_iter()
            .filter(|mail| {
                mail["kind"]
                    .as_str()
                    .is_some_and(|kind| kind.contains("forward"))
            })
            .count()
    };
    person
        .call(&["forward", id, "--to", "ben"])
        .expect(2)
        .says(&["who is"]);
    assert_eq!(forwarded(), 0);
    person
        .call(&[
            "forward",
            id,
            "--to",
            "ben@contoso.com",
            "--message",
            "for you",
        ])
        .expect(0);
    let once = forwarded();
    assert!(once > 0, "{:?}", mails(&simulator));
    // Its answer is lost: nobody knows, so a person is asked, and nothing is sent twice.
    lose_answers(&simulator, "POST");
    person
        .call(&["forward", id, "--to", "zoe@contoso.com"])
        .expect(1)
        .says(&["may have been forwarded already"]);
    let twice = forwarded();
    assert!(twice > once);
    person.call(&["sync"]).expect(0);
    assert_eq!(forwarded(), twice);
}

#[test]
fn files_are_listed_attached_and_saved() {
    let simulator = Simulator::start(&["--events", "20", "--seed", "3"]);
    let person = Person::synced("UTC", &simulator);
    person.call(&["add", "With a file tomorrow 9:00"]).expect(0);
    let agenda = person.agenda(&["--days", "7"]);
    let id = called(&agenda, "With a file")[0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let said = person.call(&["attachments", &id]).expect(0);
    assert_eq!(said.out, "no attachments\n");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("offer.bin");
    let content: Vec<u8> = (0..=255).cycle().take(40_000).collect();
    std::fs::write(&file, &content).unwrap();
    let path = file.to_str().unwrap();
    let said = person
        .call(&["attachments", &id, "--attach", path, "--json"])
        .expect(0);
    let listed: Value = serde_json::from_str(&said.out).unwrap();
    assert_eq!(listed[0]["name"], "offer.bin");
    let target = tempfile::tempdir().unwrap();
    let save = [
        "attachments",
        &id,
        "--save",
        target.path().to_str().unwrap(),
    ];
    let said = person.call(&save).expect(0);
    assert!(said.err.contains("saved"), "{said:?}");
    assert_eq!(
        std::fs::read(target.path().join("offer.bin")).unwrap(),
        content
    );
    // What is there is not written over.
    person.call(&save).expect(0);
    assert_eq!(
        std::fs::read(target.path().join("offer (2).bin")).unwrap(),
        content
    );
    let large = folder.path().join("large");
    std::fs::write(&large, vec![0; 3 * 1024 * 1024]).unwrap();
    person
        .call(&["attachments", &id, "--attach", large.to_str().unwrap()])
        .expect(2)
        .says(&["under 3 MB"]);
}

#[test]
fn calendars_are_made_changed_and_removed() {
    let simulator = Simulator::start(&["--events", "20", "--seed", "3"]);
    let person = Person::synced("UTC", &simulator);
    let listed = || -> Vec<Value> {
        let said = person.call(&["calendars", "--json"]).expect(0);
        serde_json::from_str(&said.out).unwrap()
    };
    let named = |name: &str| {
        listed()
            .into_iter()
            .find(|calendar| calendar["name"] == name)
    };
    person
        .call(&["calendars", "add", "Garden", "--color", "lightGreen"])
        .expect(0);
    assert_eq!(named("Garden").unwrap()["color"], "lightGreen");
    person
        .call(&["add", "Weeding tomorrow 9:00", "--calendar", "Garden"])
        .expect(0);
    person
        .call(&["calendars", "edit", "Garden", "--name", "Allotment"])
        .expect(0);
    assert!(named("Garden").is_none());
    assert_eq!(named("Allotment").unwrap()["color"], "lightGreen");
    person
        .call(&["calendars", "add", "x", "--color", "pitch"])
        .expect(2)
        .says(&["colours are"]);
    person
        .call(&["calendars", "remove", "Allotment"])
        .expect(2)
        .says(&["--yes"]);
    person
        .call(&["calendars", "remove", "Allotment", "--yes"])
        .expect(0);
    assert!(named("Allotment").is_none());
    assert!(called(&person.agenda(&["--days", "7"]), "Weeding").is_empty());
    let default = listed()
        .into_iter()
        .find(|calendar| calendar["default"] == true)
        .unwrap();
    person
        .call(&[
            "calendars",
            "remove",
            default["name"].as_str().unwrap(),
            "--yes",
        ])
        .expect(1);
}

/// To end with an error would make a script do it twice.
#[test]
fn what_is_done_is_done_though_it_cannot_be_read_back() {
    let simulator = Simulator::start(&["--events", "20", "--seed", "3"]);
    let person = Person::synced("UTC", &simulator);
    person.call(&["calendars", "add", "Garden"]).expect(0);
    // Not a 401: that would end the sign-in, before the change or after it.
    let fault = json!({"path": "calendarView", "fault": {"kind": "status", "status": 403}});
    control(&simulator, Method::POST, "faults", &fault);
    let said = person
        .call(&["calendars", "edit", "Garden", "--name", "Orchard"])
        .expect(0);
    assert_eq!(said.out, "done\n");
    said.says(&["could not be fetched"]);
    control(&simulator, Method::POST, "faults", &json!({"clear": true}));
    let said = person
        .call(&["calendars", "edit", "Orchard", "--name", "Allotment"])
        .expect(0);
    assert_eq!((said.out.as_str(), said.err.as_str()), ("done\n", ""));
}

/// Their right is asked for only when it is wanted.
#[test]
fn categories_are_made_coloured_and_removed_with_the_right_to() {
    let simulator = Simulator::start(&["--events", "20", "--seed", "3"]);
    let person = Person::synced("UTC", &simulator);
    person
        .call(&["categories", "add", "Garden"])
        .expect(1)
        .says(&["kalends login --with categories"]);
    person
        .login_with(
            &simulator,
            &simulator.tenant,
            &["--with", "people,categories"],
        )
        .expect(0);
    let color = |name: &str| -> Option<String> {
        let said = person.call(&["categories", "--json"]).expect(0);
        let all: Vec<Value> = serde_json::from_str(&said.out).unwrap();
        let found = all.into_iter().find(|one| one["name"] == name)?;
        Some(found["color"].as_str().unwrap().to_owned())
    };
    assert_eq!(color("Garden"), None);
    let add = ["categories", "add", "Garden", "--color", "darkgreen"];
    person.call(&add).expect(0);
    assert_eq!(color("Garden").unwrap(), "darkGreen");
    // Who signs in again has it again.
    person.call(&["login", "--device-code"]).expect(0);
    person.call(&add).expect(1);
    person
        .call(&["categories", "color", "garden", "none"])
        .expect(0);
    assert_eq!(color("Garden").unwrap(), "none");
    person
        .call(&["categories", "color", "Garden", "pitch"])
        .expect(2)
        .says(&["colours are"]);
    person
        .call(&["categories", "color", "Attic", "red"])
        .expect(2)
        .says(&["there are", "Garden"]);
    person.call(&["categories", "remove", "Garden"]).expect(0);
    assert_eq!(color("Garden"), None);
}
