//! The simulator seen from outside: requests in, answers out, checked against the published
//! contract and against what the delta documentation promises.
#![allow(
    clippy::unwrap_used,
    clippy::string_slice,
    clippy::print_stdout,
    reason = "a test says what is wrong by failing"
)]

#[path = "simulator/common.rs"]
mod common;
#[path = "simulator/delta.rs"]
mod delta;
#[path = "simulator/examples.rs"]
mod examples;
#[path = "simulator/faults.rs"]
mod faults;
#[path = "simulator/http.rs"]
mod http;
#[path = "simulator/meetings.rs"]
mod meetings;
#[path = "simulator/reading.rs"]
mod reading;
#[path = "simulator/recurrence.rs"]
mod recurrence;
#[path = "simulator/sharing.rs"]
mod sharing;
#[path = "simulator/worlds.rs"]
mod worlds;
