//! The screen, from keys to cells: scripts in, golden screens and checked truths out.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a helper that fails is a test that fails"
)]

#[path = "tui/press.rs"]
mod press;
#[path = "tui/world.rs"]
mod world;

#[path = "tui/answering.rs"]
mod answering;
#[path = "tui/cost.rs"]
mod cost;
#[path = "tui/editing.rs"]
mod editing;
#[path = "tui/find.rs"]
mod find;
#[path = "tui/finding_truly.rs"]
mod finding_truly;
#[path = "tui/focus.rs"]
mod focus;
#[path = "tui/following.rs"]
mod following;
#[path = "tui/form.rs"]
mod form;
#[path = "tui/goldens.rs"]
mod goldens;
#[path = "tui/monkey.rs"]
mod monkey;
#[path = "tui/moving.rs"]
mod moving;
#[path = "tui/pages.rs"]
mod pages;
#[path = "tui/picture.rs"]
mod picture;
#[path = "tui/stats.rs"]
mod stats;
#[path = "tui/triage.rs"]
mod triage;
#[path = "tui/truth.rs"]
mod truth;
#[path = "tui/vitals.rs"]
mod vitals;
