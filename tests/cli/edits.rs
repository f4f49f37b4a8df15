//! `add`, `edit` and `delete` against the real simulator, over a line that loses answers.

use super::world::{Person, Simulator};
use serde_json::{Value, json};

/// One talk with the simulator's control side.
pub fn control(simulator: &Simulator, method: reqwest::Method, path: &str, body: &Value) -> Value {
    let url = format!(
        "{}/simulator/{path}",
        simulator.graph.trim_end_matches("/v1.0")
    );
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let answer = client.request(method, url).json(body).send().await.unwrap();
        assert!(answer.status().is_success(), "{answer:?}");
        answer.json().await.unwrap()
    })
}

pub fn mails(simulator: &Simulator) -> Vec<Value> {
    let all = control(simulator, reqwest::Method::GET, "mails", &json!({}));
    all["value"].as_array().unwrap().clone()
}

/// The next request of this method takes effect, and its answer is lost.
pub fn lose_answers(simulator: &Simulator, method: &str) {
    let rule = json!({
        "method": method,
        "path": "events",
        "nth": 1,
        "fault": {"kind": "status", "status": 503, "isAfter": true},
    });
    control(simulator, reqwest::Method::POST, "faults", &rule);
}

pub fn called<'a>(events: &'a [Value], subject: &str) -> Vec<&'a Value> {
    let mut found: Vec<_> = events
        .iter()
        .filter(|event| event["subject"] == subject)
        .collect();
    found.sort_by_key(|event| event["start"].as_str().map(str::to_owned));
    found
}

#[test]
fn an_event_is_added_moved_and_deleted_in_words() {
    let simulator = Simulator::start(&["--events", "50", "--seed", "3"]);
    let person = Person::synced("Europe/Berlin", &simulator);
    let week = ["--from", "2026-11-23", "--days", "14"];
    let said = person
        .call(&[
            "add",
            "--json",
            "Tea with Zoë",
            "wed",
            "16:00",
            "for 45m",
            "@ Kitchen",
        ])
        .expect(0);
    let added: Value = serde_json::from_str(&said.out).unwrap();
    assert_eq!(added["start"], "2026-11-25T16:00:00+01:00");
    let agenda = person.agenda(&week);
    let tea = called(&agenda, "Tea with Zoë");
    assert_eq!(tea.len(), 1);
    assert_eq!(
        (&tea[0]["start"], &tea[0]["location"]),
        (&added["start"], &json!("Kitchen"))
    );
    let id = tea[0]["id"].as_str().unwrap();
    let said = person
        .call(&["edit", id, "--when", "thu 9:30", "--subject", "Coffee"])
        .expect(0);
    assert!(
        said.out.contains("”, now Thu 26 Nov 09:30–10:15"),
        "{said:?}"
    );
    let agenda = person.agenda(&week);
    assert!(called(&agenda, "Tea with Zoë").is_empty());
    let coffee = called(&agenda, "Coffee");
    let said = person
        .call(&[
            "edit",
            id,
            "--show-as",
            "free",
            "--category",
            "Tea",
            "--importance",
            "high",
            "--json",
        ])
        .expect(0);
    let done: Value = serde_json::from_str(&said.out).unwrap();
    assert_eq!(done["done"], "changed");
    let now = person.agenda(&week);
    assert_eq!(called(&now, "Coffee")[0]["show_as"], "free");
    person
        .call(&["edit", id, "--show-as", "asleep"])
        .expect(2)
        .says(&["say one of"]);
    // The length stays, and so does the id.
    assert_eq!(coffee[0]["start"], "2026-11-26T09:30:00+01:00");
    assert_eq!(coffee[0]["end"], "2026-11-26T10:15:00+01:00");
    assert_eq!(coffee[0]["id"], id);
    person.call(&["delete", id]).expect(0);
    assert!(called(&person.agenda(&week), "Coffee").is_empty());
    person.call(&["sync"]).expect(0);
    assert!(called(&person.agenda(&week), "Coffee").is_empty());
    assert_eq!(mails(&simulator), Vec::<Value>::new(), "nobody was told");
}

#[test]
fn a_series_is_added_and_expanded_by_the_server() {
    let simulator = Simulator::start(&["--events", "20", "--seed", "3"]);
    let person = Person::synced("America/New_York", &simulator);
    person
        .call(&["add", "Gym every mon and thu 7:00 for 1h until 17 dec"])
        .expect(0);
    person.call(&["sync"]).expect(0);
    let agenda = person.agenda(&["--from", "2026-11-23", "--days", "40"]);
    let gym = called(&agenda, "Gym");
    let starts: Vec<&str> = gym
        .iter()
        .filter_map(|event| event["start"].as_str())
        .collect();
    assert_eq!(starts.len(), 8, "{starts:?}");
    assert_eq!(starts[0], "2026-11-23T07:00:00-05:00");
    assert_eq!(starts[7], "2026-12-17T07:00:00-05:00");
}

#[test]
fn a_lost_answer_makes_no_second_event_and_loses_no_edit() {
    let simulator = Simulator::start(&["--events", "20", "--seed", "3"]);
    let person = Person::synced("UTC", &simulator);
    let week = ["--from", "2026-11-23", "--days", "7"];
    lose_answers(&simulator, "POST");
    person.call(&["add", "Once tomorrow 9:00"]).expect(0);
    person.call(&["sync"]).expect(0);
    let agenda = person.agenda(&week);
    let once = called(&agenda, "Once");
    assert_eq!(once.len(), 1, "{once:?}");
    let id = once[0]["id"].as_str().unwrap();
    lose_answers(&simulator, "PATCH");
    person.call(&["edit", id, "--place", "Here"]).expect(0);
    assert_eq!(called(&person.agenda(&week), "Once")[0]["location"], "Here");
    lose_answers(&simulator, "DELETE");
    person.call(&["delete", id]).expect(0);
    person.call(&["sync"]).expect(0);
    assert!(called(&person.agenda(&week), "Once").is_empty());
}

