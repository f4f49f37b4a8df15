//! What the data side needs of a server; `graph` fulfils it on the wire, tests in
//! process.

use super::protocol::Rights;
use crate::domain::remote::{Ask, Failure, Told};
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

pub type Answer<T> = Pin<Box<dyn Future<Output = T> + Send>>;

pub trait Server: Send + Sync {
    fn perform(&self, ask: Ask) -> Answer<Result<Told, Failure>>;
    /// Several reads in one request, answered in the same order.
    fn perform_batch(&self, asks: Vec<Ask>) -> Answer<Vec<Result<Told, Failure>>>;
    fn traffic(&self) -> Traffic;
}

/// What went over the wire since the start.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Traffic {
    pub requests: u64,
    /// As the server's limits count them.
    pub counted: u64,
    pub bytes: u64,
    pub throttled: u64,
    /// Tokens renewed.
    pub renewals: u64,
}

/// A server and what signing in brought.
#[derive(Clone)]
pub struct Connected {
    pub server: Arc<dyn Server>,
    /// What the granted scopes allow.
    pub rights: Rights,
    /// Standing words for the person, e.g. where tokens are stored.
    pub banners: Vec<String>,
}

/// Connects when the data side is ready to, not before the first frame, and again when somebody
/// signed in anew. None: nobody is signed in, and what is cached is all there is.
pub type Connect = Box<dyn Fn() -> Result<Option<Connected>, String> + Send + Sync>;
