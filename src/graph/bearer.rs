//! Who signs our requests: an opaque token and the thing that provides it.
//!
//! The client neither reads nor stores tokens; it asks for one per attempt and,
//! after a 401, once for another. Invariant: a token's text appears in no log,
//! no panic and no `Debug`.

use crate::domain::remote::Failure;
use futures_util::future::BoxFuture;
use std::sync::Arc;
use zeroize::Zeroizing;

/// An access token. Opaque: not always a JWT (personal accounts use compact tokens).
#[derive(Clone, PartialEq, Eq)]
pub struct Token(Arc<Zeroizing<String>>);

impl Token {
    pub fn new(text: impl Into<String>) -> Self {
        Self(Arc::new(Zeroizing::new(text.into())))
    }

    /// The secret itself, for the `Authorization` header only.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Token")
    }
}

/// Provides access tokens; implemented by sign-in.
pub trait Bearer: Send + Sync {
    /// A token that is believed to be valid. Its failure is passed on unchanged.
    fn access(&self) -> BoxFuture<'_, Result<Token, Failure>>;

    /// A different token after `failed` was refused with 401. `claims` is the JSON of
    /// the server's claims challenge, already base64-decoded, when it sent one
    /// (identity platform: claims challenge).
    fn renew(
        &self,
        failed: &Token,
        claims: Option<String>,
    ) -> BoxFuture<'_, Result<Token, Failure>>;

    /// A 401 that `token` met was not the token's fault: it is no reason to distrust it.
    fn acquit(&self, _token: &Token) -> BoxFuture<'_, ()> {
        Box::pin(std::future::ready(()))
    }
}
