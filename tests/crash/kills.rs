//! kill -9 of the real program, half of it during start-up, over a line that loses every fifth
//! answer to a write.
//!
//! Invariant: an act whose command said that it is done or safe (0 or 4) is on the server exactly
//! once in the end; one whose command was killed is there once or not at all.

use super::chance::Chance;
use super::window::Window;
use super::world::{Person, Simulator};
use kalends::domain::intent::Intent;
use kalends::store::{Folder, Outbox};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::{Duration, Instant};

/// What one number of the loop did.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Act {
    Add,
    Move,
    Delete,
    Accept,
}

/// What its command said before it ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Said {
    /// 0 or 4: done, or queued and safe.
    Yes,
    No,
    /// It was killed before.
    Nothing,
}

fn kills() -> usize {
    let asked = std::env::var("KALENDS_KILLS").ok();
    asked.and_then(|text| text.parse().ok()).unwrap_or(30)
}

/// How many acts `count` kills can need at most. A fast machine ends most commands before their
/// kill, but each killed owner counts, and a third of the acts has one.
fn supply(count: usize) -> usize {
    6 * count + 20
}

/// Events of mine and of somebody who invited me, one of each for every number.
fn scenario(count: usize) -> String {
    let mut text = String::from(
        "title = \"Somebody who is killed\"\n[[people]]\naddress = \"ana@contoso.com\"\nname = \"Ana Vidal\"\nzone = \"UTC\"\nevents = [\n",
    );
    let day = |n: usize| format!("day+{} {:02}:00", 1 + n % 60, 8 + n % 10);
    for n in 0..count {
        writeln!(
            text,
            "{{ subject = \"Mine {n}.\", start = \"{}\", minutes = 30 }},",
            day(n)
        )
        .unwrap();
    }
    text.push_str(
        "]\n[[people]]\naddress = \"ben@contoso.com\"\nname = \"Ben Okafor\"\nzone = \"UTC\"\nevents = [\n",
    );
    for n in 0..count {
        writeln!(
            text,
            "{{ subject = \"Invited {n}.\", start = \"{}\", minutes = 30, attendees = [\"ana@contoso.com\"] }},",
            day(n + 7)
        )
        .unwrap();
    }
    text.push_str("]\n");
    text
}

