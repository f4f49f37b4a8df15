//! From a key press ("next week") to the last byte of its repaint, beside the floor's page turn.

use crate::process::bytes_read;
use crate::report::Report;
use crate::screen::Screen;
use crate::statistics::{Times, median};
use crate::world::{Home, SIZES};
use anyhow::{Result, bail};

const SIZES_ON_SCREEN: [(u16, u16); 2] = [(120, 40), (200, 50)];
/// Ten weeks ahead and back again; all of them are in the calm part of every world.
const PRESSES: usize = 10;
const TURNS: usize = 6;

pub fn measure(report: &mut Report) -> Result<()> {
    let homes = SIZES
        .map(Home::with)
        .into_iter()
        .collect::<Result<Vec<_>>>()?;
    for size in SIZES_ON_SCREEN {
        let mut floor = Pressed::new(Screen::floor(size)?, &["floor week 0"])?;
        let mut screens = Vec::new();
        for home in &homes {
            screens.push(Pressed::new(
                Screen::open(home.path(), size)?,
                &["Kubernetes"],
            )?);
        }
        for turn in 0..TURNS {
            let key = if turn % 2 == 0 { "]" } else { "[" };
            for _ in 0..PRESSES {
                floor.press(key)?;
                for screen in &mut screens {
                    screen.press(key)?;
                }
            }
        }
        let (cols, rows) = size;
        report.note(&format!(
            "{cols}x{rows}, floor: {}, {} bytes",
            floor.times(),
            median(&floor.bytes)
        ));
        for (home, screen) in homes.iter().zip(&screens) {
            let ratio = screen.times.median() / floor.times.median();
            let late = screen.times.percentile(0.99);
            let measured = format!("{ratio:.2}x, {}, p99 {late:.2}", screen.times());
            let goal = format!(
                "{cols}x{rows}, {}, next week at most 2x the floor",
                home.label()
            );
            report.verdict(ratio <= 2.0, &goal, &measured);
            let (bytes, most) = (
                median(&screen.bytes),
                screen.bytes.iter().max().copied().unwrap_or(0),
            );
            let goal = format!("{cols}x{rows}, {}, at most 6 KiB a key", home.label());
            let measured = format!("median {bytes} bytes, most {most}");
            if size == (120, 40) {
                report.verdict(bytes <= 6 * 1024, &goal, &measured);
            } else {
                report.note(&format!("{}: {measured}", home.label()));
            }
            let read =
                (bytes_read(screen.screen.pid()?)? - screen.read) / screen.bytes.len() as u64;
            report.note(&format!("{}: {read} bytes read a key", home.label()));
        }
        for pressed in screens.into_iter().chain([floor]) {
            pressed.screen.quit()?;
        }
    }
    Ok(())
}

struct Pressed {
    screen: Screen,
    times: Times,
    bytes: Vec<u64>,
    /// What the program had read before the first key.
    read: u64,
}

impl Pressed {
    fn new(mut screen: Screen, words: &[&str]) -> Result<Self> {
        screen.first_frame(words)?;
        // The store opens behind the frame; its news are not the key's.
        std::thread::sleep(std::time::Duration::from_millis(1_500));
        screen.settle();
        let read = bytes_read(screen.pid()?)?;
        Ok(Self {
            screen,
            times: Times::default(),
            bytes: Vec::new(),
            read,
        })
    }

    fn press(&mut self, key: &str) -> Result<()> {
        let repaint = self.screen.press(key)?;
        if repaint.bytes == 0 {
            bail!(
                "the key {key} changed nothing on this screen:\n{}",
                self.screen.contents()
            );
        }
        self.times.add(repaint.settled);
        self.bytes.push(repaint.bytes);
        Ok(())
    }

    fn times(&self) -> String {
        self.times.in_words()
    }
}
