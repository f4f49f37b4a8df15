//! The command line as people and scripts meet it: the real program, a real simulator,
//! real exit codes. Every class of failure has one clear message.

#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

#[path = "cli/world.rs"]
mod world;

#[path = "cli/edits.rs"]
mod edits;
#[path = "cli/errands.rs"]
mod errands;
#[path = "cli/failures.rs"]
mod failures;
#[path = "cli/following.rs"]
mod following;
#[path = "cli/ical.rs"]
mod ical;
#[path = "cli/stats.rs"]
mod stats;
#[path = "cli/triage.rs"]
mod triage;
#[path = "cli/verbs.rs"]
mod verbs;
#[path = "cli/whole.rs"]
mod whole;
