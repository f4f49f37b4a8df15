//! The shell: the clock, the terminal, the log, and the way from a sign-in to a server.
//!
//! Everything that the rest of the program must not do happens here: asking the machine
//! for the time, writing to the terminal, starting threads. Invariant: nothing but
//! `terminal` writes to the terminal while the screen is open.

pub mod accounts;
pub mod clock;
pub mod connect;
pub mod guard;
pub mod harden;
pub mod logging;
pub mod open_url;
pub mod sign_in;

pub use accounts::Account;
pub use clock::Clock;
pub use connect::connect;
