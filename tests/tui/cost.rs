//! What a key press writes: bytes, not only cells.

use super::press::press;
use super::world::{World, entry, week};
use kalends::app::Message;
use kalends::app::vitals::Frame;
use kalends::config::Theme;
use kalends::domain::entry::Entry;
use kalends::ui::frugal::Frugal;
use kalends::ui::render;
use ratatui::layout::Rect;
use ratatui::{Terminal, TerminalOptions, Viewport};
use std::cell::RefCell;
use std::io::Write;
use std::rc::Rc;

#[derive(Clone, Default)]
struct Pipe(Rc<RefCell<Vec<u8>>>);

impl Write for Pipe {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.borrow_mut().extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// A following week with other meetings at other times.
fn two_weeks() -> Vec<Entry> {
    let mut entries = week();
    for (day, date) in [
        (0, "2026-11-30"),
        (1, "2026-12-01"),
        (2, "2026-12-02"),
        (3, "2026-12-03"),
        (4, "2026-12-04"),
    ] {
        for (slot, hour) in [(0, "08"), (1, "10"), (2, "13"), (3, "15")] {
            entries.push(entry(
                &format!("n{day}{slot}"),
                ["Stand-up", "Planning", "Retro", "Customer visit"][slot],
                &format!("{date}T{hour}:00:00Z"),
                &format!("{date}T{hour}:45:00Z"),
            ));
        }
    }
    entries
}

#[test]
fn the_box_about_kalends_itself_costs_little_more() {
    let theme = Theme::builtin("kalends-dark").unwrap();
    let pipe = Pipe::default();
    let mut world = World::of(two_weeks(), "Europe/Berlin", super::world::NOW, 120, 40);
    let options = TerminalOptions {
        viewport: Viewport::Fixed(Rect::new(0, 0, 120, 40)),
    };
    let mut terminal = Terminal::with_options(Frugal::new(pipe.clone()), options).unwrap();
    press(&mut world, "tab");
    let mut cost = |world: &mut World, key: &str, draw_us: u32| {
        press(world, key);
        pipe.0.borrow_mut().clear();
        terminal
            .draw(|frame| render(&world.state, &theme, frame))
            .unwrap();
        world.send(Message::Measured(Frame {
            update_us: draw_us / 3,
            draw_us,
            taken: 1,
        }));
        pipe.0.borrow().len()
    };
    cost(&mut world, "esc", 1_100);
    let closed: usize = [870, 1_234, 990]
        .map(|us| cost(&mut world, "tab", us))
        .iter()
        .sum();
    cost(&mut world, "shift-tab", 1_000);
    cost(&mut world, "shift-tab", 1_000);
    cost(&mut world, "shift-tab", 1_000);
    cost(&mut world, "g p", 1_000);
    let open: usize = [870, 1_234, 990]
        .map(|us| cost(&mut world, "tab", us))
        .iter()
        .sum();
    println!("{closed} bytes, {open} with the box");
    assert!(
        open < closed + 3 * 160,
        "{closed} bytes, {open} with the box"
    );
}

#[test]
fn the_next_week_costs_at_most_six_kilobytes() {
    for theme in ["kalends-dark", "kalends-light", "sixteen", "monochrome"] {
        let theme = Theme::builtin(theme).unwrap();
        let pipe = Pipe::default();
        let mut world = World::of(two_weeks(), "Europe/Berlin", super::world::NOW, 120, 40);
        let options = TerminalOptions {
            viewport: Viewport::Fixed(Rect::new(0, 0, 120, 40)),
        };
        let mut terminal = Terminal::with_options(Frugal::new(pipe.clone()), options).unwrap();
        terminal
            .draw(|frame| render(&world.state, &theme, frame))
            .unwrap();
        let mut costs = Vec::new();
        for key in ["]", "[", "tab", "j"] {
            pipe.0.borrow_mut().clear();
            press(&mut world, key);
            terminal
                .draw(|frame| render(&world.state, &theme, frame))
                .unwrap();
            costs.push(pipe.0.borrow().len());
        }
        println!("{}: {costs:?}", theme.name);
        assert!(
            costs[0] <= 6 * 1024,
            "{}: next week wrote {} bytes",
            theme.name,
            costs[0]
        );
        assert!(
            costs[2] <= 1024,
            "{}: the next event wrote {} bytes",
            theme.name,
            costs[2]
        );
    }
}
