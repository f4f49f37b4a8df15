//! A terminal window: a pseudo-terminal, an emulator that reads what the program writes,
//! and every raw byte for the guard.

use super::world::{NOW, Person, Simulator};
use kalends::runtime::guard;
use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};
use std::io::{Read, Write};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// A Monday with an invitation, and a colleague who sent it.
pub const WORLD: &str = r#"
title = "A Monday with an invitation"
[[people]]
address = "ana@contoso.com"
name = "Ana Vidal"
zone = "Europe/Berlin"
events = [{ subject = "Breakfast", start = "2026-11-23T11:00", minutes = 60 }]
[[people]]
address = "ben@contoso.com"
name = "Ben Okafor"
zone = "Europe/Berlin"
events = [{ subject = "Launch plan", start = "2026-11-23T14:00", minutes = 60, attendees = ["ana@contoso.com"] }]
"#;

pub struct Window {
    master: Box<dyn MasterPty + Send>,
    child: Box<dyn Child + Send + Sync>,
    keys: Box<dyn Write + Send>,
    seen: Arc<Mutex<Seen>>,
    /// The line settings before the program came.
    before: String,
}

struct Seen {
    raw: Vec<u8>,
    emulator: vt100::Parser,
}

impl Window {
    pub fn open(
        person: &Person,
        size: (u16, u16),
        arguments: &[&str],
        variables: &[(&str, &str)],
    ) -> Self {
        Self::open_by(&[], person, size, arguments, variables)
    }

    /// Started by another program, which is given the command as its last arguments.
    pub fn open_by(
        starter: &[&str],
        person: &Person,
        size: (u16, u16),
        arguments: &[&str],
        variables: &[(&str, &str)],
    ) -> Self {
        let (cols, rows) = size;
        let pair = native_pty_system()
            .openpty(PtySize {
                rows,
                cols,
                pixel_width: 0,
                pixel_height: 0,
            })
            .unwrap();
        let before = format!("{:?}", pair.master.get_termios());
        let mut words = starter.iter().chain(&[env!("CARGO_BIN_EXE_kalends")]);
        let mut command = CommandBuilder::new(words.next().unwrap());
        command.args(words);
        command.arg("--home");
        command.arg(person.home());
        command.args(arguments);
        for (name, value) in [
            ("KALENDS_NOW", NOW),
            ("TZ", person.zone),
            ("TERM", "xterm-256color"),
            ("COLORTERM", "truecolor"),
        ]
        .iter()
        .chain(variables)
        {
            command.env(name, value);
        }
        for name in [
            "KALENDS_HOME",
            "NO_COLOR",
            "DISPLAY",
            "WAYLAND_DISPLAY",
            "BROWSER",
        ] {
            command.env_remove(name);
        }
        let child = pair.slave.spawn_command(command).unwrap();
        drop(pair.slave);
        let seen = Arc::new(Mutex::new(Seen {
            raw: Vec::new(),
            emulator: vt100::Parser::new(rows.try_into().unwrap(), cols.try_into().unwrap(), 0),
        }));
        let mut reader = pair.master.try_clone_reader().unwrap();
        let shared = Arc::clone(&seen);
        std::thread::spawn(move || {
            let mut bytes = [0; 65_536];
            while let Ok(count @ 1..) = reader.read(&mut bytes) {
                let mut seen = shared.lock().unwrap();
                seen.raw.extend_from_slice(&bytes[..count]);
                seen.emulator.process(&bytes[..count]);
            }
        });
        let keys = pair.master.take_writer().unwrap();
        Self {
            master: pair.master,
            child,
            keys,
            seen,
            before,
        }
    }

    pub fn text(&self) -> String {
        self.seen.lock().unwrap().emulator.screen().contents()
    }

    pub fn raw(&self) -> Vec<u8> {
        self.seen.lock().unwrap().raw.clone()
    }