#[test]
fn without_a_network_an_event_waits_and_is_shown() {
    let mut simulator = Simulator::start(&["--events", "20", "--seed", "3"]);
    let person = Person::synced("UTC", &simulator);
    simulator.stop();
    person
        .call(&["add", "Later tomorrow 9:00"])
        .expect(4)
        .says(&["queued"]);
    let agenda = person.agenda(&["--from", "2026-11-23", "--days", "7"]);
    assert_eq!(called(&agenda, "Later").len(), 1, "shown while it waits");
}

#[test]
fn a_meeting_of_mine_is_not_touched_without_leave_to_tell() {
    let simulator = Simulator::start(&["--events", "300", "--seed", "11"]);
    let person = Person::synced("Europe/Berlin", &simulator);
    let agenda = person.agenda(&["--from", "2026-11-24", "--days", "120"]);
    let mut mine = agenda
        .iter()
        .filter(|event| event["response"] == "organizer" && event["series"] == "single");
    let told = mine.find_map(|event| {
        let id = event["id"].as_str()?;
        let said = person.call(&["edit", id, "--place", "Moved"]);
        (said.code == 2 && said.err.contains("--tell")).then_some(id)
    });
    let id = told.expect("a meeting of mine with people");
    let before = mails(&simulator).len();
    person.call(&["delete", id]).expect(2).says(&["--tell"]);
    assert_eq!(mails(&simulator).len(), before);
    person
        .call(&["delete", id, "--message", "moved to spring"])
        .expect(0);
    let after = mails(&simulator);
    let cancelled: Vec<_> = after
        .iter()
        .filter(|mail| mail["kind"] == "cancellation")
        .collect();
    assert!(!cancelled.is_empty());
    assert!(
        cancelled
            .iter()
            .all(|mail| mail["comment"] == "moved to spring")
    );
}

#[test]
fn what_cannot_be_meant_is_said() {
    let simulator = Simulator::start(&["--events", "20", "--seed", "3"]);
    let person = Person::synced("UTC", &simulator);
    person.call(&["add", "Lunch"]).expect(2).says(&["say when"]);
    person
        .call(&["add", "Lunch 12:00", "--calendar", "nowhere"])
        .expect(2)
        .says(&["there are"]);
    person
        .call(&["edit", "nothing-like-this", "--place", "x"])
        .expect(1)
        .says(&["no event's id begins with"]);
}

/// Somebody else renames it in the browser, unseen here.
fn rename(simulator: &Simulator, from: &str, to: &str) {
    let action = json!({"do": "rename", "by": "ana@contoso.com", "subject": from, "to": to});
    control(simulator, reqwest::Method::POST, "actions", &action);
}

#[test]
fn what_both_sides_changed_is_asked_and_the_rest_is_merged() {
    let simulator = Simulator::start(&["--events", "20", "--seed", "3"]);
    let person = Person::synced("UTC", &simulator);
    let week = ["--from", "2026-11-23", "--days", "7"];
    person.call(&["add", "Plan tomorrow 9:00"]).expect(0);
    let agenda = person.agenda(&week);
    let id = called(&agenda, "Plan")[0]["id"]
        .as_str()
        .unwrap()
        .to_owned();

    // Another field: both changes stand, and nobody is asked.
    rename(&simulator, "Plan", "Plan B");
    person.call(&["edit", &id, "--place", "Here"]).expect(0);
    let agenda = person.agenda(&week);
    assert_eq!(called(&agenda, "Plan B")[0]["location"], "Here");

    // The same field: asked, with nothing lost.
    rename(&simulator, "Plan B", "Plan C");
    person
        .call(&["edit", &id, "--subject", "My plan", "--place", "There"])
        .expect(1)
        .says(&["somebody else changed the subject"]);
    let listed: Value =
        serde_json::from_str(&person.call(&["conflicts", "--json"]).expect(0).out).unwrap();
    let fields =
        json!([{"field": "subject", "base": "Plan B", "mine": "My plan", "theirs": "Plan C"}]);
    assert_eq!(listed[0]["fields"], fields);
    let number = listed[0]["id"].to_string();
    person
        .call(&["resolve", &number, "--field", "colour=mine"])
        .expect(2)
        .says(&["fields are"]);
    person
        .call(&["resolve", &number, "--field", "subject=theirs"])
        .expect(0);
    person.call(&["sync"]).expect(0);
    let agenda = person.agenda(&week);
    // Theirs for the subject; mine for the place, which nobody else touched.
    assert_eq!(called(&agenda, "Plan C")[0]["location"], "There");
    let said = person.call(&["conflicts"]).expect(0);
    assert_eq!(said.out, "nothing needs you\n");

    rename(&simulator, "Plan C", "Plan D");
    person
        .call(&["edit", &id, "--subject", "My plan"])
        .expect(1);
    let listed: Value =
        serde_json::from_str(&person.call(&["conflicts", "--json"]).expect(0).out).unwrap();
    let number = listed[0]["id"].to_string();
    person.call(&["resolve", &number, "--mine"]).expect(0);
    assert_eq!(called(&person.agenda(&week), "My plan").len(), 1);
    person
        .call(&["resolve", &number, "--theirs"])
        .expect(2)
        .says(&["nothing of the number"]);
}
