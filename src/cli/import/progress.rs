//! Waiting for many events to leave, and saying how far they are.
//!
//! On a terminal one line is written over itself; elsewhere there is a line for each tenth.
//! An interrupt ends the waiting, never what was queued.

use super::super::exit::Trouble;
use super::super::output::Output;
use super::super::send::NONSENSE;
use super::super::talk::Talk;
use crate::domain::intent::IntentId;
use crate::service::protocol::{Reply, Request, Standing};
use std::io::{IsTerminal, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

const ASK: Duration = Duration::from_secs(30);
/// Between two looks.
const PAUSE: Duration = Duration::from_millis(150);
/// Looks in a row at a line that is down before waiting ends.
const PATIENCE: u32 = 20;
/// Looks in a row without anything leaving: five minutes.
const STANDSTILL: u32 = 2_000;

/// How it ended.
pub(super) struct Sent {
    pub left: usize,
    pub refused: Vec<(IntentId, String)>,
    /// Why something is left.
    pub words: String,
}

pub(super) struct Progress {
    total: usize,
    is_terminal: bool,
    tenths: usize,
}

impl Progress {
    pub fn watch(
        talk: &mut Talk,
        queued: &[IntentId],
        output: &mut Output<'_>,
    ) -> Result<Sent, Trouble> {
        let interrupted = interrupts();
        let mut progress = Self {
            total: queued.len(),
            is_terminal: std::io::stderr().is_terminal(),
            tenths: 0,
        };
        let (mut patience, mut before, mut still) = (0, usize::MAX, 0);
        loop {
            let intents = queued.to_vec();
            let standing = match talk.ask(Request::Standing { intents }, ASK)? {
                Reply::Standing(standing) => standing,
                _ => return Err(Trouble::error(NONSENSE)),
            };
            let left = usize::try_from(standing.left).unwrap_or(usize::MAX);
            progress.show(left, output.err);
            patience = if standing.words.is_some() {
                patience + 1
            } else {
                0
            };
            still = if left == before { still + 1 } else { 0 };
            before = left;
            let why = if left == 0 {
                Some(String::new())
            } else if interrupted.load(Ordering::Relaxed) {
                Some("you interrupted the upload".to_owned())
            } else if patience > PATIENCE {
                standing.words.clone()
            } else if still > STANDSTILL {
                Some("the server has not taken anything for a while".to_owned())
            } else {
                None
            };
            if let Some(words) = why {
                progress.end(output.err);
                if let Ok(Reply::Status(status)) = talk.ask(Request::Status, ASK) {
                    talk.status = *status;
                }
                let Standing { refused, .. } = standing;
                return Ok(Sent {
                    left,
                    refused,
                    words,
                });
            }
            std::thread::park_timeout(PAUSE);
        }
    }

    fn show(&mut self, left: usize, err: &mut dyn Write) {
        let done = self.total.saturating_sub(left);
        let words = format!("{done} of {} sent", self.total);
        if self.is_terminal {
            let _ = write!(err, "\r{words}");
            let _ = err.flush();
            return;
        }
        let tenths = done * 10 / self.total.max(1);
        // A handful is there before anybody could read how far it is.
        if tenths > self.tenths && self.total >= 50 {
            self.tenths = tenths;
            let _ = writeln!(err, "{words}");
        }
    }

    fn end(&self, err: &mut dyn Write) {
        if self.is_terminal {
            let _ = writeln!(err);
        }
    }
}

/// True from the first interrupt on; the second one ends the program as always.
fn interrupts() -> Arc<AtomicBool> {
    let interrupted = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&interrupted);
    let waiter = std::thread::current();
    let spawned = std::thread::Builder::new()
        .name("interrupts".into())
        .spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_io()
                .build();
            let Ok(runtime) = runtime else { return };
            runtime.block_on(async {
                if tokio::signal::ctrl_c().await.is_ok() {
                    flag.store(true, Ordering::Relaxed);
                    waiter.unpark();
                }
                if tokio::signal::ctrl_c().await.is_ok() {
                    std::process::exit(130);
                }
            });
        });
    if let Err(error) = spawned {
        tracing::warn!(%error, "an interrupt ends the program at once");
    }
    interrupted
}
