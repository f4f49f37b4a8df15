//! Silent renewal: rotation, single flight, and what each refusal does to the tokens.

use std::sync::Arc;

use kalends::graph::auth::{AuthError, Remedy, Request, Tokens};
use kalends::simulator::identity::Action;

use crate::world::{ADA, CLIENT_ID, World, client};

#[tokio::test]
async fn a_fresh_token_is_used_until_five_minutes_before_its_end() {
    let world = World::new().await;
    let (account, tokens) = world.signed_in().await;
    let asked = world.token_requests();
    let early = account.expires_at_ms - 7 * 60 * 1000;
    assert_eq!(
        tokens.access(early).await.unwrap(),
        account.access.clone().unwrap()
    );
    assert_eq!(world.token_requests(), asked);
    world
        .clock
        .advance(account.expires_at_ms - 4 * 60 * 1000 - world.now_ms());
    let renewed = tokens.access(world.now_ms()).await.unwrap();
    assert_ne!(renewed, account.access.unwrap());
    assert_eq!(world.token_requests(), asked + 1);
    world
        .identity
        .judge(Some(renewed.expose()), world.now_ms())
        .unwrap();
}

#[tokio::test]
async fn refresh_tokens_rotate_and_the_old_one_keeps_working() {
    let world = World::new().await;
    let (account, tokens) = world.signed_in().await;
    world.advance_minutes(100);
    tokens.access(world.now_ms()).await.unwrap();
    let stored = world.store.account(&account.key).unwrap().unwrap();
    assert_ne!(stored.refresh, account.refresh);
    assert!(stored.expires_at_ms > world.now_ms());
    // A client that lost the answer still has the old one.
    let old = Tokens::with(world.client.clone(), second_store().1, account);
    old.access(world.now_ms()).await.unwrap();
}

#[tokio::test]
async fn many_callers_cause_one_refresh() {
    let world = World::new().await;
    let (_, tokens) = world.signed_in().await;
    world.advance_minutes(100);
    let asked = world.token_requests();
    let now_ms = world.now_ms();
    let calls = (0..20).map(|_| {
        let tokens = tokens.clone();
        tokio::spawn(async move { tokens.access(now_ms).await.unwrap() })
    });
    let mut renewed = Vec::new();
    for call in calls.collect::<Vec<_>>() {
        renewed.push(call.await.unwrap());
    }
    assert!(renewed.iter().all(|token| *token == renewed[0]));
    assert_eq!(world.token_requests(), asked + 1);
    assert_eq!(tokens.renewed(), 1);
}

#[tokio::test]
async fn many_callers_share_one_failure() {
    let world = World::new().await;
    let (_, tokens) = world.signed_in().await;
    world.advance_minutes(100);
    world.script(Action::FailTokens {
        count: 1,
        code: 12345,
        claims: None,
    });
    let asked = world.token_requests();
    let now_ms = world.now_ms();
    let mut calls = Vec::new();
    for _ in 0..20 {
        let tokens = tokens.clone();
        calls.push(tokio::spawn(async move { tokens.access(now_ms).await }));
    }
    for call in calls {
        call.await.unwrap().unwrap_err();
    }
    assert_eq!(world.token_requests(), asked + 1);
}

#[tokio::test]
async fn a_caller_that_goes_away_does_not_lose_the_rotated_token() {
    let world = World::new().await;
    let (account, tokens) = world.signed_in().await;
    world.advance_minutes(100);
    {
        let mut call = Box::pin(tokens.access(world.now_ms()));
        let once = std::future::poll_fn(|context| {
            let _ = call.as_mut().poll(context);
            std::task::Poll::Ready(())
        });
        once.await;
    }
    let asked = world.token_requests();
    let renewed = tokens.access(world.now_ms()).await.unwrap();
    assert!(world.token_requests() <= asked + 1);
    let stored = world.store.account(&account.key).unwrap().unwrap();
    assert_eq!(stored.access, Some(renewed));
}

#[tokio::test]
async fn missing_consent_asks_for_the_person_and_keeps_the_refresh_token() {
    let world = World::new().await;
    let (account, tokens) = world.signed_in().await;
    world.script(Action::WithdrawConsent {
        upn: ADA.to_owned(),
    });
    world.advance_minutes(100);
    let refused = tokens.access(world.now_ms()).await.unwrap_err();
    assert_eq!(refused.remedy(), Some(Remedy::Consent));
    assert!(refused.to_string().contains("AADSTS65001"), "{refused}");
    let stored = world.store.account(&account.key).unwrap().unwrap();
    assert_eq!(stored.refresh, account.refresh);
    // Not asked again for a while; agreeing again helps at once.
    let asked = world.token_requests();
    tokens.access(world.now_ms()).await.unwrap_err();
    assert_eq!(world.token_requests(), asked);
    tokens
        .adopt(world.sign_in(Request::read_write()).await.unwrap())
        .await
        .unwrap();
    tokens.access(world.now_ms()).await.unwrap();
}

