//! Second factors and revoked sessions: claims travel from the refusal to the next sign-in.

use kalends::graph::auth::{Remedy, Request, challenge};
use kalends::simulator::identity::Action;
use reqwest::header::{HeaderMap, HeaderValue, WWW_AUTHENTICATE};

use crate::world::{ADA, World};

#[tokio::test]
async fn a_second_factor_is_asked_for_with_claims_that_the_sign_in_carries() {
    let world = World::new().await;
    let (account, tokens) = world.signed_in().await;
    world.script(Action::RequireStepUp {
        upn: ADA.to_owned(),
    });
    world.advance_minutes(100);
    let refused = tokens.access(world.now_ms()).await.unwrap_err();
    assert_eq!(refused.remedy(), Some(Remedy::SignInInteractively));
    assert!(refused.to_string().contains("AADSTS50076"), "{refused}");
    let claims = refused.claims().unwrap().to_owned();
    assert!(claims.contains("capolids"));
    let stored = world.store.account(&account.key).unwrap().unwrap();
    assert_eq!(stored.claims.as_deref(), Some(claims.as_str()));
    assert_eq!(stored.refresh, account.refresh);
    // Without the claims the platform is not content; with them it is.
    let bare = world.sign_in(Request::read_write()).await.unwrap_err();
    assert!(bare.to_string().contains("AADSTS50076"), "{bare}");
    let request = Request {
        claims: Some(claims),
        ..Request::read_write()
    };
    tokens
        .adopt(world.sign_in(request).await.unwrap())
        .await
        .unwrap();
    tokens.access(world.now_ms()).await.unwrap();
    assert_eq!(
        world.store.account(&account.key).unwrap().unwrap().claims,
        None
    );
}

#[tokio::test]
async fn a_revoked_session_is_answered_with_the_claims_of_the_challenge() {
    let world = World::new().await;
    let (account, tokens) = world.signed_in().await;
    let old = account.access.unwrap();
    world.script(Action::RevokeSession {
        upn: ADA.to_owned(),
    });
    let denied = world
        .identity
        .judge(Some(old.expose()), world.now_ms())
        .unwrap_err();
    assert_eq!(
        (denied.status, denied.code.as_str()),
        (401, "InvalidAuthenticationToken")
    );
    let mut headers = HeaderMap::new();
    headers.append(
        WWW_AUTHENTICATE,
        HeaderValue::from_static("Basic realm=\"proxy\""),
    );
    headers.append(
        WWW_AUTHENTICATE,
        HeaderValue::from_str(&denied.www_authenticate).unwrap(),
    );
    let claims = challenge::claims(&headers);
    assert!(claims.as_ref().unwrap().contains("nbf"));
    // A refresh without the claims does not help, one with them does.
    let bare = tokens.renew_after_401(&old, None).await.unwrap();
    assert!(
        world
            .identity
            .judge(Some(bare.expose()), world.now_ms())
            .is_err()
    );
    let renewed = tokens.renew_after_401(&bare, claims).await.unwrap();
    world
        .identity
        .judge(Some(renewed.expose()), world.now_ms())
        .unwrap();
}

#[tokio::test]
async fn callers_that_met_the_same_401_share_one_renewal() {
    let world = World::new().await;
    let (account, tokens) = world.signed_in().await;
    let old = account.access.unwrap();
    world.script(Action::ExpireAccessTokens);
    assert!(
        world
            .identity
            .judge(Some(old.expose()), world.now_ms())
            .is_err()
    );
    let asked = world.token_requests();
    let first = tokens.renew_after_401(&old, None).await.unwrap();
    let second = tokens.renew_after_401(&old, None).await.unwrap();
    assert_eq!(first, second);
    assert_eq!(world.token_requests(), asked + 1);
}

#[tokio::test]
async fn a_server_that_refuses_new_tokens_is_not_asked_forever() {
    let world = World::new().await;
    let (account, tokens) = world.signed_in().await;
    let renewed = tokens
        .renew_after_401(&account.access.unwrap(), None)
        .await
        .unwrap();
    let asked = world.token_requests();
    let refused = tokens.renew_after_401(&renewed, None).await.unwrap_err();
    assert_eq!(refused.remedy(), Some(Remedy::SignInInteractively));
    assert_eq!(world.token_requests(), asked);
}

/// What was asked for was the reason, not the token: a refusal later is met as any other.
#[tokio::test]
async fn an_acquitted_token_is_renewed_when_it_is_refused() {
    let world = World::new().await;
    let (account, tokens) = world.signed_in().await;
    let old = account.access.unwrap();
    let renewed = tokens.renew_after_401(&old, None).await.unwrap();
    tokens.acquit(&renewed).await;
    let newer = tokens.renew_after_401(&renewed, None).await.unwrap();
    assert!(newer != renewed);
}

#[tokio::test]
async fn a_policy_that_blocks_names_the_administrator() {
    let world = World::new().await;
    let (account, tokens) = world.signed_in().await;
    world.script(Action::FailTokens {
        count: 1,
        code: 53003,
        claims: None,
    });
    world.advance_minutes(100);
    let refused = tokens.access(world.now_ms()).await.unwrap_err();
    assert_eq!(refused.remedy(), Some(Remedy::AskAdmin));
    assert!(
        world
            .store
            .account(&account.key)
            .unwrap()
            .unwrap()
            .refresh
            .is_some()
    );
}
