//! The terminal while the screen is open: its modes, and the one way of writing to it.
//!
//! Refuses to write anything that the guard does not let through. Invariants: whatever
//! ends the program, `restore` brings the person's terminal back, once; a frame is one
//! write to the terminal, inside a synchronized update.

use super::guard::{self, Guard};
use crate::domain::text::Safe;
use crate::ui::frugal::Frugal;
use ratatui::{Frame, Terminal};
use std::cell::RefCell;
use std::fs::File;
use std::io::{self, IsTerminal, Write};
use std::os::fd::AsFd;
use std::rc::Rc;
use std::sync::Once;
use std::sync::atomic::{AtomicBool, Ordering};

const SAVE_TITLE: &str = "\x1b[22;2t";
/// Alternate screen; no cursor; bracketed paste; focus; a clean ground.
const ENTER: &str = "\x1b[?1049h\x1b[?25l\x1b[?2004h\x1b[?1004h\x1b[2J";
/// Presses, drags and the wheel, in SGR form.
const MOUSE: &str = "\x1b[?1000h\x1b[?1002h\x1b[?1006h";
/// Everything of the above undone, and no half-open update or style left.
const LEAVE: &str = "\x1b[?2026l\x1b[?1006l\x1b[?1002l\x1b[?1000l\x1b[?1004l\x1b[?2004l\x1b[0m\x1b[?25h\x1b[?1049l\x1b[23;2t";

const BEGIN: &[u8] = b"\x1b[?2026h";
const END: &[u8] = b"\x1b[?2026l";

/// The modes are ours. Global, because a panic or a signal must be able to end it.
static IS_OPEN: AtomicBool = AtomicBool::new(false);

/// Why there is no screen.
#[derive(Debug, thiserror::Error)]
pub enum TerminalError {
    #[error(
        "kalends draws a screen and needs a terminal; kalends agenda prints the same into a pipe"
    )]
    NoTerminal,
    #[error("could not set up the terminal: {0}")]
    Setup(#[from] io::Error),
}

/// The terminal, from entering until dropped.
pub struct Screen {
    terminal: Terminal<Frugal<Pen>>,
    pen: Pen,
    tty: File,
    mouse: bool,
}

impl Screen {
    /// Takes the terminal over. Nothing is written before the first frame.
    ///
    /// # Errors
    /// `NoTerminal` when input or output is something else.
    pub fn enter(mouse: bool) -> Result<Self, TerminalError> {
        if !io::stdin().is_terminal() || !io::stdout().is_terminal() {
            return Err(TerminalError::NoTerminal);
        }
        let tty = File::from(io::stdout().as_fd().try_clone_to_owned()?);
        let pen = Pen::default();
        let terminal = Terminal::new(Frugal::new(pen.clone()))?;
        let mut screen = Self {
            terminal,
            pen,
            tty,
            mouse,
        };
        restore_on_panic();
        screen.open()?;
        Ok(screen)
    }

    fn open(&mut self) -> io::Result<()> {
        crossterm::terminal::enable_raw_mode()?;
        if !IS_OPEN.swap(true, Ordering::SeqCst) {
            self.pen.write_all(SAVE_TITLE.as_bytes())?;
        }
        self.pen.write_all(ENTER.as_bytes())?;
        if self.mouse {
            self.pen.write_all(MOUSE.as_bytes())?;
        }
        Ok(())
    }

