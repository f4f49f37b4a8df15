//! iCalendar in and out, as laws: samples survive the way round, a series cut at its exceptions
//! has the occurrences it had, and nothing in a file can make reading it fail, hang or grow.

#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

#[path = "ical/edges.rs"]
mod edges;
#[path = "ical/hostile.rs"]
mod hostile;
#[path = "ical/pieces.rs"]
mod pieces;
#[path = "ical/round.rs"]
mod round;
#[path = "ical/world.rs"]
mod world;
