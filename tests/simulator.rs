//! The simulator seen from outside: requests in, answers out, checked against the published
//! contract and against what the delta documentation promises.

#[path = "simulator/common.rs"]
mod common;
#[path = "simulator/delta.rs"]
mod delta;
#[path = "simulator/http.rs"]
mod http;
#[path = "simulator/meetings.rs"]
mod meetings;
#[path = "simulator/reading.rs"]
mod reading;
#[path = "simulator/worlds.rs"]
mod worlds;
