//! Signals become messages of the one inbox.
//!
//! Invariant: a signal that ends programs ends this one, and gives the terminal back,
//! even when the drawing thread is stuck.

use super::terminal;
use rustix::process::Signal;
use std::sync::mpsc;
use std::time::Duration;
use tokio::signal::unix::{SignalKind, signal};

/// How long an orderly end may take.
const GRACE: Duration = Duration::from_secs(2);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Caught {
    /// TERM, HUP or INT with its number: leave.
    End(u8),
    /// TSTP: stop until continued.
    Stop,
    /// CONT: the terminal may have been somebody else's.
    Continued,
}

/// Listens when this returns, which is before the terminal is taken: a signal that came between
/// would end the program and leave the terminal as it is. `deliver` says whether somebody still
/// takes messages.
pub fn listen(deliver: impl Fn(Caught) -> bool + Send + 'static) {
    let (ready, is_ready) = mpsc::channel();
    let spawned = std::thread::Builder::new()
        .name("signals".into())
        .spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_io()
                .enable_time()
                .build();
            if let Ok(runtime) = runtime {
                runtime.block_on(carry(deliver, ready));
            }
        });
    if let Err(error) = spawned {
        tracing::warn!(%error, "signals end the program without its help");
    }
    // Without listeners the other end is gone at once.
    let _ = is_ready.recv_timeout(GRACE);
}

async fn carry(deliver: impl Fn(Caught) -> bool, ready: mpsc::Sender<()>) {
    let of = |number: Signal| signal(SignalKind::from_raw(number.as_raw()));
    let opened = (
        of(Signal::TERM),
        of(Signal::HUP),
        of(Signal::INT),
        of(Signal::TSTP),
        of(Signal::CONT),
    );
    let (Ok(mut term), Ok(mut hup), Ok(mut int), Ok(mut tstp), Ok(mut cont)) = opened else {
        return;
    };
    let _ = ready.send(());
    loop {
        let number = |signal: Signal| u8::try_from(signal.as_raw()).unwrap_or(15);
        let caught = tokio::select! {
            _ = term.recv() => Caught::End(number(Signal::TERM)),
            _ = hup.recv() => Caught::End(number(Signal::HUP)),
            _ = int.recv() => Caught::End(number(Signal::INT)),
            _ = tstp.recv() => Caught::Stop,
            _ = cont.recv() => Caught::Continued,
        };
        let is_heard = deliver(caught);
        if let Caught::End(number) = caught {
            if is_heard {
                tokio::time::sleep(GRACE).await;
            }
            terminal::restore();
            std::process::exit(128 + i32::from(number));
        }
        if !is_heard {
            return;
        }
    }
}
