//! The data side behind a request/notice interface: it carries what the engine
//! wants to store and graph, in this process or over a socket.
//!
//! Invariant: one owner. Whoever holds the folder's lock runs `data::Data` and
//! listens; everybody else reads sheets (`peek`) and asks over the socket.

pub mod clock;
pub mod counts;
pub mod data;
pub mod handle;
pub mod home;
mod measured;
pub mod peek;
pub mod protocol;
pub mod requests;
pub mod server;
pub mod socket;

pub use clock::Clock;
pub use handle::{Handle, Incoming, OpenError, Options, attach, own, reach};
pub use home::Home;
pub use peek::Peek;
pub use server::{Connect, Connected, Server, Traffic};
