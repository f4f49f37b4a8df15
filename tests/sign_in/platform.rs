//! The platform by itself: shapes, refusals and signatures that other clients rely on.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use kalends::simulator::identity::Action;
use serde_json::{Value, json};

use crate::world::{ADA, CLIENT_ID, TENANT, World, probe};

async fn post(world: &World, path: &str, form: &[(&str, &str)]) -> (u16, Value) {
    let url = format!("{}{path}", world.base);
    let answer = probe().post(url).form(form).send().await.unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap())
}

#[tokio::test]
async fn metadata_names_the_endpoints_of_the_tenant() {
    let world = World::new().await;
    for (tenant, issuer) in [
        ("common", "{tenantid}"),
        (TENANT, TENANT),
        ("contoso.example", TENANT),
    ] {
        let url = format!(
            "{}/{tenant}/v2.0/.well-known/openid-configuration",
            world.base
        );
        let metadata: Value = probe().get(url).send().await.unwrap().json().await.unwrap();
        assert_eq!(metadata["issuer"], format!("{}/{issuer}/v2.0", world.base));
        let token = format!("{}/{tenant}/oauth2/v2.0/token", world.base);
        assert_eq!(metadata["token_endpoint"], token);
    }
}

#[tokio::test]
async fn each_fault_of_a_request_has_its_number() {
    let world = World::new().await;
    let id = ("client_id", CLIENT_ID);
    let refresh = ("grant_type", "refresh_token");
    type Case<'a> = (&'a str, Vec<(&'a str, &'a str)>, u16, &'a str, u32);
    let cases: Vec<Case<'_>> = vec![
        (
            "nowhere.example",
            vec![refresh, id],
            400,
            "invalid_request",
            90002,
        ),
        ("common", vec![id], 400, "invalid_request", 900_144),
        ("common", vec![refresh], 400, "invalid_request", 900_144),
        ("common", vec![refresh, id], 400, "invalid_request", 900_144),
        (
            "common",
            vec![refresh, ("client_id", "x")],
            400,
            "unauthorized_client",
            700_016,
        ),
        (
            "common",
            vec![refresh, id, ("client_secret", "s")],
            401,
            "invalid_client",
            700_025,
        ),
        (
            "common",
            vec![("grant_type", "password"), id],
            400,
            "unsupported_grant_type",
            70003,
        ),
        (
            "common",
            vec![refresh, id, ("refresh_token", "x")],
            400,
            "invalid_grant",
            70000,
        ),
        (
            "common",
            vec![
                ("grant_type", "urn:ietf:params:oauth:grant-type:device_code"),
                id,
                ("device_code", "x"),
            ],
            400,
            "bad_verification_code",
            70018,
        ),
    ];
    for (tenant, form, status, error, number) in cases {
        let (got, body) = post(&world, &format!("/{tenant}/oauth2/v2.0/token"), &form).await;
        assert_eq!((got, &body["error"]), (status, &json!(error)), "{form:?}");
        assert_eq!(body["error_codes"], json!([number]), "{form:?}");
        let text = body["error_description"].as_str().unwrap();
        let trace = body["trace_id"].as_str().unwrap();
        assert!(text.starts_with(&format!("AADSTS{number}: ")), "{text}");
        assert!(text.contains(&format!("Trace ID: {trace}")), "{text}");
        assert!(text.ends_with("Timestamp: 2026-10-05 08:00:00Z"), "{text}");
    }
}

#[tokio::test]
async fn authorize_redirects_only_to_registered_addresses() {
    let world = World::new().await;
    let challenge = "a".repeat(43);
    let ask = |redirect: &str, extra: &[(&str, &str)]| {
        let mut url =
            url::Url::parse(&format!("{}/common/oauth2/v2.0/authorize", world.base)).unwrap();
        url.query_pairs_mut()
            .append_pair("client_id", CLIENT_ID)
            .append_pair("response_type", "code")
            .append_pair("redirect_uri", redirect)
            .append_pair("scope", "User.Read")
            .extend_pairs(extra);
        probe().get(url).send()
    };
    let pkce = [
        ("code_challenge", challenge.as_str()),
        ("code_challenge_method", "S256"),
    ];
    let ok = ask("http://localhost:5", &pkce).await.unwrap();
    assert!(
        ok.headers()["location"]
            .to_str()
            .unwrap()
            .starts_with("http://localhost:5/?code=")
    );
    for foreign in [
        "http://localhost:5/path",
        "https://evil.example",
        "http://127.0.0.1:5",
    ] {
        let answer = ask(foreign, &pkce).await.unwrap();
        assert_eq!(answer.status(), 400);
        assert!(
            answer.text().await.unwrap().contains("AADSTS50011"),
            "{foreign}"
        );
    }
    world.script(Action::AllowAddressRedirect { on: true });
    assert_eq!(
        ask("http://127.0.0.1:5", &pkce).await.unwrap().status(),
        303
    );
    let bare = ask("http://localhost:5", &[("state", "s\" <")])
        .await
        .unwrap();
    let location = bare.headers()["location"].to_str().unwrap().to_owned();
    assert!(location.contains("error=invalid_request") && location.contains("AADSTS9002325"));
    assert!(location.contains("state=s%22+%3C"), "{location}");
    let hostile = ask("javascript:alert(1)//<script>", &pkce)
        .await
        .unwrap()
        .text()
        .await
        .unwrap();
    assert!(!hostile.contains("<script>"));
}