    pub fn press(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).unwrap();
        self.keys.flush().unwrap();
    }

    /// The line about the selected event.
    pub fn about(&self) -> String {
        let text = self.text();
        text.lines().rev().nth(1).unwrap_or_default().to_owned()
    }

    /// Selects the next event. Silence alone does not say that the key was seen, and a second one
    /// would go too far; where there is one event, nothing changes.
    pub fn press_tab(&mut self) {
        let before = self.about();
        self.press("\t");
        let limit = Instant::now() + Duration::from_secs(2);
        while self.about() == before && Instant::now() < limit {
            std::thread::park_timeout(Duration::from_millis(10));
        }
        self.settle();
    }

    /// Waits until the screen is so.
    #[track_caller]
    pub fn until(&self, what: &str, is_so: impl Fn(&vt100::Screen) -> bool) {
        let limit = Instant::now() + Duration::from_secs(40);
        while !is_so(self.seen.lock().unwrap().emulator.screen()) {
            assert!(
                Instant::now() < limit,
                "{what} was not seen:\n{}",
                self.text()
            );
            std::thread::park_timeout(Duration::from_millis(10));
        }
    }

    #[track_caller]
    pub fn until_text(&self, text: &str) {
        self.until(text, |screen| screen.contents().contains(text));
    }

    /// Waits until nothing more was written for a while.
    pub fn settle(&self) {
        let mut length = self.raw().len();
        let mut still = 0;
        while still < 25 {
            std::thread::park_timeout(Duration::from_millis(10));
            let now = self.raw().len();
            still = if now == length { still + 1 } else { 0 };
            length = now;
        }
    }

    pub fn resize(&self, cols: u16, rows: u16) {
        self.seen
            .lock()
            .unwrap()
            .emulator
            .screen_mut()
            .set_size(rows.try_into().unwrap(), cols.try_into().unwrap());
        self.master
            .resize(PtySize {
                rows,
                cols,
                pixel_width: 0,
                pixel_height: 0,
            })
            .unwrap();
    }

    pub fn process(&self) -> u32 {
        self.child.process_id().unwrap()
    }

    pub fn signal(&self, name: &str) {
        let id = self.process().to_string();
        assert!(
            std::process::Command::new("kill")
                .args([name, &id])
                .status()
                .unwrap()
                .success()
        );
    }

    /// Waits for the end and returns the exit code.
    #[track_caller]
    pub fn end(&mut self) -> u32 {
        let limit = Instant::now() + Duration::from_secs(30);
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                self.settle();
                return status.exit_code();
            }
            assert!(Instant::now() < limit, "it does not end:\n{}", self.text());
            std::thread::park_timeout(Duration::from_millis(10));
        }
    }

    /// Modes, cursor and line settings are as they were.
    #[track_caller]
    pub fn is_restored(&self) {
        let seen = self.seen.lock().unwrap();
        let screen = seen.emulator.screen();
        assert!(!screen.alternate_screen(), "the alternate screen is left");
        assert!(!screen.hide_cursor(), "the cursor is back");
        assert!(!screen.bracketed_paste(), "paste mode is off");
        assert_eq!(screen.mouse_protocol_mode(), vt100::MouseProtocolMode::None);
        assert_eq!(
            format!("{:?}", self.master.get_termios()),
            self.before,
            "the line settings"
        );
    }

    /// Every byte that ever came is one that may come.
    #[track_caller]
    pub fn is_clean(&self) {
        assert_eq!(guard::check(&self.raw()), []);
    }
}

impl Drop for Window {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Somebody with that world stored, and the simulator it came from.
pub fn world(scenario: &str, settings: &str) -> (Simulator, Person) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("world.toml");
    std::fs::write(&file, scenario).unwrap();
    let simulator = Simulator::start(&["--scenario", file.to_str().unwrap()]);
    let person = Person::synced("Europe/Berlin", &simulator);
    std::fs::create_dir_all(person.home().join("config")).unwrap();
    std::fs::write(person.home().join("config/config.toml"), settings).unwrap();
    (simulator, person)
}

/// Tells the simulator what goes wrong from now on, and how it behaves.
pub fn control(simulator: &Simulator, what: &str, body: &serde_json::Value) {
    let url = format!(
        "{}/simulator/{what}",
        simulator.graph.trim_end_matches("/v1.0")
    );
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let sent = reqwest::Client::new().post(url).json(body).send();
    let answer = runtime.block_on(sent).unwrap();
    assert!(answer.status().is_success(), "{answer:?}");
}

/// Tab through the events until the line about the selected one names it.
#[track_caller]
pub fn select(window: &mut Window, subject: &str) {
    window.settle();
    for _ in 0..10 {
        let line = format!("{subject} ·");
        if window.text().contains(&line) {
            return;
        }
        window.press_tab();
    }
    panic!("{subject} cannot be selected:\n{}", window.text());
}

/// Waits for a condition instead of a time.
#[track_caller]
pub fn until(what: &str, is_so: impl Fn() -> bool) {
    let limit = Instant::now() + Duration::from_secs(30);
    while !is_so() {
        assert!(Instant::now() < limit, "{what} did not happen");
        std::thread::park_timeout(Duration::from_millis(20));
    }
}
