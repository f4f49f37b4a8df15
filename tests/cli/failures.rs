//! Every class of failure gives one clear message that says what to do, and loses nothing.

use super::world::{Person, Simulator};
use std::os::unix::fs::PermissionsExt;

#[test]
fn nobody_is_signed_in() {
    let person = Person::new("UTC");
    for verb in [
        &["agenda"][..],
        &["next"],
        &["sync"],
        &["respond", "x", "accept"],
        &["open"],
    ] {
        person
            .call(verb)
            .expect(3)
            .says(&["nobody is signed in", "kalends login"]);
    }
    person.call(&["doctor"]).expect(0);
    person.call(&["login"]).expect(2).says(&["--client-id"]);
}

#[test]
fn wrong_use_says_what_was_meant() {
    let person = Person::new("UTC");
    person
        .call(&["agenda", "--tz", "Europe/Berln"])
        .expect(2)
        .says(&["Europe/Berlin"]);
    let said = person.call(&["agneda"]).expect(2);
    assert!(said.err.contains("agenda"), "{said:?}");
    person
        .call(&["agenda", "--from", "2026-11-24", "--to", "2026-11-24"])
        .expect(2);
    let mut wrong = person.command(&["agenda"]);
    let output = wrong.env("KALENDS_NOW", "noon").output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let mut wrong = person.command(&["agenda"]);
    let output = wrong.env("TZ", "Mars/Base").output().unwrap();
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn without_a_network_the_agenda_is_there_and_the_answer_waits() {
    let mut simulator = Simulator::start(&["--events", "400", "--seed", "11"]);
    let person = Person::synced("Europe/Berlin", &simulator);
    let before = person.agenda(&["--days", "120"]);
    let waiting = before
        .iter()
        .find(|event| event["response"] == "not_responded")
        .unwrap();
    let id = waiting["id"].as_str().unwrap();
    simulator.stop();
    assert_eq!(person.agenda(&["--days", "120"]), before);
    person.call(&["sync"]).expect(4).says(&["could not"]);
    person
        .call(&["respond", id, "accept"])
        .expect(4)
        .says(&["queued"]);
    let after = person.agenda(&["--days", "120"]);
    let answered = after.iter().find(|event| event["id"] == id).unwrap();
    assert_eq!(
        answered["response"], "accepted",
        "what was typed is shown while it waits"
    );
    let doctor = person.call(&["doctor"]).expect(1);
    assert!(
        doctor.out.contains("1 answers wait to be sent")
            && doctor.out.contains("check the connection"),
        "{doctor:?}"
    );
}

#[test]
fn a_wrong_tenant_and_a_missing_service_are_told_apart() {
    let mut simulator = Simulator::start(&[]);
    let person = Person::new("UTC");
    let said = person
        .login_with(&simulator, "fabrikam.example", &[])
        .expect(3);
    said.says(&["tenant"]);
    simulator.stop();
    person.login(&simulator).expect(4).says(&[
        "could not reach the sign-in service",
        "check the connection",
    ]);
    assert!(!person.home().join("data/tokens.json").exists());
    let foreign = [
        "login",
        "--client-id",
        &simulator.client_id,
        "--graph",
        "http://graph.example.com",
    ];
    person.call(&foreign).expect(2).says(&["unencrypted"]);
}

/// The tokens no longer open the mailbox: everything stored stays readable.
#[test]
fn an_ended_sign_in_asks_for_a_new_one_and_keeps_the_calendar() {
    let simulator = Simulator::start(&["--events", "50"]);
    let person = Person::synced("UTC", &simulator);
    let file = person.home().join("data/tokens.json");
    let mut tokens: serde_json::Value =
        serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
    for account in tokens["accounts"].as_array_mut().unwrap() {
        account["expires_at_ms"] = 0.into();
        account["refresh"] = "a token that nobody issued".into();
    }
    std::fs::write(&file, tokens.to_string()).unwrap();
    person.call(&["agenda", "--days", "30"]).expect(0);
    person.call(&["sync"]).expect(3).says(&["kalends login"]);
    person.call(&["doctor"]).expect(1);
    person.login(&simulator).expect(0);
    person.call(&["sync"]).expect(0);
}

#[test]
fn tokens_open_to_others_are_refused() {
    let simulator = Simulator::start(&[]);
    let person = Person::new("UTC");
    person.login(&simulator).expect(0);
    let file = person.home().join("data/tokens.json");
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).unwrap();
    person.call(&["agenda"]).expect(1).says(&["chmod 600"]);
}