#[tokio::test]
async fn ninety_idle_days_end_the_sign_in_and_drop_the_refresh_token() {
    let world = World::new().await;
    let (account, tokens) = world.signed_in().await;
    world.advance_minutes(90 * 24 * 60);
    let refused = tokens.access(world.now_ms()).await.unwrap_err();
    assert_eq!(refused.remedy(), Some(Remedy::SignInAgain));
    assert!(refused.to_string().contains("AADSTS700082"), "{refused}");
    assert_eq!(
        world.store.account(&account.key).unwrap().unwrap().refresh,
        None
    );
}

#[tokio::test]
async fn a_changed_password_ends_the_sign_in() {
    let world = World::new().await;
    let (account, tokens) = world.signed_in().await;
    world.script(Action::RevokeRefreshTokens {
        upn: ADA.to_owned(),
    });
    world.advance_minutes(100);
    let refused = tokens.access(world.now_ms()).await.unwrap_err();
    assert!(refused.to_string().contains("AADSTS50173"), "{refused}");
    assert_eq!(
        world.store.account(&account.key).unwrap().unwrap().refresh,
        None
    );
}

#[tokio::test]
async fn a_busy_platform_is_left_alone_as_long_as_it_asks() {
    let world = World::new().await;
    let (account, tokens) = world.signed_in().await;
    world.advance_minutes(100);
    let retry_after = Some("7.5".to_owned());
    world.script(Action::Outage {
        count: 1,
        status: 429,
        retry_after,
    });
    let refused = tokens.access(world.now_ms()).await.unwrap_err();
    let AuthError::RetryLater { wait, .. } = &refused else {
        panic!("{refused}")
    };
    assert_eq!(wait.as_millis(), 7500);
    let asked = world.token_requests();
    world.clock.advance(7_000);
    assert_eq!(tokens.access(world.now_ms()).await.unwrap_err(), refused);
    assert_eq!(world.token_requests(), asked);
    world.clock.advance(1_000);
    tokens.access(world.now_ms()).await.unwrap();
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

#[tokio::test]
async fn while_the_old_token_lives_an_outage_goes_unnoticed() {
    let world = World::new().await;
    let (account, tokens) = world.signed_in().await;
    world
        .clock
        .advance(account.expires_at_ms - 2 * 60 * 1000 - world.now_ms());
    world.script(Action::Outage {
        count: 1,
        status: 503,
        retry_after: None,
    });
    let token = tokens.access(world.now_ms()).await.unwrap();
    assert_eq!(Some(token), account.access);
}

#[tokio::test]
async fn nobody_listening_is_offline_and_costs_no_token() {
    let world = World::new().await;
    let (account, _) = world.signed_in().await;
    let away = client(
        "http://127.0.0.1:1",
        "common",
        CLIENT_ID,
        Arc::clone(&world.time),
    );
    let tokens = Tokens::open(away, world.store.clone(), &account.key).unwrap();
    world.advance_minutes(100);
    let refused = tokens.access(world.now_ms()).await.unwrap_err();
    assert!(matches!(refused, AuthError::Offline { .. }), "{refused:?}");
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

#[tokio::test]
async fn an_account_of_another_tenant_is_told_apart() {
    let world = World::new().await;
    let (account, _) = world.signed_in().await;
    let consumers = world.client_of("consumers", CLIENT_ID);
    let tokens = Tokens::open(consumers, world.store.clone(), &account.key).unwrap();
    world.advance_minutes(100);
    let refused = tokens.access(world.now_ms()).await.unwrap_err();
    assert_eq!(refused.remedy(), Some(Remedy::OtherAccount));
}

#[tokio::test]
async fn tokens_renewed_by_another_process_are_taken_over() {
    let world = World::new().await;
    let (account, tokens) = world.signed_in().await;
    let elsewhere = Tokens::open(world.client.clone(), world.store.clone(), &account.key).unwrap();
    world.advance_minutes(100);
    let renewed = elsewhere.access(world.now_ms()).await.unwrap();
    let asked = world.token_requests();
    assert_eq!(tokens.access(world.now_ms()).await.unwrap(), renewed);
    assert_eq!(world.token_requests(), asked);
    assert_eq!((elsewhere.renewed(), tokens.renewed()), (1, 0));
}

fn second_store() -> (tempfile::TempDir, kalends::graph::auth::TokenStore) {
    let home = tempfile::tempdir().unwrap();
    let store = kalends::graph::auth::TokenStore::open(&home.path().join("tokens")).unwrap();
    (home, store)
}
