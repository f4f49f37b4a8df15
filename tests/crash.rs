//! The real thing dies: the program is killed at any moment, and its files are cut, flipped,
//! zeroed, mixed with older ones and taken away. What was acknowledged is there once, or the person
//! is told in one line that it is not. A disk that fills up while it runs is of the same kind.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test stops at the first surprise and says what it did"
)]

#[path = "terminal/window.rs"]
#[allow(dead_code, reason = "shared with the tests of the terminal")]
mod window;
#[path = "cli/world.rs"]
#[allow(dead_code, reason = "shared with the tests of the command line")]
mod world;

#[path = "sync/chance.rs"]
#[allow(dead_code, reason = "shared with the simulation")]
mod chance;

#[path = "crash/full_disk.rs"]
mod full_disk;
#[path = "crash/images.rs"]
mod images;
#[path = "crash/kills.rs"]
mod kills;