#[test]
fn mistakes_in_files_are_named_with_place_and_near_miss() {
    let simulator = Simulator::start(&[]);
    let person = Person::new("UTC");
    person.login(&simulator).expect(0);
    let config = person.home().join("config");
    std::fs::create_dir_all(&config).unwrap();
    std::fs::write(
        config.join("keys.toml"),
        "[calendar]\n\"pagedwn\" = \"today\"\n",
    )
    .unwrap();
    person
        .call(&["open"])
        .expect(1)
        .says(&["keys.toml, line 2", "pagedown"]);
    std::fs::write(config.join("keys.toml"), "[calendar]\n\"t\" = \"tody\"\n").unwrap();
    person.call(&["open"]).expect(1).says(&["today"]);
    std::fs::remove_file(config.join("keys.toml")).unwrap();
    std::fs::write(config.join("config.toml"), "undo_second = 3\n").unwrap();
    person
        .call(&["open"])
        .expect(1)
        .says(&["config.toml, line 1", "undo_seconds"]);
    // Not even a file: readable by nobody, root included.
    std::fs::remove_file(config.join("config.toml")).unwrap();
    std::fs::create_dir(config.join("config.toml")).unwrap();
    person
        .call(&["open"])
        .expect(1)
        .says(&["could not read", "config.toml"]);
    person.call(&["doctor"]).expect(1);
    std::fs::remove_dir(config.join("config.toml")).unwrap();
    person
        .call(&["open", "--theme", "kalends-drak"])
        .expect(2)
        .says(&["kalends-dark"]);
    // All is right, but there is no terminal to draw on.
    person.call(&["open"]).expect(1).says(&["needs a terminal"]);
}

/// A home in which nothing can be made: a file stands where a folder should. (Permissions
/// do not stop root, under whom tests may run.)
#[test]
fn a_home_that_cannot_be_written_is_said() {
    let simulator = Simulator::start(&[]);
    let person = Person::new("UTC");
    std::fs::write(person.home().join("data"), "in the way").unwrap();
    person
        .login(&simulator)
        .expect(1)
        .says(&["could not make the directory"]);
    person.call(&["doctor"]).expect(1);
}

/// `/dev/full` stands for a full disk: the log asked for cannot be written, nothing else suffers.
#[test]
fn a_log_that_cannot_be_written_is_said_when_it_was_asked_for() {
    let person = Person::new("UTC");
    std::fs::write(person.home().join("state"), "in the way").unwrap();
    person
        .call(&["--log", "info", "agenda"])
        .expect(1)
        .says(&["could not write the log"]);
    person.call(&["agenda"]).expect(3);
}

#[test]
fn a_full_disk_is_said_and_what_was_written_stays() {
    let simulator = Simulator::start(&["--events", "400", "--seed", "11"]);
    let person = Person::synced("UTC", &simulator);
    let before = person.agenda(&["--days", "120"]);
    let waiting = before
        .iter()
        .find(|event| event["response"] == "not_responded")
        .unwrap();
    let id = waiting["id"].as_str().unwrap();
    // No file may grow beyond what the outbox has: as on a full disk, every write fails.
    let script = format!(
        "ulimit -f 0; trap '' XFSZ; exec {} --home {} respond '{id}' accept",
        env!("CARGO_BIN_EXE_kalends"),
        person.home().display()
    );
    let mut command = std::process::Command::new("sh");
    let output = command
        .args(["-c", &script])
        .env("KALENDS_NOW", super::world::NOW)
        .output()
        .unwrap();
    let words = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{words}");
    assert!(
        words.contains("kalends: ") && !words.contains("panicked"),
        "{words}"
    );
    assert_eq!(person.agenda(&["--days", "120"]), before);
    person.call(&["respond", id, "accept"]).expect(0);
}
