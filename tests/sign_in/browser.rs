//! The browser flow: redirects, state, PKCE, pasted addresses.

use kalends::graph::auth::{AuthError, BrowserSignIn, Remedy, Request};
use kalends::simulator::identity::Action;
use tokio::io::AsyncWriteExt;
use url::Url;

use crate::world::{ADA, World, browser, probe};

async fn patient() -> World {
    World::with("organizations", true).await
}

fn parameter(url: &Url, name: &str) -> String {
    let found = url.query_pairs().find(|(key, _)| key == name);
    found
        .map(|(_, value)| value.into_owned())
        .unwrap_or_default()
}

fn replaced(url: &Url, name: &str, value: &str) -> Url {
    let mut changed = url.clone();
    let pairs: Vec<(String, String)> = url
        .query_pairs()
        .map(|(key, old)| {
            let new = if key == name { value.into() } else { old };
            (key.into_owned(), new.into_owned())
        })
        .collect();
    changed.query_pairs_mut().clear().extend_pairs(pairs);
    changed
}

/// Where the platform sends the browser.
async fn location(url: Url) -> Url {
    let answer = probe().get(url).send().await.unwrap();
    Url::parse(answer.headers()["location"].to_str().unwrap()).unwrap()
}

async fn visit(sign_in: &BrowserSignIn, url: Url) -> (Result<(), AuthError>, String) {
    let visited = async {
        browser()
            .get(url)
            .send()
            .await
            .unwrap()
            .text()
            .await
            .unwrap()
    };
    let (answer, page) = tokio::join!(sign_in.wait(), visited);
    (answer.map(|_| ()), page)
}

#[tokio::test]
async fn the_browser_comes_back_and_the_code_becomes_tokens() {
    let world = patient().await;
    let request = Request {
        hint: Some("bob@contoso.example".to_owned()),
        ..Request::read_write()
    };
    let sign_in = world.client.start_browser(request).await.unwrap();
    assert_eq!(parameter(sign_in.url(), "code_challenge_method"), "S256");
    assert!(sign_in.forwarding_hint("tower").starts_with("ssh -L "));
    let url = sign_in.url().clone();
    let visited = async {
        browser()
            .get(url)
            .send()
            .await
            .unwrap()
            .text()
            .await
            .unwrap()
    };
    let (answer, page) = tokio::join!(sign_in.wait(), visited);
    assert!(page.contains("You are signed in"), "{page}");
    let account = sign_in.redeem(answer.unwrap()).await.unwrap();
    assert_eq!(account.upn, "bob@contoso.example");
    assert!(account.refresh.is_some());
}

#[tokio::test]
async fn idle_connections_and_icons_do_not_end_the_wait() {
    let world = patient().await;
    let sign_in = world
        .client
        .start_browser(Request::read_write())
        .await
        .unwrap();
    let home = Url::parse(&parameter(sign_in.url(), "redirect_uri")).unwrap();
    let address = ("127.0.0.1", home.port().unwrap());
    let _idle = tokio::net::TcpStream::connect(address).await.unwrap();
    let mut slow = tokio::net::TcpStream::connect(address).await.unwrap();
    slow.write_all(b"GET /?co").await.unwrap();
    let url = sign_in.url().clone();
    let icon = home.join("favicon.ico").unwrap();
    let visited = async {
        let missing = browser().get(icon).send().await.unwrap().status();
        assert_eq!(missing, 404);
        browser().get(url).send().await.unwrap()
    };
    let (answer, _) = tokio::join!(sign_in.wait(), visited);
    sign_in.redeem(answer.unwrap()).await.unwrap();
}

#[tokio::test]
async fn an_answer_with_another_state_is_refused() {
    let world = patient().await;
    let sign_in = world
        .client
        .start_browser(Request::read_write())
        .await
        .unwrap();
    let url = replaced(sign_in.url(), "state", "guessed");
    let (answer, page) = visit(&sign_in, url).await;
    assert_eq!(answer.unwrap_err(), AuthError::WrongState);
    assert!(page.contains("did not work"));
}

