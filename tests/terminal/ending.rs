//! However it ends, the person gets their terminal back.

use super::window::{WORLD, Window, select, world};

#[test]
fn start_move_answer_quit() {
    let (simulator, person) = world(WORLD, "undo_seconds = 1\n");
    let mut window = Window::open(&person, (120, 40), &[], &[]);
    window.until_text("Launch plan");
    window.until_text("live");
    window.press("l");
    window.press("h");
    select(&mut window, "Launch plan");
    window.press("r");
    window.settle();
    window.press("a");
    window.until("the answer", |screen| {
        screen.contents().contains("accepted")
    });
    window.press("q");
    assert_eq!(window.end(), 0);
    window.is_restored();
    window.is_clean();
    super::company::send_rest(&person);
    super::company::is_accepted_there(&simulator);
}

#[test]
fn a_panic_gives_the_terminal_back() {
    let (_simulator, person) = world(WORLD, "");
    let mut window = Window::open(&person, (80, 24), &[], &[("KALENDS_TEST_PANIC", "1")]);
    window.until_text("Launch");
    window.press("l");
    assert_ne!(window.end(), 0);
    window.is_restored();
    assert!(
        window.text().contains("ended unexpectedly"),
        "{}",
        window.text()
    );
    assert!(
        !window.text().contains("Launch"),
        "nothing of the calendar stays"
    );
    window.is_clean();
}

#[test]
fn signals_give_the_terminal_back() {
    let (_simulator, person) = world(WORLD, "");
    for (name, number) in [("-TERM", 15), ("-HUP", 1), ("-INT", 2)] {
        let mut window = Window::open(&person, (80, 24), &[], &[]);
        window.until_text("Launch");
        window.signal(name);
        let code = window.end();
        // A shell says 128 and the number; some libraries say 1 for what it stands for.
        assert_eq!(code, 128 + number, "{name}");
        window.is_restored();
        window.is_clean();
    }
}

#[test]
fn suspending_gives_the_terminal_back_for_a_while() {
    let (_simulator, person) = world(WORLD, "");
    let mut window = Window::open(&person, (100, 30), &[], &[]);
    window.until_text("Launch plan");
    window.settle();
    window.press("\u{1a}");
    window.until("the old screen", |screen| !screen.alternate_screen());
    let state = || {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", window.process())).unwrap();
        stat.rsplit(')')
            .next()
            .unwrap()
            .trim()
            .chars()
            .next()
            .unwrap()
    };
    super::window::until("the stop", || state() == 'T');
    window.is_restored();
    window.signal("-CONT");
    window.until("the screen again", |screen| {
        screen.alternate_screen() && screen.contents().contains("Launch plan")
    });
    window.press("q");
    assert_eq!(window.end(), 0);
    window.is_restored();
    window.is_clean();
}

/// From the smallest to a huge one and back: never a panic, never a blank screen.
#[test]
fn any_size_is_drawn() {
    let (_simulator, person) = world(WORLD, "");
    let mut window = Window::open(&person, (120, 40), &[], &[]);
    window.until_text("Launch plan");
    for (cols, rows) in [(20, 6), (300, 100), (1, 1), (40, 15), (500, 200), (80, 24)] {
        window.resize(cols, rows);
        window.settle();
        // What was drawn for a smaller screen may all be cut off until it is drawn again.
        window.until(&format!("a picture of {cols}x{rows}"), |screen| {
            cols < 20 || !screen.contents().trim().is_empty()
        });
    }
    window.until_text("Breakfast");
    window.press("q");
    assert_eq!(window.end(), 0);
    window.is_restored();
    window.is_clean();
}
