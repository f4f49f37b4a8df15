//! Reading the terminal, in a thread of its own, from behind the first frame until the end.
//!
//! Invariant: while it is paused, nothing is taken from the terminal: what is typed there is
//! another program's.

use crossterm::event::{Event, EventStream};
use futures_util::StreamExt;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;
use tokio::sync::watch;

/// Longest wait until the thread lets the terminal go.
const PATIENCE: Duration = Duration::from_secs(1);

pub(super) struct Keys {
    is_wanted: watch::Sender<bool>,
    has_paused: Receiver<()>,
}

impl Keys {
    /// Every event goes to `tell`, and None when there are no more; false ends the reading.
    pub(super) fn read(tell: impl Fn(Option<Event>) -> bool + Send + 'static) -> Self {
        let (is_wanted, wanted) = watch::channel(true);
        let (paused, has_paused) = channel();
        let read = move || {
            let runtime = tokio::runtime::Builder::new_current_thread().build();
            match runtime {
                Ok(runtime) => runtime.block_on(listen(wanted, &paused, &tell)),
                Err(error) => tracing::error!(%error, "keys cannot be read"),
            }
            tell(None);
        };
        let spawned = std::thread::Builder::new().name("keys".into()).spawn(read);
        if let Err(error) = spawned {
            tracing::error!(%error, "keys cannot be read");
        }
        Self {
            is_wanted,
            has_paused,
        }
    }

    /// Leaves the terminal to somebody else.
    pub(super) fn pause(&self) {
        while self.has_paused.try_recv().is_ok() {}
        if self.is_wanted.send(false).is_ok() {
            let _ = self.has_paused.recv_timeout(PATIENCE);
        }
    }

    pub(super) fn resume(&self) {
        let _ = self.is_wanted.send(true);
    }
}

/// Until the terminal is gone, or nobody listens any more.
async fn listen(
    mut wanted: watch::Receiver<bool>,
    paused: &std::sync::mpsc::Sender<()>,
    tell: &impl Fn(Option<Event>) -> bool,
) {
    loop {
        let mut events = EventStream::new();
        while *wanted.borrow_and_update() {
            tokio::select! {
                biased;
                changed = wanted.changed() => if changed.is_err() { return },
                event = events.next() => {
                    let Some(Ok(event)) = event else { return };
                    if !tell(Some(event)) {
                        return;
                    }
                }
            }
        }
        drop(events);
        let _ = paused.send(());
        while !*wanted.borrow_and_update() {
            if wanted.changed().await.is_err() {
                return;
            }
        }
    }
}