    /// Draws what differs from the last frame.
    ///
    /// # Errors
    /// When the terminal is gone.
    pub fn draw(&mut self, render: impl FnOnce(&mut Frame<'_>)) -> io::Result<()> {
        self.terminal.draw(render)?;
        self.present()
    }

    /// Adds to the next frame; for the commands that only `guard` makes.
    pub fn say(&mut self, command: &[u8]) {
        let _ = self.pen.write_all(command);
    }

    pub fn title(&mut self, text: &Safe) {
        self.say(&guard::title(text));
    }

    pub fn ring(&mut self) {
        let _ = self.pen.0.borrow_mut().ring();
    }

    /// Writes what has gathered, in one piece.
    ///
    /// # Errors
    /// When the terminal is gone.
    pub fn present(&mut self) -> io::Result<()> {
        let gathered = self.pen.take();
        if gathered.is_empty() {
            return Ok(());
        }
        let mut frame = Vec::with_capacity(BEGIN.len() + gathered.len() + END.len());
        frame.extend_from_slice(BEGIN);
        frame.extend_from_slice(&gathered);
        frame.extend_from_slice(END);
        self.tty.write_all(&frame)
    }

    /// Gives the terminal back, stops until somebody continues us, and takes it again.
    ///
    /// # Errors
    /// When the terminal is gone.
    pub fn suspend(&mut self) -> io::Result<()> {
        restore();
        // Not TSTP, which we catch ourselves; the shell sees the same.
        let _ = rustix::process::kill_current_process_group(rustix::process::Signal::STOP);
        self.resume()
    }

    /// Gives the terminal to another program for as long as `work` takes.
    ///
    /// # Errors
    /// When the terminal is gone afterwards.
    pub fn lend<T>(&mut self, work: impl FnOnce() -> T) -> io::Result<T> {
        restore();
        let done = work();
        self.resume()?;
        Ok(done)
    }

    /// Somebody else had the terminal: everything is set and drawn anew.
    ///
    /// # Errors
    /// When the terminal is gone.
    pub fn resume(&mut self) -> io::Result<()> {
        self.pen.take();
        // Whoever had the terminal may have set it differently: raw once more.
        crossterm::terminal::disable_raw_mode()?;
        self.terminal = Terminal::new(Frugal::new(self.pen.clone()))?;
        self.open()
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        let stopped = self.pen.0.borrow().violations();
        restore();
        if stopped > 0 {
            tracing::warn!(
                stopped,
                "the guard stopped output that must not reach a terminal"
            );
        }
    }
}

/// Gives the person's terminal back. Does nothing when it is theirs already.
pub fn restore() {
    if !IS_OPEN.swap(false, Ordering::SeqCst) {
        return;
    }
    if let Ok(tty) = io::stdout().as_fd().try_clone_to_owned() {
        let _ = File::from(tty).write_all(LEAVE.as_bytes());
    }
    let _ = crossterm::terminal::disable_raw_mode();
}

/// A panic of the drawing thread gives the terminal back before it is reported; one of
/// another thread leaves the screen to it. What was being handled may be anybody's mail,
/// so only the place is said.
fn restore_on_panic() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let drawing = std::thread::current().id();
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            let place = panic.location().map_or_else(String::new, |place| format!("{}:{}", place.file(), place.line()));
            tracing::error!(%place, "panicked");
            if std::thread::current().id() != drawing {
                return;
            }
            if !IS_OPEN.load(Ordering::SeqCst) {
                return before(panic);
            }
            restore();
            let words = format!(
                "kalends: it ended unexpectedly at {place}; nothing you answered is lost, please report this\r\n"
            );
            let _ = io::stderr().write_all(words.as_bytes());
        }));
    });
}

/// Where the backend writes: the guard, and beneath it the frame that is being gathered.
#[derive(Clone)]
struct Pen(Rc<RefCell<Guard<Gathered>>>);

#[derive(Default, Clone)]
struct Gathered(Rc<RefCell<Vec<u8>>>);

impl Default for Pen {
    fn default() -> Self {
        Self(Rc::new(RefCell::new(Guard::new(Gathered::default()))))
    }
}

impl Pen {
    fn take(&self) -> Vec<u8> {
        std::mem::take(&mut *self.0.borrow().get_ref().0.borrow_mut())
    }
}

impl Write for Pen {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().write(bytes)
    }

    /// The backend flushes within a frame; only `Screen::present` knows its end.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Write for Gathered {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_own_modes_pass_the_guard() {
        for bytes in [
            SAVE_TITLE.as_bytes(),
            ENTER.as_bytes(),
            MOUSE.as_bytes(),
            LEAVE.as_bytes(),
            BEGIN,
            END,
        ] {
            assert_eq!(guard::check(bytes), []);
        }
    }

    #[test]
    fn every_mode_that_is_set_is_taken_back() {
        for mode in ["1049", "2004", "1004", "1000", "1002", "1006"] {
            assert!(
                ENTER.contains(&format!("?{mode}h")) || MOUSE.contains(&format!("?{mode}h")),
                "{mode}"
            );
            assert!(LEAVE.contains(&format!("?{mode}l")), "{mode}");
        }
        assert!(LEAVE.contains("?25h") && LEAVE.contains("23;2t") && LEAVE.contains("?2026l"));
    }

    #[test]
    fn a_frame_gathers_until_it_is_taken() {
        let mut pen = Pen::default();
        pen.write_all(b"\x1b[1mhello").unwrap();
        pen.flush().unwrap();
        pen.write_all(b"\x1b]0;evil\x1b[5n there").unwrap();
        let bytes = pen.take();
        assert!(bytes.starts_with(b"\x1b[1mhello") && bytes.ends_with(b" there"));
        assert_eq!(guard::check(&bytes), []);
        assert!(pen.take().is_empty());
    }
}