#[tokio::test]
async fn a_code_works_once_and_id_tokens_verify_against_the_published_key() {
    let world = World::new().await;
    let verifier = "v".repeat(64);
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, verifier.as_bytes());
    let challenge = URL_SAFE_NO_PAD.encode(digest);
    let url = format!(
        "{}/common/oauth2/v2.0/authorize?client_id={CLIENT_ID}&response_type=code&\
         redirect_uri=http%3A%2F%2Flocalhost%3A5&scope=openid%20User.Read&nonce=n-1&\
         code_challenge={challenge}&code_challenge_method=S256",
        world.base
    );
    let answer = probe().get(url).send().await.unwrap();
    let location = url::Url::parse(answer.headers()["location"].to_str().unwrap()).unwrap();
    let code = location
        .query_pairs()
        .find(|(name, _)| name == "code")
        .unwrap()
        .1
        .into_owned();
    let form = [
        ("grant_type", "authorization_code"),
        ("client_id", CLIENT_ID),
        ("code", &code),
        ("redirect_uri", "http://localhost:5"),
        ("code_verifier", &verifier),
    ];
    let (status, tokens) = post(&world, "/common/oauth2/v2.0/token", &form).await;
    assert_eq!(
        (status, &tokens["token_type"]),
        (200, &json!("Bearer")),
        "{tokens}"
    );
    assert!(
        tokens.get("refresh_token").is_none(),
        "offline_access was not asked for"
    );
    let (status, again) = post(&world, "/common/oauth2/v2.0/token", &form).await;
    assert_eq!((status, &again["error_codes"]), (400, &json!([54005])));

    let keys = format!("{}/common/discovery/v2.0/keys", world.base);
    let keys: Value = probe()
        .get(keys)
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    let part = |name: &str| {
        URL_SAFE_NO_PAD
            .decode(keys["keys"][0][name].as_str().unwrap())
            .unwrap()
    };
    let public = aws_lc_rs::rsa::PublicKeyComponents {
        n: part("n"),
        e: part("e"),
    };
    let (signed, signature) = tokens["id_token"]
        .as_str()
        .unwrap()
        .rsplit_once('.')
        .unwrap();
    let signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
    let rule = &aws_lc_rs::signature::RSA_PKCS1_2048_8192_SHA256;
    public.verify(rule, signed.as_bytes(), &signature).unwrap();
    let claims = URL_SAFE_NO_PAD
        .decode(signed.split_once('.').unwrap().1)
        .unwrap();
    let claims: Value = serde_json::from_slice(&claims).unwrap();
    assert_eq!(
        (&claims["nonce"], &claims["tid"]),
        (&json!("n-1"), &json!(TENANT))
    );
}

#[tokio::test]
async fn tokens_are_bound_to_scopes_and_end_on_time() {
    let world = World::new().await;
    let token = world.identity.token_for(ADA, &["Calendars.Read"]).unwrap();
    let judge = |token: Option<&str>, now_ms| world.identity.judge(token, now_ms);
    let now_ms = world.now_ms();
    assert_eq!(
        judge(Some(&token), now_ms).unwrap().scopes,
        ["Calendars.Read"]
    );
    let expired = judge(Some(&token), now_ms + 5400 * 1000).unwrap_err();
    assert!(expired.message.contains("expired") && expired.www_authenticate.starts_with("Bearer "));
    assert_eq!(judge(None, now_ms).unwrap_err().status, 401);
    assert!(
        judge(Some("x.y.z"), now_ms)
            .unwrap_err()
            .message
            .contains("80049228")
    );
}

#[tokio::test]
async fn the_control_endpoint_scripts_failures() {
    let world = World::new().await;
    let url = format!("{}/simulator/identity", world.base);
    let act = |action: Value| probe().post(&url).json(&action).send();
    let done = act(json!({"do": "fail_tokens", "count": 1, "code": 50173}))
        .await
        .unwrap();
    assert_eq!(done.status(), 204);
    let form = [("grant_type", "refresh_token")];
    let (_, first) = post(&world, "/common/oauth2/v2.0/token", &form).await;
    assert_eq!(first["error_codes"], json!([50173]));
    assert_eq!(first["suberror"], "bad_token");
    let (_, second) = post(&world, "/common/oauth2/v2.0/token", &form).await;
    assert_eq!(second["error_codes"], json!([900_144]));
    let unknown = act(json!({"do": "revoke_session", "upn": "nobody"}))
        .await
        .unwrap();
    assert_eq!(unknown.status(), 400);
}

#[tokio::test]
async fn the_same_seed_gives_the_same_codes() {
    let (one, two) = (World::new().await, World::new().await);
    let form = [("client_id", CLIENT_ID), ("scope", "User.Read")];
    let first = post(&one, "/common/oauth2/v2.0/devicecode", &form).await.1;
    let second = post(&two, "/common/oauth2/v2.0/devicecode", &form).await.1;
    assert_eq!(first["device_code"], second["device_code"]);
    assert_eq!(first["user_code"], second["user_code"]);
}
