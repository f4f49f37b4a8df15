//! The disk is full from one moment to the next, and has room again later.
//!
//! Invariants: nothing is sent that could not be written down as being sent; what waited leaves
//! when it can be written down again; nothing is sent twice.

use super::kills::control;
use super::window::{WORLD, Window, select, until, world};
use super::world::Simulator;
use rustix::process::{Pid, Resource, Rlimit, prlimit};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// Long enough for a look at what is durable, on a busy machine too.
const UNDO: Duration = Duration::from_secs(15);

/// Without it the limit would be a signal that ends the program. A full disk has none.
const STARTER: [&str; 4] = ["sh", "-c", "trap '' XFSZ; exec \"$@\"", "sh"];

/// No file of the program may grow, and none be written beyond its first byte.
fn fill_disk(window: &Window, is_full: bool) {
    let pid = Pid::from_raw(window.process().try_into().unwrap());
    let limit = Rlimit {
        current: is_full.then_some(1),
        maximum: None,
    };
    prlimit(pid, Resource::Fsize, limit).unwrap();
}

fn answers(simulator: &Simulator) -> usize {
    let mails = control(simulator, reqwest::Method::GET, "mails", &json!({}));
    let mails = mails["value"].as_array().unwrap();
    let is_mine = |mail: &&Value| mail["from"] == "ana@contoso.com";
    mails.iter().filter(is_mine).count()
}

#[test]
fn what_cannot_be_written_down_is_not_sent() {
    let (simulator, person) = world(WORLD, &format!("undo_seconds = {}\n", UNDO.as_secs()));
    let mut window = Window::open_by(&STARTER, &person, (120, 40), &[], &[]);
    window.until_text("live");
    select(&mut window, "Launch plan");
    window.press("r");
    window.settle();
    window.press("a");
    window.until_text("accepted");
    let accepted = Instant::now();
    let waits = || {
        let doctor = person.call(&["doctor"]).out;
        doctor.contains("1 answers wait to be sent")
    };
    // It is shown before it is durable. The rest of its undo delay runs on a full disk.
    until("the acknowledgement", waits);
    fill_disk(&window, true);
    window.until_text("could not");
    // Whatever could not be written first, and is on the screen, the sending is tried when the
    // undo delay is over.
    let is_tried = || accepted.elapsed() > UNDO + Duration::from_secs(5);
    until("the end of the undo delay", is_tried);
    window.settle();
    assert_eq!(answers(&simulator), 0, "{}", window.text());

    fill_disk(&window, false);
    until("the answer", || answers(&simulator) == 1);
    window.press("q");
    assert_eq!(window.end(), 0);
    window.is_restored();
    person.call(&["sync"]).expect(0);
    assert_eq!(answers(&simulator), 1);
    let agenda = person.agenda(&["--from", "2026-11-23"]);
    let launch = agenda
        .iter()
        .find(|event| event["subject"] == "Launch plan");
    assert_eq!(launch.unwrap()["response"], "accepted");
}
