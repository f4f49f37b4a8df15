//! Signing a person in: one of the two flows, then the token file and the default account.
//!
//! Runs in its own small runtime and speaks to the person through what it is given.
//! Invariant: nothing is stored before the platform said who signed in.

use super::accounts::{self, Account};
use super::{Clock, open_url};
use crate::graph::auth::{AuthError, Endpoints, Request, SignInClient, TokenStore, http, scopes};
use crate::service::Home;
use std::sync::Arc;

/// How the person proves who they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flow {
    Browser,
    DeviceCode,
}

pub struct Wish {
    pub endpoints: Endpoints,
    pub flow: Flow,
    pub read_only: bool,
    /// Scopes beyond the usual ones.
    pub more: Vec<&'static str>,
    /// The account to sign in as, when it is known.
    pub hint: Option<String>,
}

/// What the person has to be told while it happens.
pub enum Step<'a> {
    /// Open this page on this machine; `forwarding` helps over SSH.
    Open {
        url: &'a str,
        forwarding: String,
        opened: bool,
    },
    /// Type this code at this page.
    Code {
        code: &'a str,
        page: &'a str,
        warning: String,
        message: Option<&'a str>,
    },
}

/// Signs in and stores the tokens.
///
/// # Errors
/// Why there is no sign-in; nothing was stored then.
pub fn sign_in(
    home: &Home,
    wish: Wish,
    clock: Clock,
    open: impl Fn(&str) -> bool,
    mut tell: impl FnMut(Step<'_>),
) -> Result<Account, AuthError> {
    let store = TokenStore::open(&home.data)?;
    let http = http::http_client(&wish.endpoints)?;
    let client = SignInClient::new(wish.endpoints, http, Arc::new(clock));
    let mut request = if wish.read_only {
        Request::read_only()
    } else {
        Request::read_write()
    };
    request.scopes.extend(scopes::owned(&wish.more));
    request.hint = wish.hint;
    let network = |error: std::io::Error| AuthError::Network(error.to_string());
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(network)?;
    let signed_in = runtime.block_on(async {
        match wish.flow {
            Flow::Browser => {
                let waiting = client.start_browser(request).await?;
                let url = waiting.url().as_str();
                let opened = open(url);
                let forwarding = waiting.forwarding_hint(&open_url::host());
                tell(Step::Open {
                    url,
                    forwarding,
                    opened,
                });
                let answer = waiting.wait().await?;
                waiting.redeem(answer).await
            }
            Flow::DeviceCode => {
                let code = client.start_device_code(request).await?;
                let at = clock.now().strftime("%H:%M UTC").to_string();
                let warning = code.warning(&open_url::host(), &at);
                let (user_code, page) = (code.user_code(), code.verification_uri());
                tell(Step::Code {
                    code: user_code,
                    page,
                    warning,
                    message: code.message(),
                });
                client.poll(&code).await
            }
        }
    })?;
    store.save(&signed_in)?;
    let account = accounts::of(home, signed_in);
    if let Err(words) = accounts::remember(home, &account.id) {
        tracing::warn!(%words, "the default account could not be remembered");
    }
    Ok(account)
}
