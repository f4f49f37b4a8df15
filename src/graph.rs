//! On the wire: what Microsoft Graph is asked and what it says, and nothing else.
//!
//! `graph` turns an [`Ask`](crate::domain::remote::Ask) into HTTP requests and the
//! answers into domain values. It keeps no calendar, decides no retry (the engine
//! owns back-off) and never lets a token or a page link leave the configured host.
//!
//! Invariant: every failure leaves here as a `Failure` whose kind is decided once,
//! in `failure`; everything a server said is either bounded or refused.

pub mod auth;
mod batch;
pub mod bearer;
pub mod client;
mod exchange;
mod failure;
mod gate;
mod limits;
mod link;
mod request;
mod retry_after;
mod traffic;
pub mod wire;

pub use bearer::{Bearer, Token};
pub use client::{Client, ClientError};
pub use limits::Limits;
pub use traffic::Traffic;
