//! Signing in with the browser of this machine: authorization code with PKCE and a loopback
//! redirect (RFC 8252, RFC 7636, RFC 9700 2.1).
//!
//! Invariants: the listener is open before anybody learns the address; one answer is
//! accepted; its state is compared in constant time; the reply page is static and holds
//! nothing of the request.

mod listener;

use std::borrow::Cow;
use std::time::Duration;

use oauth2::{AuthorizationCode, CsrfToken, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl};
use url::Url;

use super::{AuthError, Refusal, Request, Secret, SignInClient, SignedIn};
use listener::Listener;

/// How long the browser may take.
const PATIENCE: Duration = Duration::from_secs(120);

/// A sign-in that waits for the browser.
pub struct BrowserSignIn {
    client: SignInClient,
    request: Request,
    listener: Listener,
    redirect: RedirectUrl,
    url: Url,
    state: Secret,
    nonce: Secret,
    verifier: PkceCodeVerifier,
}

/// What the browser brought back: a code that is good for one exchange.
#[derive(Debug)]
pub struct Answer {
    code: Secret,
}

impl SignInClient {
    /// Opens the listener on loopback and makes the address for the browser.
    ///
    /// # Errors
    /// `Listener` when no loopback port can be opened.
    pub async fn start_browser(&self, request: Request) -> Result<BrowserSignIn, AuthError> {
        let listener = Listener::open().await?;
        // Without a path: that is how http://localhost is registered, and any port matches.
        let address = format!("http://localhost:{}", listener.port());
        let redirect =
            RedirectUrl::new(address).map_err(|error| AuthError::Listener(error.to_string()))?;
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let nonce = Secret::new(CsrfToken::new_random().into_secret());
        let mut ask = self
            .oauth
            .authorize_url(CsrfToken::new_random)
            .add_scopes(request.scopes())
            .set_pkce_challenge(challenge)
            .set_redirect_uri(Cow::Borrowed(&redirect))
            .add_extra_param("response_mode", "query")
            .add_extra_param("nonce", nonce.expose().to_owned());
        let optional = [
            ("login_hint", &request.hint),
            ("prompt", &request.prompt),
            ("claims", &request.claims),
        ];
        for (name, value) in optional {
            if let Some(value) = value {
                ask = ask.add_extra_param(name, value.clone());
            }
        }
        let (url, state) = ask.url();
        let state = Secret::new(state.into_secret());
        let client = self.clone();
        Ok(BrowserSignIn {
            client,
            request,
            listener,
            redirect,
            url,
            state,
            nonce,
            verifier,
        })
    }
}

impl BrowserSignIn {
    /// The address to open. It holds the state: not for logs.
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// For people who sit elsewhere (SSH): forwards the port the browser comes back to.
    pub fn forwarding_hint(&self, host: &str) -> String {
        let port = self.listener.port();
        format!("ssh -L {port}:127.0.0.1:{port} {host}")
    }

    /// Waits for the browser, two minutes at most. Dropping the future cancels.
    ///
    /// # Errors
    /// `TimedOut`, `WrongState`, `Declined`, or why the platform refused.
    pub async fn wait(&self) -> Result<Answer, AuthError> {
        let too_late = self.client.clock.sleep(PATIENCE);
        tokio::select! {
            biased;
            answer = self.listener.answer(|query| self.judge(query)) => answer,
            () = too_late => Err(AuthError::TimedOut),
        }
    }

    /// Takes the address the browser ended on, pasted by the person.
    ///
    /// # Errors
    /// `NotThatAddress` for another address, else as `wait`.
    pub fn pasted(&self, text: &str) -> Result<Answer, AuthError> {
        let wrong = || AuthError::NotThatAddress(format!("{}/?", self.redirect.as_str()));
        let url = Url::parse(text.trim()).map_err(|_| wrong())?;
        let is_ours = url.scheme() == "http"
            && matches!(url.host_str(), Some("localhost" | "127.0.0.1"))
            && url.port_or_known_default() == Some(self.listener.port())
            && url.path() == "/";
        let query = url.query().filter(|_| is_ours).ok_or_else(wrong)?;
        self.judge(query)
    }

    /// Exchanges the code for tokens.
    ///
    /// # Errors
    /// Why the platform refused, or that it could not be reached.
    pub async fn redeem(self, answer: Answer) -> Result<SignedIn, AuthError> {
        let asked_ms = self.client.clock.now_ms();
        let code = AuthorizationCode::new(answer.code.expose().to_owned());
        let tokens = self
            .client
            .oauth
            .exchange_code(code)
            .set_pkce_verifier(self.verifier)
            .set_redirect_uri(Cow::Borrowed(&self.redirect))
            .add_extra_param("scope", self.request.scopes.join(" "))
            .request_async(&self.client.wire)
            .await
            .map_err(|error| self.client.wire.explain(error))?;
        self.client
            .accept(&tokens, &self.request, Some(self.nonce.expose()), asked_ms)
    }

    fn judge(&self, query: &str) -> Result<Answer, AuthError> {
        let get = |name: &str| {
            let mut pairs = url::form_urlencoded::parse(query.as_bytes());
            pairs
                .find(|(key, _)| key == name)
                .map(|(_, value)| value.into_owned())
        };
        let state = Secret::new(get("state").unwrap_or_default());
        if state != self.state {
            return Err(AuthError::WrongState);
        }
        if let Some(error) = get("error") {
            let description = get("error_description").unwrap_or_default();
            return Err(Refusal::of_redirect(&error, &description).into_error());
        }
        let code = get("code").filter(|code| !code.is_empty());
        let code = code.ok_or_else(|| self.client.wire.strange("a redirect without a code"))?;
        Ok(Answer {
            code: Secret::new(code),
        })
    }
}
