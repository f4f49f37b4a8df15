//! Where nothing happens nothing is written, whoever looks.

use super::window::{WORLD, Window, world};
use std::time::{Duration, Instant};

/// Waits for that long a silence; a poll or a new minute may come in between.
#[track_caller]
fn silence(window: &Window, long: Duration) {
    let limit = Instant::now() + Duration::from_secs(60);
    let mut since = Instant::now();
    let mut length = window.raw().len();
    while since.elapsed() < long {
        assert!(
            Instant::now() < limit,
            "always something:\n{}",
            window.text()
        );
        std::thread::park_timeout(Duration::from_millis(20));
        let now = window.raw().len();
        if now != length {
            (since, length) = (Instant::now(), now);
        }
    }
}

#[test]
fn measuring_is_no_reason_to_draw() {
    let (_simulator, person) = world(WORLD, "");
    let mut window = Window::open(&person, (120, 40), &[], &[]);
    window.until_text("live");
    window.press("gp");
    window.until_text("Kalends itself");
    window.until_text("in flight");
    window.until_text("0 queued");
    // Several questions to the data side, and every frame measured.
    silence(&window, Duration::from_millis(3_500));
    window.press("l");
    window.until_text("Kalends itself");
    silence(&window, Duration::from_millis(1_500));
    window.press("\x1b");
    window.until("the box left", |screen| {
        !screen.contents().contains("Kalends itself")
    });
    window.press("q");
    assert_eq!(window.end(), 0);
    window.is_restored();
    window.is_clean();
    let said = person.call(&["stats", "--client"]).expect(0);
    assert!(
        said.out.starts_with("counted until 2026-11-"),
        "{}",
        said.out
    );
}