pub(super) fn control(
    simulator: &Simulator,
    method: reqwest::Method,
    path: &str,
    body: &Value,
) -> Value {
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

/// Every fifth write takes effect and is answered with 503.
fn lose_answers(simulator: &Simulator) {
    for method in ["POST", "PATCH", "DELETE"] {
        let rule = json!({
            "method": method, "path": "/events", "probability": 0.2,
            "fault": {"kind": "status", "status": 503, "isAfter": true},
        });
        control(simulator, reqwest::Method::POST, "faults", &rule);
    }
}

struct Loop {
    simulator: Simulator,
    person: Person,
    chance: Chance,
    ids: BTreeMap<String, String>,
    acts: Vec<(Act, Said)>,
    killed: usize,
    at_start: usize,
    owners: usize,
    /// How long the last command took that was left to end.
    usual: Duration,
    /// Acknowledged as safe, not as done.
    queued: usize,
}

#[test]
fn nothing_acknowledged_is_lost_or_doubled_by_kill_9() {
    let count = kills();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("world.toml");
    std::fs::write(&file, scenario(supply(count))).unwrap();
    let simulator = Simulator::start(&["--scenario", file.to_str().unwrap()]);
    let person = Person::synced("UTC", &simulator);
    let all = person.agenda(&["--from", "2026-11-23", "--days", "80"]);
    let ids = all
        .iter()
        .map(|event| (text(event, "subject"), text(event, "id")))
        .collect();
    lose_answers(&simulator);
    let mut running = Loop {
        simulator,
        person,
        chance: Chance::new(count as u64),
        ids,
        acts: Vec::new(),
        killed: 0,
        at_start: 0,
        owners: 0,
        usual: Duration::from_millis(600),
        queued: 0,
    };
    while running.killed < count {
        running.go_on();
    }
    running.settle();
    running.judge();
}

fn text(event: &Value, name: &str) -> String {
    event[name].as_str().unwrap_or_default().to_owned()
}

impl Loop {
    fn go_on(&mut self) {
        if self.chance.one_in(3) {
            return self.kill_an_owner();
        }
        let (act, arguments) = self.next_act();
        let lets_live = self.chance.one_in(3);
        // Without a network it can only be kept, and what is kept is all there is.
        let is_offline = self.chance.one_in(2);
        let moment = (!lets_live).then(|| self.moment());
        let said = self.call(&arguments, moment, is_offline);
        self.acts.push((act, said));
    }

    /// Half of all moments lie in start-up: a command's first quarter, on whatever machine.
    fn moment(&mut self) -> Duration {
        let part = self.chance.below(1000) as u32;
        if self.chance.one_in(2) {
            self.at_start += 1;
            return self.usual * part / 4000;
        }
        self.usual / 4 + self.usual * part / 1000
    }

    /// A terminal owns the calendar and is killed while a command hands it an act.
    fn kill_an_owner(&mut self) {
        let window = Window::open(&self.person, (100, 30), &[], &[]);
        let moment = self.moment();
        let (act, arguments) = self.next_act();
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        // Now and then it is killed before the command comes, else in the middle of it.
        let comes_late = self.chance.one_in(3);
        if comes_late {
            std::thread::park_timeout(moment);
            window.signal("-KILL");
        }
        let mut child = self.person.command(&arguments).spawn().unwrap();
        if !comes_late {
            std::thread::park_timeout(moment);
            window.signal("-KILL");
        }
        let code = wait(&mut child, Duration::from_secs(90)).expect("the command ends");
        drop(window);
        self.killed += 1;
        self.owners += 1;
        self.queued += usize::from(code == 4);
        self.acts.push((act, said(Some(code))));
    }

    fn next_act(&mut self) -> (Act, Vec<String>) {
        let n = self.acts.len();
        let act = *self
            .chance
            .pick(&[Act::Add, Act::Add, Act::Move, Act::Delete, Act::Accept]);
        let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
        let arguments = match act {
            Act::Add => words(&[
                "add",
                &format!("Added {n}. 2026-12-{:02} 10:00", 1 + n % 28),
            ]),
            Act::Move => words(&[
                "edit",
                &self.ids[&format!("Mine {n}.")],
                "--place",
                &format!("Place {n}."),
            ]),
            Act::Delete => words(&["delete", &self.ids[&format!("Mine {n}.")]]),
            Act::Accept => words(&["respond", &self.ids[&format!("Invited {n}.")], "accept"]),
        };
        (act, arguments)
    }

    /// Runs a command, to its end or until it is killed.
    fn call(
        &mut self,
        arguments: &[String],
        killed_after: Option<Duration>,
        is_offline: bool,
    ) -> Said {
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        // Nobody listens at port 9.
        let tokens = self.person.home().join("data/tokens.json");
        let online = std::fs::read_to_string(&tokens).unwrap();
        let server = self.simulator.graph.trim_end_matches("/v1.0");
        if is_offline {
            let offline = online.replace(server, "http://127.0.0.1:9");
            assert!(offline != online, "{server} is not in {online}");
            std::fs::write(&tokens, offline).unwrap();
        }
        let begun = Instant::now();
        let mut child = self.person.command(&arguments).spawn().unwrap();
        let patience = killed_after.unwrap_or(Duration::from_secs(90));
        let code = wait(&mut child, patience);
        if killed_after.is_none() {
            self.usual = begun.elapsed().min(Duration::from_secs(2));
        }
        if code.is_none() {
            assert!(killed_after.is_some(), "{arguments:?} does not end");
            // SIGKILL.
            child.kill().unwrap();
            child.wait().unwrap();
            self.killed += 1;
        }
        if is_offline {
            std::fs::write(&tokens, online).unwrap();
        }
        self.queued += usize::from(code == Some(4));
        said(code)
    }

    /// The line is good again, and the program is left alone until nothing waits.
    fn settle(&mut self) {
        let clear = json!({"clear": true});
        control(&self.simulator, reqwest::Method::POST, "faults", &clear);
        for _ in 0..20 {
            self.person.call(&["sync"]).expect(0);
            if self.waiting().iter().all(|intent| intent.stage.needs_you()) {
                return;
            }
        }
        panic!("something waits for ever: {:?}", self.waiting());
    }

    fn waiting(&self) -> Vec<Intent> {
        let accounts = self.person.home().join("data/accounts");
        let account = std::fs::read_dir(accounts)
            .unwrap()
            .flatten()
            .next()
            .unwrap();
        let folder = Folder::new(account.path());
        let _owned = folder.own().unwrap();
        Outbox::open(&folder).unwrap().intents().unwrap()
    }

    fn judge(&self) {
        // Somebody who has never been here before, and the server's own log of mails.
        let other = Person::synced("UTC", &self.simulator);
        let there = other.agenda(&["--from", "2026-11-23", "--days", "80"]);
        let mails = control(&self.simulator, reqwest::Method::GET, "mails", &json!({}));
        let stuck: Vec<String> = self
            .waiting()
            .iter()
            .map(|intent| format!("{:?}", intent.act))
            .collect();
        let called = |subject: &str| -> Vec<&Value> {
            let same = |event: &&Value| event["subject"] == subject;
            there.iter().filter(same).collect()
        };
        let mut acknowledged = 0;
        for (n, (act, said)) in self.acts.iter().enumerate() {
            acknowledged += usize::from(*said == Said::Yes);
            let is_sure = *said == Said::Yes;
            let mine = format!("Mine {n}.");
            match act {
                Act::Add => {
                    let times = called(&format!("Added {n}.")).len();
                    assert!(times <= 1, "added {times} times: {n}");
                    assert!(!is_sure || times == 1, "an event was lost: {n}");
                }
                Act::Move => {
                    let events = called(&mine);
                    assert_eq!(events.len(), 1, "{mine}");
                    let place = text(events[0], "location");
                    let is_moved = place == format!("Place {n}.");
                    assert!(is_moved || place.is_empty(), "{mine} is at {place}");
                    assert!(!is_sure || is_moved, "a change was lost: {n}, {stuck:?}");
                }
                Act::Delete => {
                    let times = called(&mine).len();
                    assert!(
                        times <= 1 && !(is_sure && times > 0),
                        "{mine} is there {times} times"
                    );
                }
                Act::Accept => {
                    let subject = format!("Invited {n}.");
                    let answers = mails["value"].as_array().unwrap().iter().filter(|mail| {
                        mail["from"] == "ana@contoso.com"
                            && text(mail, "subject").ends_with(&subject)
                    });
                    let answers = answers.count();
                    assert!(answers <= 1, "answered {answers} times: {subject}");
                    assert!(
                        !is_sure || answers == 1,
                        "an answer was lost: {subject}, {stuck:?}"
                    );
                    let events = called(&subject);
                    assert_eq!(events.len(), 1, "{subject}");
                    let is_accepted = events[0]["response"] == "accepted";
                    assert_eq!(is_accepted, answers == 1, "{subject}");
                }
            }
        }
        println!(
            "{} kills ({} in start-up, {} of a terminal), {} acts, {acknowledged} acknowledged, {} of them as queued",
            self.killed,
            self.at_start,
            self.owners,
            self.acts.len(),
            self.queued
        );
        assert!(
            self.queued * 20 >= self.acts.len(),
            "{} queued",
            self.queued
        );
        assert!(
            acknowledged * 5 >= self.acts.len(),
            "{acknowledged} acknowledged"
        );
    }
}

fn said(code: Option<i32>) -> Said {
    match code {
        Some(0 | 4) => Said::Yes,
        Some(_) => Said::No,
        None => Said::Nothing,
    }
}

/// Its exit code, or None when it still runs.
fn wait(child: &mut std::process::Child, patience: Duration) -> Option<i32> {
    let limit = Instant::now() + patience;
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return Some(status.code().unwrap_or(-1));
        }
        if Instant::now() >= limit {
            return None;
        }
        std::thread::park_timeout(Duration::from_millis(2));
    }
}
