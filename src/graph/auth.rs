//! Signing in to Microsoft 365 and keeping the tokens fresh, as a public OAuth 2.0 client.
//!
//! Responsible for the browser and device code flows, silent refresh, the token file and the
//! sentences a person reads when any of it fails. Refuses redirects, client secrets, plain
//! http beyond loopback, and sending a token to a host that the account was not made for.
//!
//! Invariants: a token exists only as `Secret` or inside the 0600 file; no error, `Debug` or
//! log line carries one; time and waiting come from the `Clock` the caller passes in; a
//! refresh token is given up only when the platform said that it is dead.

pub mod browser;
pub mod challenge;
pub mod client;
mod clock;
pub mod device;
mod endpoints;
mod error;
pub mod http;
mod identity_token;
mod refusal;
pub mod scopes;
mod secret;
pub mod store;
pub mod tokens;
mod wire;

pub use browser::BrowserSignIn;
pub use client::{Request, SignInClient};
pub use clock::Clock;
pub use device::DeviceCode;
pub use endpoints::{Endpoints, EndpointsError};
pub use error::AuthError;
pub use refusal::{Refusal, Remedy};
pub use secret::Secret;
pub use store::{AccountKey, SignedIn, TokenStore};
pub use tokens::Tokens;