#[tokio::test]
async fn a_verifier_of_another_sign_in_is_refused() {
    let world = patient().await;
    let sign_in = world
        .client
        .start_browser(Request::read_write())
        .await
        .unwrap();
    let other = world
        .client
        .start_browser(Request::read_write())
        .await
        .unwrap();
    let challenge = parameter(other.url(), "code_challenge");
    let ended = location(replaced(sign_in.url(), "code_challenge", &challenge)).await;
    let answer = sign_in.pasted(ended.as_str()).unwrap();
    let refused = sign_in.redeem(answer).await.unwrap_err();
    assert!(refused.to_string().contains("AADSTS501481"), "{refused}");
}

#[tokio::test]
async fn an_id_token_of_another_sign_in_is_refused() {
    let world = patient().await;
    let sign_in = world
        .client
        .start_browser(Request::read_write())
        .await
        .unwrap();
    let ended = location(replaced(sign_in.url(), "nonce", "other")).await;
    let answer = sign_in.pasted(ended.as_str()).unwrap();
    let refused = sign_in.redeem(answer).await.unwrap_err();
    assert!(matches!(refused, AuthError::Answer { .. }), "{refused}");
}

#[tokio::test]
async fn the_address_can_be_pasted_and_other_addresses_cannot() {
    let world = patient().await;
    let sign_in = world
        .client
        .start_browser(Request::read_write())
        .await
        .unwrap();
    let ended = location(sign_in.url().clone()).await;
    for wrong in [
        "",
        "hello",
        "https://localhost/?code=a",
        "http://localhost:1/?code=a&state=b",
    ] {
        let refused = sign_in.pasted(wrong).unwrap_err();
        assert!(
            matches!(refused, AuthError::NotThatAddress(_)),
            "{wrong}: {refused}"
        );
    }
    let bent = replaced(&ended, "state", "guessed");
    assert_eq!(
        sign_in.pasted(bent.as_str()).unwrap_err(),
        AuthError::WrongState
    );
    let answer = sign_in.pasted(&format!("  {ended}\n")).unwrap();
    assert_eq!(sign_in.redeem(answer).await.unwrap().upn, ADA);
}

#[tokio::test]
async fn the_consent_page_lists_accounts_and_cancelling_declines() {
    let world = patient().await;
    world.script(Action::AutoApprove { on: false });
    let sign_in = world
        .client
        .start_browser(Request::read_write())
        .await
        .unwrap();
    let shown = probe()
        .get(sign_in.url().clone())
        .send()
        .await
        .unwrap()
        .text()
        .await
        .unwrap();
    assert!(shown.contains("Ada &lt;Lovelace&gt;") && shown.contains("MailboxSettings.Read"));
    let mut form: Vec<(String, String)> = sign_in.url().query_pairs().into_owned().collect();
    form.push(("account".to_owned(), ADA.to_owned()));
    form.push(("decision".to_owned(), "cancel".to_owned()));
    let mut address = sign_in.url().clone();
    address.set_query(None);
    let posted = browser().post(address).form(&form).send();
    let (answer, _) = tokio::join!(sign_in.wait(), posted);
    assert_eq!(answer.unwrap_err(), AuthError::Declined);
}

#[tokio::test]
async fn what_needs_an_administrator_says_so() {
    let world = patient().await;
    world.script(Action::AllowUserConsent { on: false });
    let sign_in = world
        .client
        .start_browser(Request::read_write())
        .await
        .unwrap();
    let (answer, _) = visit(&sign_in, sign_in.url().clone()).await;
    let refused = answer.unwrap_err();
    assert_eq!(refused.remedy(), Some(Remedy::AskAdmin));
    assert!(refused.to_string().contains("AADSTS90094"), "{refused}");
}

#[tokio::test]
async fn nobody_in_front_of_the_browser_is_noticed_after_two_minutes() {
    let world = World::new().await;
    let sign_in = world
        .client
        .start_browser(Request::read_write())
        .await
        .unwrap();
    assert_eq!(sign_in.wait().await.unwrap_err(), AuthError::TimedOut);
    assert_eq!(world.time.slept(), [120]);
}

#[tokio::test]
async fn a_code_is_good_for_ten_minutes() {
    let world = patient().await;
    let sign_in = world
        .client
        .start_browser(Request::read_write())
        .await
        .unwrap();
    let ended = location(sign_in.url().clone()).await;
    world.advance_minutes(10);
    let answer = sign_in.pasted(ended.as_str()).unwrap();
    let refused = sign_in.redeem(answer).await.unwrap_err();
    assert_eq!(refused.remedy(), Some(Remedy::SignInAgain));
    assert!(refused.to_string().contains("AADSTS70008"), "{refused}");
}
