//! The size of the program. Judged as built: only the `dist` profile is what packages hold.

use crate::process::mebibytes;
use crate::report::Report;
use crate::world::Home;
use anyhow::Result;

const MOST: u64 = 12 << 20;

pub fn measure(report: &mut Report) -> Result<()> {
    let path = Home::program("kalends")?;
    let bytes = std::fs::metadata(&path)?.len();
    let is_dist = path.parent().is_some_and(|folder| folder.ends_with("dist"));
    if !is_dist {
        report.note("this is not a build of the dist profile");
    }
    report.verdict(
        bytes <= MOST,
        "program of at most 12 MiB",
        &mebibytes(bytes),
    );
    Ok(())
}
