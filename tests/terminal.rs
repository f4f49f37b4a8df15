//! The whole program in a pseudo-terminal: what a person sees, what bytes reach them, and
//! what their terminal is like afterwards.

#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

#[path = "attack/corpus.rs"]
mod corpus;
#[path = "cli/world.rs"]
#[allow(dead_code, reason = "shared with the tests of the command line")]
mod world;

#[path = "terminal/window.rs"]
mod window;

#[path = "terminal/attack.rs"]
mod attack;
#[path = "terminal/company.rs"]
mod company;
#[path = "terminal/ending.rs"]
mod ending;
#[path = "terminal/finding.rs"]
mod finding;
#[path = "terminal/page.rs"]
mod page;
