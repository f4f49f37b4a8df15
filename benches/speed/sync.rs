//! A first and an unchanged synchronization of 10k events over real HTTP, with the real programs.

use crate::process::{kalends, mebibytes, memory};
use crate::report::Report;
use crate::world::{Home, NOW};
use anyhow::{Context, Result, bail};
use serde::Deserialize;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const EVENTS: &str = "10000";
const MOST: u64 = 250 << 20;

pub fn measure(report: &mut Report) -> Result<()> {
    let place = tempfile::tempdir()?;
    let simulator = Simulator::start()?;
    simulator.sign_in(place.path())?;
    let mut most = 0;
    for what in ["first sync", "full sync again, nothing changed"] {
        let (figures, took, peak) = sync(place.path())?;
        most = most.max(peak);
        let Figures {
            added,
            requests,
            bytes,
            ..
        } = figures;
        report.note(&format!(
            "{what}: {:.2} s, {added} added, {requests} requests, {} KB, at most {}",
            took.as_secs_f64(),
            bytes / 1_000,
            mebibytes(peak)
        ));
    }
    report.verdict(
        most <= MOST,
        "a full sync of 10k events takes at most 250 MiB",
        &mebibytes(most),
    );
    Ok(())
}

/// What `kalends sync --json` says.
#[derive(Deserialize)]
struct Figures {
    added: u64,
    requests: u64,
    bytes: u64,
    troubles: Vec<String>,
}

fn sync(home: &Path) -> Result<(Figures, Duration, u64)> {
    let started = Instant::now();
    let mut child = kalends(home, &["sync", "--json"])?
        .stdout(Stdio::piped())
        .spawn()?;
    let mut peak = 0;
    // The kernel keeps the peak, so the last look before the end tells it.
    while child.try_wait()?.is_none() {
        peak = memory(child.id(), "VmHWM").unwrap_or(peak);
        std::thread::sleep(Duration::from_millis(2));
    }
    let took = started.elapsed();
    let mut text = String::new();
    child
        .stdout
        .take()
        .context("no output")?
        .read_to_string(&mut text)?;
    let figures: Figures =
        serde_json::from_str(&text).with_context(|| format!("kalends sync said: {text}"))?;
    if let Some(trouble) = figures.troubles.first() {
        bail!("{trouble}");
    }
    Ok((figures, took, peak))
}

/// Microsoft 365 in miniature, in its own process; ends with this value.
struct Simulator {
    child: Child,
    ready: Ready,
}

#[derive(Deserialize)]
struct Ready {
    graph: String,
    authority: String,
    client_id: String,
    tenant: String,
}

impl Simulator {
    fn start() -> Result<Self> {
        let mut command = Command::new(Home::program("kalends")?);
        command.args([
            "simulate",
            "--listen",
            "127.0.0.1:0",
            "--events",
            EVENTS,
            "--now",
            NOW,
            "--auto-approve",
        ]);
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let mut line = String::new();
        BufReader::new(child.stdout.take().context("no output")?).read_line(&mut line)?;
        let ready = serde_json::from_str(&line)
            .with_context(|| format!("kalends simulate said: {line}"))?;
        Ok(Self { child, ready })
    }

    fn sign_in(&self, home: &Path) -> Result<()> {
        let Ready {
            graph,
            authority,
            client_id,
            tenant,
        } = &self.ready;
        let arguments = [
            "login",
            "--device-code",
            "--authority",
            authority,
            "--graph",
            graph,
            "--client-id",
            client_id,
            "--tenant",
            tenant,
        ];
        let status = kalends(home, &arguments)?.status()?;
        if !status.success() {
            bail!("kalends login ended with {status}");
        }
        Ok(())
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
