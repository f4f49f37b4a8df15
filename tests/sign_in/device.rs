//! Device code: what each polling answer does to the client.

use std::sync::Arc;

use kalends::graph::auth::{AuthError, Remedy, Request};
use kalends::simulator::identity::Action;

use crate::world::{ADA, PIA, START_MS, TENANT, World, browser, client, serve};

#[tokio::test]
async fn a_code_that_waits_is_polled_until_the_person_agrees() {
    let world = World::new().await;
    let code = world
        .client
        .start_device_code(Request::read_write())
        .await
        .unwrap();
    assert_eq!(
        code.verification_uri(),
        format!("{}/devicelogin", world.base)
    );
    assert_eq!(code.expires_at_ms(), START_MS + 900_000);
    assert!(code.message().unwrap().contains(code.user_code()));
    assert!(
        code.warning("tower", "10:41")
            .contains("never enter a code that someone sent you")
    );
    let identity = Arc::clone(&world.identity);
    world.time.after_sleep(3, move || {
        let approved = Action::ApproveDevice {
            upn: ADA.to_owned(),
            user_code: None,
        };
        identity.script(approved).unwrap();
    });
    let account = world.client.poll(&code).await.unwrap();
    assert_eq!(world.time.slept(), [5, 5, 5]);
    assert_eq!(
        (account.upn.as_str(), account.name.as_str()),
        (ADA, "Ada <Lovelace>")
    );
    assert!(account.key.to_string().ends_with(TENANT));
    assert!(account.granted.contains(&"Calendars.ReadWrite".to_owned()));
    let life_s = (account.expires_at_ms - world.now_ms()) / 1000;
    assert!((3599..=5399).contains(&life_s), "{life_s}");
    let access = account.access.unwrap();
    let grant = world
        .identity
        .judge(Some(access.expose()), world.now_ms())
        .unwrap();
    assert_eq!(grant.upn, ADA);
}

#[tokio::test]
async fn slow_down_lengthens_the_pause_for_good() {
    let world = World::new().await;
    let code = world
        .client
        .start_device_code(Request::read_write())
        .await
        .unwrap();
    // The second wait passes quicker on the server's clock than the client believes.
    world.time.cut.lock().unwrap().insert(2, 1);
    let identity = Arc::clone(&world.identity);
    world.time.after_sleep(4, move || {
        let approved = Action::ApproveDevice {
            upn: ADA.to_owned(),
            user_code: None,
        };
        identity.script(approved).unwrap();
    });
    world.client.poll(&code).await.unwrap();
    assert_eq!(world.time.slept(), [5, 5, 10, 10]);
}

#[tokio::test]
async fn a_person_who_declines_ends_the_sign_in() {
    let world = World::new().await;
    let code = world
        .client
        .start_device_code(Request::read_write())
        .await
        .unwrap();
    world.script(Action::DeclineDevice {
        user_code: Some(code.user_code().to_owned()),
    });
    assert_eq!(
        world.client.poll(&code).await.unwrap_err(),
        AuthError::Declined
    );
}

#[tokio::test]
async fn a_code_nobody_enters_expires_after_fifteen_minutes() {
    let world = World::new().await;
    let code = world
        .client
        .start_device_code(Request::read_write())
        .await
        .unwrap();
    assert_eq!(
        world.client.poll(&code).await.unwrap_err(),
        AuthError::Expired
    );
    let waited: u64 = world.time.slept().iter().sum();
    assert!((895..=905).contains(&waited), "{waited}");
}

#[tokio::test]
async fn a_personal_account_cannot_have_work_only_scopes() {
    let world = World::with("common", false).await;
    let mut request = Request::read_only();
    request.scopes.push("User.ReadBasic.All".to_owned());
    let refused = world.sign_in_as(PIA, request).await.unwrap_err();
    assert_eq!(refused, AuthError::Expired);
    let account = world.sign_in_as(PIA, Request::read_only()).await.unwrap();
    assert!(!account.granted.contains(&"User.ReadBasic.All".to_owned()));
    assert!(account.access.unwrap().expose().starts_with("EwB"));
}

#[tokio::test]
async fn an_outage_while_polling_is_waited_out() {
    let world = World::new().await;
    let code = world
        .client
        .start_device_code(Request::read_write())
        .await
        .unwrap();
    let user_code = Some(code.user_code().to_owned());
    world.script(Action::ApproveDevice {
        upn: ADA.to_owned(),
        user_code,
    });
    world.script(Action::Outage {
        count: 2,
        status: 503,
        retry_after: None,
    });
    world.client.poll(&code).await.unwrap();
    assert_eq!(world.time.slept(), [5, 10, 20]);
}

#[tokio::test]
async fn a_used_code_cannot_be_used_again() {
    let world = World::new().await;
    let code = world
        .client
        .start_device_code(Request::read_write())
        .await
        .unwrap();
    let user_code = Some(code.user_code().to_owned());
    world.script(Action::ApproveDevice {
        upn: ADA.to_owned(),
        user_code,
    });
    world.client.poll(&code).await.unwrap();
    assert!(world.client.poll(&code).await.is_err());
}

#[tokio::test]
async fn the_page_takes_the_code_and_shows_the_account_escaped() {
    let world = World::new().await;
    let code = world
        .client
        .start_device_code(Request::read_write())
        .await
        .unwrap();
    let page = format!(
        "{}?user_code={}",
        code.verification_uri(),
        code.user_code().to_lowercase()
    );
    let shown = browser()
        .get(page)
        .send()
        .await
        .unwrap()
        .text()
        .await
        .unwrap();
    assert!(shown.contains("Ada &lt;Lovelace&gt;") && shown.contains("Calendars.ReadWrite"));
    assert!(
        !shown.contains(PIA),
        "a personal account does not belong to organizations"
    );
    let form = [
        ("user_code", code.user_code()),
        ("account", ADA),
        ("decision", "accept"),
    ];
    let posted = browser()
        .post(code.verification_uri())
        .form(&form)
        .send()
        .await
        .unwrap();
    assert!(posted.status().is_success());
    assert_eq!(world.client.poll(&code).await.unwrap().upn, ADA);
}

#[tokio::test]
async fn a_code_to_be_typed_on_a_foreign_page_is_not_shown() {
    let answer = r#"{"device_code":"d","user_code":"U","verification_uri":"https://microsoft.com.example.org/login","expires_in":900,"interval":5}"#;
    let json = [("content-type", "application/json")];
    let router = axum::Router::new().fallback(move || async move { (json, answer) });
    let base = serve(router).await;
    let world = World::new().await;
    let client = client(
        &base,
        "common",
        crate::world::CLIENT_ID,
        Arc::clone(&world.time),
    );
    let refused = client
        .start_device_code(Request::read_write())
        .await
        .unwrap_err();
    assert!(matches!(refused, AuthError::ForeignPage(_)), "{refused}");
}

#[tokio::test]
async fn wrong_tenant_and_unknown_app_are_named() {
    let world = World::new().await;
    let cases = [
        (
            world.client_of("nowhere.example", crate::world::CLIENT_ID),
            "AADSTS90002",
        ),
        (
            world.client_of("common", "11111111-2222-4333-8444-555555555555"),
            "AADSTS700016",
        ),
    ];
    for (client, number) in cases {
        let refused = client
            .start_device_code(Request::read_write())
            .await
            .unwrap_err();
        assert_eq!(refused.remedy(), Some(Remedy::FixRegistration));
        assert!(refused.to_string().contains(number), "{refused}");
        assert!(refused.to_string().contains("trace id "), "{refused}");
    }
}
