//! Microsoft 365 in miniature: identity platform, Graph, faults and scenarios over real HTTP.
//!
//! Refuses: the client's wire types, recurrence and zone code. Both sides are
//! written apart so that they cannot agree on the same mistake.

pub mod clock;

pub mod civil;
pub mod dice;
pub mod faults;
pub mod graph;
mod ids;
pub mod recurrence;
pub mod server;
pub mod world;
pub mod zone;
