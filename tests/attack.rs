//! Promise 5: no byte outside the allow-list reaches the terminal, whatever the text says.
//!
//! Each attack string takes the way of real text: cleaned, put into cells, written by the drawing
//! backend, judged by the guard, and read by an independent terminal emulator.

#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

#[path = "attack/corpus.rs"]
mod corpus;

use std::io::Write;

use corpus::{attack_bytes, attack_strings};
use kalends::domain::text::{Safe, Untrusted};
use kalends::runtime::guard::{self, Guard};
use ratatui::backend::{Backend, CrosstermBackend};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Color, Style};
use ratatui::text::Text;
use ratatui::widgets::{Paragraph, Widget};

const AREA: Rect = Rect {
    x: 0,
    y: 0,
    width: 80,
    height: 6,
};
const HOW_MANY: usize = 2_000;

/// What the backend writes to show `text` on the rows above the last, which holds a sentinel.
fn drawn(text: &Safe) -> Vec<u8> {
    let mut screen = Buffer::empty(AREA);
    let body = Rect {
        height: AREA.height - 1,
        ..AREA
    };
    Paragraph::new(Text::raw(&**text))
        .style(Style::new().fg(Color::Indexed(4)))
        .render(body, &mut screen);
    screen.set_string(0, AREA.height - 1, "sentinel", Style::new());
    let mut bytes = b"\x1b[?1049h\x1b[2J".to_vec();
    let empty = Buffer::empty(AREA);
    CrosstermBackend::new(&mut bytes)
        .draw(empty.diff(&screen).into_iter())
        .unwrap();
    bytes
}

#[test]
fn cleaned_text_never_makes_a_forbidden_byte() {
    for (number, attack) in attack_strings(HOW_MANY, 1).into_iter().enumerate() {
        let text = Untrusted::from(attack);
        for safe in [
            text.safe_line(None),
            text.safe_line(Some(20)),
            text.safe_text(),
        ] {
            let bytes = drawn(&safe);
            assert_eq!(
                guard::check(&bytes),
                [],
                "attack {number}: {:?}",
                text.raw()
            );
            assert!(safe.len() <= text.raw().len() * 8);
        }
    }
}

#[test]
fn the_screen_around_an_attack_stays_intact() {
    for (number, attack) in attack_strings(HOW_MANY, 2).into_iter().enumerate() {
        let safe = Untrusted::from(attack).safe_text();
        let mut terminal = vt100::Parser::new(
            AREA.height.try_into().unwrap(),
            AREA.width.try_into().unwrap(),
            0,
        );
        terminal.process(&drawn(&safe));
        let last = terminal.screen().rows(0, AREA.width).last().unwrap();
        assert_eq!(last.trim_end(), "sentinel", "attack {number}: {safe:?}");
        assert!(terminal.screen().alternate_screen());
    }
}

#[test]
fn our_own_commands_stay_ours_around_attacks() {
    for attack in attack_strings(HOW_MANY, 3) {
        let safe = Safe::line(&attack, None);
        let mut bytes = guard::title(&safe);
        bytes.extend(guard::notification(&safe));
        bytes.extend(guard::clipboard(&safe).unwrap_or_default());
        bytes.extend(guard::link_open(&attack).unwrap_or_default());
        assert_eq!(guard::check(&bytes), [], "{attack:?}");
    }
}

#[test]
fn cleaning_twice_changes_nothing() {
    for attack in attack_strings(HOW_MANY, 5) {
        let text = Untrusted::from(attack);
        let (line, body) = (text.safe_line(None), text.safe_text());
        assert_eq!(Safe::line(&line, None), line, "{:?}", text.raw());
        assert_eq!(
            Untrusted::from(&*body).safe_text(),
            body,
            "{:?}",
            text.raw()
        );
    }
}

/// The second line of defence alone: raw attacks straight into the guard.
#[test]
fn the_guard_stops_what_was_never_cleaned() {
    let attacks = attack_bytes(HOW_MANY, 4);
    let mut with_violation = 0;
    for attack in &attacks {
        let mut guard = Guard::new(Vec::new());
        guard.write_all(attack).unwrap();
        with_violation += usize::from(!guard::check(attack).is_empty());
        assert_eq!(
            guard::check(guard.get_ref()),
            [],
            "{}",
            attack.escape_ascii()
        );
    }
    // Long lines, floods and odd scripts are no violation; most kinds are.
    assert!(
        with_violation > HOW_MANY / 2,
        "only {with_violation} of the corpus would be noticed"
    );
}

#[test]
fn the_corpus_is_deterministic_and_varied() {
    let one = attack_bytes(1_000, 9);
    assert_eq!(one, attack_bytes(1_000, 9));
    assert_ne!(one, attack_bytes(1_000, 10));
    let distinct: std::collections::HashSet<_> = one.iter().collect();
    assert!(distinct.len() > 900, "{}", distinct.len());
}
