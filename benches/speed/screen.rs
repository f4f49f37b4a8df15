//! A program in a pseudo-terminal that answers no query. Output is only time-stamped while the
//! program draws; what it amounts to on a screen is worked out in the silence after it.

use crate::process::ENVIRONMENT;
use crate::world::Home;
use anyhow::{Context, Result, anyhow, bail};
use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};
use rustix::process::{Pid, Signal, kill_process};
use std::ffi::OsStr;
use std::io::{Read, Write};
use std::num::NonZero;
use std::path::Path;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

/// A pause this long ends a repaint.
const SILENCE: Duration = Duration::from_millis(60);
const PATIENCE: Duration = Duration::from_secs(20);

pub struct Screen {
    started: Instant,
    chunks: Receiver<(Instant, Vec<u8>)>,
    picture: vt100::Parser,
    keyboard: Box<dyn Write + Send>,
    child: Box<dyn Child + Send + Sync>,
    _master: Box<dyn MasterPty + Send>,
}

/// What a key led to.
pub struct Repaint {
    /// Until the last byte before the silence.
    pub settled: Duration,
    pub bytes: u64,
}

impl Screen {
    fn start(program: &Path, arguments: &[&OsStr], (cols, rows): (u16, u16)) -> Result<Self> {
        let side = |cells: u16| NonZero::new(cells).context("a screen without cells");
        let picture = vt100::Parser::new(side(rows)?, side(cols)?, 0);
        let size = PtySize {
            rows,
            cols,
            pixel_width: 0,
            pixel_height: 0,
        };
        let pair = native_pty_system().openpty(size)?;
        let mut reader = pair.master.try_clone_reader()?;
        let keyboard = pair.master.take_writer()?;
        let (sender, chunks) = channel();
        std::thread::spawn(move || {
            let mut buffer = vec![0; 1 << 16];
            while let Ok(got @ 1..) = reader.read(&mut buffer) {
                let chunk = buffer.get(..got).unwrap_or_default().to_vec();
                if sender.send((Instant::now(), chunk)).is_err() {
                    break;
                }
            }
        });
        let mut command = CommandBuilder::new(program);
        command.args(arguments);
        command.env_clear();
        for (name, value) in ENVIRONMENT {
            command.env(name, value);
        }
        let started = Instant::now();
        let child = pair.slave.spawn_command(command)?;
        Ok(Self {
            started,
            chunks,
            picture,
            keyboard,
            child,
            _master: pair.master,
        })
    }

    /// Kalends over a home, without a network.
    pub fn open(home: &Path, size: (u16, u16)) -> Result<Self> {
        let arguments = [OsStr::new("--home"), home.as_os_str(), OsStr::new("open")];
        Self::start(&Home::program("kalends")?, &arguments, size)
    }

    pub fn floor(size: (u16, u16)) -> Result<Self> {
        Self::start(&Home::program("floor")?, &[], size)
    }

    /// From the start until the picture held all of `words`.
    pub fn first_frame(&mut self, words: &[&str]) -> Result<Duration> {
        let until = Instant::now() + PATIENCE;
        while Instant::now() < until {
            for (at, chunk) in self.until_silence() {
                self.picture.process(&chunk);
                let shown = self.picture.screen().contents();
                if words.iter().all(|word| shown.contains(word)) {
                    return Ok(at.duration_since(self.started));
                }
            }
            if let Some(status) = self.child.try_wait()? {
                bail!(
                    "it ended before its first frame ({status:?}):\n{}",
                    self.picture.screen().contents()
                );
            }
        }
        Err(anyhow!(
            "no {words:?} on this screen:\n{}",
            self.picture.screen().contents()
        ))
    }

    /// Presses a key and waits until nothing more is drawn.
    pub fn press(&mut self, key: &str) -> Result<Repaint> {
        self.settle();
        let pressed = Instant::now();
        self.keyboard.write_all(key.as_bytes())?;
        self.keyboard.flush()?;
        let mut repaint = Repaint {
            settled: Duration::ZERO,
            bytes: 0,
        };
        for (at, chunk) in self.until_silence() {
            self.picture.process(&chunk);
            repaint.settled = at.duration_since(pressed);
            repaint.bytes += chunk.len() as u64;
        }
        Ok(repaint)
    }

    pub fn contents(&self) -> String {
        self.picture.screen().contents()
    }

    /// Takes in what is still being drawn.
    pub fn settle(&mut self) {
        while let Ok((_, chunk)) = self.chunks.recv_timeout(SILENCE) {
            self.picture.process(&chunk);
        }
    }

    /// Everything up to a pause; nothing at all when nothing comes for a while.
    fn until_silence(&self) -> Vec<(Instant, Vec<u8>)> {
        let mut chunks = Vec::new();
        let mut patience = Duration::from_millis(500);
        while let Ok(chunk) = self.chunks.recv_timeout(patience) {
            chunks.push(chunk);
            patience = SILENCE;
        }
        chunks
    }

    pub fn pid(&self) -> Result<u32> {
        self.child
            .process_id()
            .context("the program has no process id")
    }

    /// Ends it the way a person does, and waits for its end.
    pub fn quit(mut self) -> Result<()> {
        self.keyboard.write_all(b"q")?;
        self.keyboard.flush()?;
        let until = Instant::now() + PATIENCE;
        while self.child.try_wait()?.is_none() {
            if Instant::now() > until {
                self.kill()?;
                bail!("it did not end when asked to");
            }
            std::thread::sleep(Duration::from_millis(2));
        }
        Ok(())
    }

    /// `kill -9`.
    pub fn kill(mut self) -> Result<()> {
        let pid = i32::try_from(self.pid()?)
            .ok()
            .and_then(Pid::from_raw)
            .context("a process id")?;
        kill_process(pid, Signal::KILL)?;
        self.child.wait()?;
        Ok(())
    }
}
