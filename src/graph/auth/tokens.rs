//! Fresh access tokens for one account.
//!
//! Invariants: at most one refresh is under way; whoever waited for it gets its result, also
//! when it failed; a refresh that began is finished and stored even if the caller went away;
//! while the platform wants a pause or a person, it is not asked again.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use oauth2::{RefreshToken, Scope, TokenResponse};
use tokio::sync::Mutex;

use super::client::{TokenAnswer, expires_at, granted};
use super::{AccountKey, AuthError, Remedy, Secret, SignInClient, SignedIn, TokenStore};

/// A token is renewed this long before it ends, plus up to `JITTER_MS`, in milliseconds.
const EARLY_MS: i64 = 5 * 60 * 1000;
const JITTER_MS: i64 = 60 * 1000;
/// How long the platform is left alone after it asked for a person, in milliseconds.
const QUIET_MS: i64 = 5 * 60 * 1000;

/// The token source of one account. Cheap to clone.
#[derive(Clone)]
pub struct Tokens(Arc<Inner>);

struct Inner {
    client: SignInClient,
    store: TokenStore,
    kept: Mutex<Kept>,
    /// Counts finished refreshes.
    finished: AtomicU64,
    /// Counts those that brought a token.
    renewed: AtomicU64,
}

struct Kept {
    account: SignedIn,
    /// How long before its end the current token counts as old, in milliseconds.
    early_ms: i64,
    /// The last refresh that failed: its number, why, and until when not to try again.
    failure: Option<Failure>,
    /// The token that replaced one the server had refused.
    replacement: Option<Secret>,
}

struct Failure {
    number: u64,
    error: AuthError,
    quiet_until_ms: i64,
}

impl Tokens {
    /// # Errors
    /// `NotSignedIn` when the store does not know the account.
    pub fn open(
        client: SignInClient,
        store: TokenStore,
        key: &AccountKey,
    ) -> Result<Self, AuthError> {
        let account = store.account(key)?;
        let account = account.ok_or_else(|| AuthError::NotSignedIn(key.to_string()))?;
        Ok(Self::with(client, store, account))
    }

    /// For an account that has just signed in; the caller has saved it.
    pub fn with(client: SignInClient, store: TokenStore, account: SignedIn) -> Self {
        let kept = Kept {
            account,
            early_ms: early_ms(),
            failure: None,
            replacement: None,
        };
        let kept = Mutex::new(kept);
        Self(Arc::new(Inner {
            client,
            store,
            kept,
            finished: AtomicU64::new(0),
            renewed: AtomicU64::new(0),
        }))
    }

    /// A token that is good for some minutes. `now_ms` is milliseconds since the Unix epoch, UTC.
    ///
    /// # Errors
    /// `NeedsPerson` with what to do, `Offline` or `RetryLater` when it may work later.
    pub async fn access(&self, now_ms: i64) -> Result<Secret, AuthError> {
        let seen = self.0.finished.load(Ordering::SeqCst);
        if let Some(token) = self
            .0
            .kept
            .try_lock()
            .ok()
            .and_then(|kept| kept.fresh(now_ms))
        {
            return Ok(token);
        }
        let inner = Arc::clone(&self.0);
        finish(async move {
            let mut kept = inner.kept.lock().await;
            match kept.fresh(now_ms) {
                Some(token) => Ok(token),
                None => inner.renew(&mut kept, now_ms, seen, None).await,
            }
        })
        .await
    }

    /// After a 401: a token other than `failed`, from one refresh that carries the claims of
    /// the challenge. The caller repeats its request once.
    ///
    /// # Errors
    /// As `access`; claims that need a person are kept in the store for the next sign-in.
    pub async fn renew_after_401(
        &self,
        failed: &Secret,
        claims: Option<String>,
    ) -> Result<Secret, AuthError> {
        let seen = self.0.finished.load(Ordering::SeqCst);
        let now_ms = self.0.client.clock.now_ms();
        let (inner, failed) = (Arc::clone(&self.0), failed.clone());
        finish(async move {
            let mut kept = inner.kept.lock().await;
            if let Some(token) = kept.fresh(now_ms).filter(|token| *token != failed) {
                return Ok(token);
            }
            if claims.is_none() && kept.replacement.as_ref() == Some(&failed) {
                return Err(refuses_fresh_tokens());
            }
            // The server's word counts more than the expiry we computed.
            kept.account.expires_at_ms = 0;
            let token = inner.renew(&mut kept, now_ms, seen, claims).await?;
            kept.replacement = Some(token.clone());
            Ok(token)
        })
        .await
    }

