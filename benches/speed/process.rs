//! Processes that are measured: how they are told what time it is, and what the kernel says of them.

use crate::world::{Home, NOW, ZONE};
use anyhow::{Context, Result, bail};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Everything a measured program may look at; the caller's own settings are left out.
pub const ENVIRONMENT: [(&str, &str); 6] = [
    ("KALENDS_NOW", NOW),
    ("TZ", ZONE),
    ("LANG", "C.UTF-8"),
    ("TERM", "xterm-256color"),
    ("COLORTERM", "truecolor"),
    ("PATH", "/usr/bin:/bin"),
];

/// A command of Kalends over a home; its output is thrown away.
pub fn kalends(home: &Path, arguments: &[&str]) -> Result<Command> {
    let mut command = Command::new(Home::program("kalends")?);
    command.arg("--home").arg(home).args(arguments);
    command
        .env_clear()
        .envs(ENVIRONMENT)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    Ok(command)
}

/// From the start of a process until its end was noticed.
pub fn time(command: &mut Command) -> Result<Duration> {
    let started = Instant::now();
    let status = command.status().context("could not start a program")?;
    let took = started.elapsed();
    if !status.success() {
        bail!("{command:?} ended with {status}");
    }
    Ok(took)
}

/// A line of /proc/PID/status in bytes: `VmRSS` is resident now, `VmHWM` was the most.
pub fn memory(pid: u32, line: &str) -> Result<u64> {
    let path = format!("/proc/{pid}/status");
    let status = std::fs::read_to_string(&path).with_context(|| path.clone())?;
    let value = status
        .lines()
        .find_map(|known| known.strip_prefix(line)?.strip_prefix(':'));
    let kibibytes = value
        .and_then(|value| value.trim().strip_suffix(" kB"))
        .with_context(|| format!("no {line} in {path}"))?;
    Ok(kibibytes.trim().parse::<u64>()? * 1024)
}

pub fn mebibytes(bytes: u64) -> String {
    #[allow(clippy::cast_precision_loss)]
    let mebibytes = bytes as f64 / f64::from(1 << 20);
    format!("{mebibytes:.1} MiB")
}

/// Bytes that a process has asked the kernel for with read and its relatives, so far.
pub fn bytes_read(pid: u32) -> Result<u64> {
    let path = format!("/proc/{pid}/io");
    let counters = std::fs::read_to_string(&path).with_context(|| path.clone())?;
    let value = counters
        .lines()
        .find_map(|line| line.strip_prefix("rchar: "));
    Ok(value
        .with_context(|| format!("no rchar in {path}"))?
        .parse()?)
}
