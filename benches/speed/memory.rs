//! Resident memory of an open screen, a minute after its start with 100k events stored.

use crate::process::{mebibytes, memory};
use crate::report::Report;
use crate::screen::Screen;
use crate::world::Home;
use anyhow::Result;
use std::time::Duration;

const MOST: u64 = 40 << 20;

pub fn measure(report: &mut Report) -> Result<()> {
    let home = Home::with(100_000)?;
    let mut screen = Screen::open(home.path(), (200, 50))?;
    screen.first_frame(&["Kubernetes"])?;
    let pid = screen.pid()?;
    for seconds in [2, 8] {
        std::thread::sleep(Duration::from_secs(seconds));
        screen.settle();
        report.note(&format!(
            "after {seconds} s more: {}",
            mebibytes(memory(pid, "VmRSS")?)
        ));
    }
    std::thread::sleep(Duration::from_secs(50));
    screen.settle();
    let (now, most) = (memory(pid, "VmRSS")?, memory(pid, "VmHWM")?);
    let measured = format!(
        "{} (at most {} since the start)",
        mebibytes(now),
        mebibytes(most)
    );
    report.verdict(
        now <= MOST,
        "resident a minute after the start, 100k stored, at most 40 MiB",
        &measured,
    );
    screen.quit()
}