    /// A 401 that this token met was not its fault: should it be refused again, it is renewed.
    pub async fn acquit(&self, token: &Secret) {
        let mut kept = self.0.kept.lock().await;
        kept.replacement.take_if(|replacement| replacement == token);
    }

    /// Takes over a new sign-in of the same account and stores it.
    ///
    /// # Errors
    /// When the account is another one, or the store refuses.
    pub async fn adopt(&self, account: SignedIn) -> Result<(), AuthError> {
        let mut kept = self.0.kept.lock().await;
        if account.key != kept.account.key {
            return Err(AuthError::NotSignedIn(kept.account.key.to_string()));
        }
        self.0.save(&account).await?;
        *kept = Kept {
            account,
            early_ms: early_ms(),
            failure: None,
            replacement: None,
        };
        Ok(())
    }

    /// Tokens that were renewed here, whether they ran out or were refused.
    pub fn renewed(&self) -> u64 {
        self.0.renewed.load(Ordering::SeqCst)
    }

    /// Scopes of the last answer; features depend on them.
    pub async fn granted(&self) -> Vec<String> {
        self.0.kept.lock().await.account.granted.clone()
    }
}

impl Kept {
    fn fresh(&self, now_ms: i64) -> Option<Secret> {
        self.usable(now_ms.saturating_add(self.early_ms))
    }

    fn usable(&self, now_ms: i64) -> Option<Secret> {
        self.account
            .access
            .clone()
            .filter(|_| now_ms < self.account.expires_at_ms)
    }

    /// The failure that speaks for this call too: it came while the call waited, or silence holds.
    fn standing_failure(&self, now_ms: i64, seen: u64) -> Option<AuthError> {
        let failure = self.failure.as_ref()?;
        let speaks = failure.number > seen || now_ms < failure.quiet_until_ms;
        speaks.then(|| failure.error.clone())
    }
}

impl Inner {
    async fn renew(
        &self,
        kept: &mut Kept,
        now_ms: i64,
        seen: u64,
        claims: Option<String>,
    ) -> Result<Secret, AuthError> {
        if let Some(error) = kept.standing_failure(now_ms, seen) {
            return kept.usable(now_ms).ok_or(error);
        }
        self.take_newer(kept).await;
        if let Some(token) = kept.fresh(now_ms).filter(|_| claims.is_none()) {
            return Ok(token);
        }
        let result = self.refresh(kept, now_ms, claims).await;
        let number = self.finished.fetch_add(1, Ordering::SeqCst) + 1;
        match result {
            Ok(token) => {
                kept.failure = None;
                Ok(token)
            }
            Err(error) => {
                let quiet_until_ms = now_ms.saturating_add(quiet_ms(&error));
                kept.failure = Some(Failure {
                    number,
                    error: error.clone(),
                    quiet_until_ms,
                });
                // Renewal starts early, so the old token often still works.
                kept.usable(now_ms).ok_or(error)
            }
        }
    }

    /// Another process may have renewed or signed in meanwhile: the newest tokens win.
    async fn take_newer(&self, kept: &mut Kept) {
        let (store, key) = (self.store.clone(), kept.account.key.clone());
        let read = tokio::task::spawn_blocking(move || store.account(&key)).await;
        if let Ok(Ok(Some(stored))) = read {
            let is_newer = stored.refresh != kept.account.refresh
                && stored.expires_at_ms >= kept.account.expires_at_ms;
            if is_newer {
                kept.account = stored;
            }
        }
    }

