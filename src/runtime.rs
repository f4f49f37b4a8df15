//! The shell: the loop, the terminal, the clock, the log, and the way to a server.
//!
//! Everything that the rest of the program must not do happens here: asking the machine
//! for the time, writing to the terminal, starting threads. Invariant: nothing but
//! `terminal` writes to the terminal while the screen is open.

pub mod event_loop;

pub mod data_side;
pub mod downloads;
mod editor;
mod effects;
pub mod guard;
mod keys;
pub mod signals;
pub mod terminal;

pub mod accounts;
pub mod clock;
pub mod connect;
pub mod harden;
pub mod logging;
pub mod open_url;
pub mod settings;
pub mod sign_in;

pub use accounts::Account;
pub use clock::Clock;
pub use connect::connect;
