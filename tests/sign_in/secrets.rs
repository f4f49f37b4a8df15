//! No token in anything that can be printed; no token file that others can read.

use std::os::unix::fs::PermissionsExt;

use kalends::graph::auth::{Request, store::StoreError};
use kalends::simulator::identity::Action;

use crate::world::{ADA, World, serve};

#[tokio::test]
async fn nothing_printable_carries_a_token_or_code() {
    let world = World::new().await;
    let code = world
        .client
        .start_device_code(Request::read_write())
        .await
        .unwrap();
    let mut printed = format!("{code:?}");
    assert!(!printed.contains(code.user_code()));
    world.script(Action::ApproveDevice {
        upn: ADA.to_owned(),
        user_code: None,
    });
    let account = world.client.poll(&code).await.unwrap();
    world.store.save(&account).unwrap();
    let tokens = kalends::graph::auth::Tokens::with(
        world.client.clone(),
        world.store.clone(),
        account.clone(),
    );
    printed.push_str(&format!("{account:?} {account:#?} {:?}", world.store));
    for code in [50076, 65001, 70008, 700_082, 53003, 12345] {
        world.advance_minutes(100);
        tokens.adopt(account.clone()).await.unwrap();
        world.script(Action::FailTokens {
            count: 1,
            code,
            claims: None,
        });
        let error = tokens.access(world.now_ms()).await.unwrap_err();
        printed.push_str(&format!("{error} {error:?}"));
    }
    for secret in [account.access.unwrap(), account.refresh.unwrap()] {
        let start: String = secret.expose().chars().take(24).collect();
        let end: String = secret.expose().chars().rev().take(24).collect();
        let end: String = end.chars().rev().collect();
        assert!(!printed.contains(&start) && !printed.contains(&end));
    }
}

#[tokio::test]
async fn a_broken_answer_does_not_print_the_tokens_in_it() {
    let answer = r#"{"access_token":"canary-1","token_type":7,"refresh_token":"canary-2"}"#;
    let json = [("content-type", "application/json")];
    let base = serve(axum::Router::new().fallback(move || async move { (json, answer) })).await;
    let world = World::new().await;
    let (account, _) = world.signed_in().await;
    let time = std::sync::Arc::clone(&world.time);
    let strange = crate::world::client(&base, "common", crate::world::CLIENT_ID, time);
    let tokens =
        kalends::graph::auth::Tokens::open(strange, world.store.clone(), &account.key).unwrap();
    world.advance_minutes(100);
    let error = tokens.access(world.now_ms()).await.unwrap_err();
    assert!(
        !format!("{error} {error:?}").contains("canary"),
        "{error:?}"
    );
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
async fn redirects_of_the_token_endpoint_are_not_followed() {
    let world = World::new().await;
    let (account, _) = world.signed_in().await;
    let target = format!("{}/common/oauth2/v2.0/token", world.base);
    let router = axum::Router::new().fallback(move || {
        let target = target.clone();
        async move { axum::response::Redirect::temporary(&target) }
    });
    let time = std::sync::Arc::clone(&world.time);
    let moved = crate::world::client(
        &serve(router).await,
        "common",
        crate::world::CLIENT_ID,
        time,
    );
    let tokens =
        kalends::graph::auth::Tokens::open(moved, world.store.clone(), &account.key).unwrap();
    world.advance_minutes(100);
    let asked = world.token_requests();
    let error = tokens.access(world.now_ms()).await.unwrap_err();
    assert!(error.to_string().contains("redirect"), "{error}");
    assert_eq!(world.token_requests(), asked);
}

#[tokio::test]
async fn the_token_file_is_private_and_a_tampered_mode_is_refused() {
    let world = World::new().await;
    let (account, _) = world.signed_in().await;
    let path = world.store.path();
    let mode = |path: &std::path::Path| path.metadata().unwrap().permissions().mode() & 0o7777;
    assert_eq!((mode(&path), mode(path.parent().unwrap())), (0o600, 0o700));
    assert!(world.store.banner().unwrap().contains("unencrypted"));
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
    let opened =
        kalends::graph::auth::Tokens::open(world.client.clone(), world.store.clone(), &account.key);
    let error = opened.err().unwrap();
    assert!(error.to_string().contains("chmod 600"), "{error}");
    assert!(matches!(
        world.store.save(&account),
        Err(StoreError::Open { .. })
    ));
}
