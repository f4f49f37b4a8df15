//! The page for an event in the real program against the real simulator: a series made, cut in
//! two and moved, with notes from an editor that gets the terminal for itself.

use super::window::{WORLD, Window, until, world};
use super::world::Person;
use serde_json::Value;

/// What the server says, to somebody who was never here before.
fn on_server(simulator: &super::world::Simulator, subject: &str) -> Vec<(String, String)> {
    let other = Person::synced("Europe/Berlin", simulator);
    let agenda = other.agenda(&["--from", "2026-11-23", "--days", "40"]);
    let mut found: Vec<(String, String)> = agenda
        .iter()
        .filter(|event| event["subject"] == subject)
        .map(|event| {
            let text = |key: &str| event[key].as_str().unwrap_or_default().to_owned();
            (text("start"), text("location"))
        })
        .collect();
    found.sort();
    found
}

fn line(window: &mut Window, text: &str) {
    window.press("\x15");
    window.press(text);
    window.settle();
}

fn below(window: &mut Window, lines: usize) {
    for _ in 0..lines {
        window.press("\x1b[B");
    }
    window.settle();
}

/// Leaves the page, and waits for these words. Those of the act before are gone first.
fn store(window: &mut Window, words: &str) {
    window.until("the end of what was said", |screen| {
        !screen.contents().contains(words)
    });
    window.press("\r");
    window.until_text(words);
}

/// Everything queued has left.
fn sent(person: &Person) {
    until("the sending", || {
        let conflicts = person.call(&["conflicts", "--json"]).out;
        let doctor = person.call(&["doctor"]).out;
        // Who does not answer does not say what waits.
        conflicts.trim() == "[]"
            && doctor.contains("runs and answers")
            && !doctor.contains("to be sent")
    });
}

#[test]
fn a_series_is_made_cut_in_two_and_moved() {
    let (simulator, person) = world(WORLD, "undo_seconds = 5\n");
    let mut window = Window::open(&person, (120, 40), &[], &[]);
    window.until_text("live");
    window.press("c");
    window.until_text("New event");
    line(&mut window, "Gym");
    below(&mut window, 1);
    line(&mut window, "tue 7:00-8:00");
    below(&mut window, 2);
    line(
        &mut window,
        "every week on tuesday and thursday until 31 dec",
    );
    store(&mut window, "created");
    sent(&person);
    let days = |all: &[(String, String)]| -> Vec<String> {
        all.iter()
            .map(|(start, _)| start.chars().skip(5).take(11).collect())
            .collect()
    };
    let made = on_server(&simulator, "Gym");
    assert_eq!(made.len(), 12, "{made:?}");

    // From Thursday 3 December on in another place, an hour later.
    window.until_text("Gym");
    go_to(&mut window, "2026-12-03", "Gym");
    window.press("e");
    window.until_text("all that follow");
    window.press("F");
    window.until_text("this and the following");
    window.settle();
    below(&mut window, 1);
    line(&mut window, "3 dec 2026 8:00-9:00");
    below(&mut window, 3);
    line(&mut window, "Pool");
    window.until_text("nobody is told");
    store(&mut window, "created");
    sent(&person);
    let cut = on_server(&simulator, "Gym");
    let expected = [
        "11-24T07:00",
        "11-26T07:00",
        "12-01T07:00",
        "12-03T08:00",
        "12-08T08:00",
        "12-10T08:00",
        "12-15T08:00",
        "12-17T08:00",
        "12-22T08:00",
        "12-24T08:00",
        "12-29T08:00",
        "12-31T08:00",
    ];
    assert_eq!(days(&cut), expected);
    assert!(
        cut[..3].iter().all(|(_, place)| place.is_empty())
            && cut[3..].iter().all(|(_, place)| place == "Pool")
    );

    // The first part a day later, whole: its rule goes with it.
    go_to(&mut window, "2026-11-24", "Gym");
    window.press("e");
    window.until_text("all that follow");
    window.press("W");
    window.until_text("Edit the series");
    window.settle();
    below(&mut window, 1);
    line(&mut window, "25 nov 2026 7:00-8:00");
    window.until_text("occurrences come back");
    store(&mut window, "moved");
    sent(&person);
    let moved = on_server(&simulator, "Gym");
    assert_eq!(
        days(&moved)[..3],
        ["11-25T07:00", "11-27T07:00", "12-02T07:00"]
    );
    window.press("q");
    assert_eq!(window.end(), 0);
    window.is_restored();
    window.is_clean();
}

/// Goes to the day and selects the event there.
fn go_to(window: &mut Window, day: &str, subject: &str) {
    window.press("gd");
    window.until_text("Go to date");
    window.press(&format!("{day}\r"));
    window.settle();
    for _ in 0..4 {
        if window.about().trim_start().starts_with(subject) {
            return;
        }
        window.press_tab();
    }
    panic!("{subject} is not selected:\n{}", window.text());
}

#[test]
fn the_editor_has_the_terminal_for_itself() {
    let (simulator, person) = world(WORLD, "undo_seconds = 5\n");
    let folder = tempfile::tempdir().unwrap();
    let script = folder.path().join("editor");
    // It says that it runs, and waits for a line of its own from the terminal.
    std::fs::write(
        &script,
        "#!/bin/sh\nprintf 'THE EDITOR\\n'\nread line\nprintf '%s\\n' \"$line\" > \"$1\"\n",
    )
    .unwrap();
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(&script, mode).unwrap();
    let editor = script.to_str().unwrap();
    let mut window = Window::open(&person, (120, 40), &[], &[("VISUAL", editor)]);
    window.until_text("live");
    window.press("c");
    window.until_text("New event");
    line(&mut window, "With notes");
    window.press("\x0f");
    window.until_text("THE EDITOR");
    // Every key is the editor's, whole.
    window.press("q bring figures\r");
    window.until_text("q bring figures");
    window.until_text("New event");
    store(&mut window, "created");
    sent(&person);
    window.press("q");
    assert_eq!(window.end(), 0);
    window.is_restored();
    let other = Person::synced("Europe/Berlin", &simulator);
    let agenda = other.agenda(&["--days", "8"]);
    let made: Vec<&Value> = agenda
        .iter()
        .filter(|event| event["subject"] == "With notes")
        .collect();
    assert_eq!(made.len(), 1);
}
