//! Parses, runs, and ends with the exit code. Everything else is the library's.

use kalends::cli::{self, output::Output};
use std::io::{self, BufWriter, Write};
use std::process::ExitCode;

fn main() -> ExitCode {
    let (mut out, mut err) = (BufWriter::new(io::stdout()), io::stderr());
    let exit = cli::run(std::env::args_os(), &mut Output::to(&mut out, &mut err));
    // A reader that went away (`kalends agenda | head`) is no error.
    let _ = out.flush();
    ExitCode::from(exit.code())
}
