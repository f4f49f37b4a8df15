//! From a stored sign-in to a server the data side can ask.
//!
//! Runs on the data side's blocking thread, after the first frame: TLS roots, the HTTP
//! client and the token file are not touched before somebody asks for them.

use super::{Account, Clock};
use crate::service::{Connect, Home};

/// The way to the server of an account, taken when the data side asks for it.
pub fn connect(_home: &Home, _account: &Account, _clock: Clock) -> Connect {
    Box::new(|| Ok(None))
}