    async fn refresh(
        &self,
        kept: &mut Kept,
        now_ms: i64,
        claims: Option<String>,
    ) -> Result<Secret, AuthError> {
        let Some(refresh) = &kept.account.refresh else {
            return Err(AuthError::NeedsPerson {
                why: "the sign-in is no longer valid; sign in again".to_owned(),
                remedy: Remedy::SignInAgain,
                claims: kept.account.claims.clone(),
            });
        };
        let refresh = RefreshToken::new(refresh.expose().to_owned());
        let scopes = kept.account.asked.iter().cloned().map(Scope::new);
        let mut ask = self
            .client
            .oauth
            .exchange_refresh_token(&refresh)
            .add_scopes(scopes);
        if let Some(claims) = &claims {
            ask = ask.add_extra_param("claims", claims.clone());
        }
        match ask.request_async(&self.client.wire).await {
            Ok(answer) => self.keep(kept, &answer, now_ms).await,
            Err(error) => {
                let error = self.client.wire.explain(error);
                self.note(kept, &error, claims).await;
                Err(error)
            }
        }
    }

    async fn keep(
        &self,
        kept: &mut Kept,
        answer: &TokenAnswer,
        now_ms: i64,
    ) -> Result<Secret, AuthError> {
        let person = self.client.person(answer, None)?;
        if person.is_some_and(|person| person.key != kept.account.key) {
            return Err(self.client.wire.strange("a token of another account"));
        }
        self.renewed.fetch_add(1, Ordering::SeqCst);
        let token = Secret::new(answer.access_token().secret().clone());
        let account = &mut kept.account;
        account.access = Some(token.clone());
        account.expires_at_ms = expires_at(answer, now_ms);
        account.granted = granted(answer, &account.asked);
        account.claims = None;
        if let Some(refresh) = answer.refresh_token() {
            account.refresh = Some(Secret::new(refresh.secret().clone()));
        }
        // A quarter of a short life at most, or a token would be old when it arrives.
        kept.early_ms = early_ms().min((account.expires_at_ms - now_ms) / 4);
        if let Err(error) = self.save(&kept.account).await {
            // The token works, and the replaced refresh token does so until it expires.
            tracing::warn!(%error, "could not store renewed tokens");
        }
        Ok(token)
    }

    /// Remembers across restarts what the next sign-in needs, and drops what is dead.
    async fn note(&self, kept: &mut Kept, error: &AuthError, asked: Option<String>) {
        let AuthError::NeedsPerson { remedy, claims, .. } = error else {
            return;
        };
        if *remedy == Remedy::SignInAgain {
            kept.account.refresh = None;
        }
        kept.account.claims = claims.clone().or(asked).or(kept.account.claims.take());
        if let Err(error) = self.save(&kept.account).await {
            tracing::warn!(%error, "could not store what the next sign-in needs");
        }
    }

    async fn save(&self, account: &SignedIn) -> Result<(), AuthError> {
        let (store, account) = (self.store.clone(), account.clone());
        match tokio::task::spawn_blocking(move || store.save(&account)).await {
            Ok(saved) => Ok(saved?),
            Err(_) => Err(interrupted()),
        }
    }
}

/// Runs to its end even when the caller is dropped: a rotated refresh token must be stored.
async fn finish(
    work: impl Future<Output = Result<Secret, AuthError>> + Send + 'static,
) -> Result<Secret, AuthError> {
    tokio::spawn(work)
        .await
        .unwrap_or_else(|_| Err(interrupted()))
}

fn interrupted() -> AuthError {
    AuthError::Network("the work was interrupted".to_owned())
}

fn refuses_fresh_tokens() -> AuthError {
    AuthError::NeedsPerson {
        why: "the server refuses a token that was just issued; sign in again".to_owned(),
        remedy: Remedy::SignInInteractively,
        claims: None,
    }
}

fn early_ms() -> i64 {
    EARLY_MS + rand::random_range(0..=JITTER_MS)
}

fn quiet_ms(error: &AuthError) -> i64 {
    match error {
        AuthError::NeedsPerson { .. } | AuthError::Refused { .. } => QUIET_MS,
        AuthError::RetryLater { wait, .. } => millis(*wait),
        _ => 0,
    }
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}
