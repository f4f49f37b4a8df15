//! Microsoft 365 in miniature: identity platform, Graph, faults and scenarios over real HTTP.
//!
//! Refuses: the client's wire types, recurrence and zone code. Both sides are
//! written apart so that they cannot agree on the same mistake.

pub mod clock;
pub mod identity;
