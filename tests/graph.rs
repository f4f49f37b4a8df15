//! The Graph client against a server on loopback, the documented examples and the
//! published contract. Nothing here leaves the machine or reads its clock.
#![allow(
    clippy::unwrap_used,
    reason = "a test says what it expects by unwrapping"
)]

#[path = "graph/server.rs"]
mod server;

#[path = "graph/batches.rs"]
mod batches;
#[path = "graph/contract.rs"]
mod contract;
#[path = "graph/examples.rs"]
mod examples;
#[path = "graph/failures.rs"]
mod failures;
#[path = "graph/mutations.rs"]
mod mutations;
#[path = "graph/requests.rs"]
mod requests;
#[path = "graph/wire.rs"]
mod wire;
