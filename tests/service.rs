//! The data side as the screen meets it: requests in, replies out, with its real stores and a
//! server that does what the test says. What the person is told must be what happens.

#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

#[path = "service/before.rs"]
mod before;
#[allow(dead_code, reason = "the histories use more of it")]
#[path = "sync/chance.rs"]
mod chance;
#[path = "service/desk.rs"]
mod desk;
#[path = "service/figures.rs"]
mod figures;
#[path = "service/following.rs"]
mod following;
#[path = "service/halves.rs"]
mod halves;
#[path = "service/office.rs"]
mod office;
#[path = "service/pairs.rs"]
mod pairs;
#[path = "service/reaching.rs"]
mod reaching;
#[path = "service/rounds.rs"]
mod rounds;
#[path = "service/undoing.rs"]
mod undoing;
#[path = "service/walks.rs"]
mod walks;
