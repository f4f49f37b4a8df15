//! Other people's clients against the platform, where they are installed.

use std::process::Command;

use kalends::simulator::clock::Clock;
use kalends::simulator::identity::{Config, Identity};

use crate::world::{ADA, CLIENT_ID, accounts, serve};

/// The script's way to say that the library is not there.
const MISSING: i32 = 77;

/// Python with the referee libraries: `KALENDS_REFEREE_PYTHON`, else `python3`.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn msal_for_python_signs_in() {
    let config = Config {
        accounts: accounts(),
        client_id: CLIENT_ID.to_owned(),
        tenant: "contoso.example".to_owned(),
        auto_approve: true,
        seed: 7,
    };
    // The library compares the id token with the machine's clock.
    let base = serve(Identity::new(config, Clock::real()).router()).await;
    let python = std::env::var("KALENDS_REFEREE_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/referees/msal.py");
    let run = move || {
        Command::new(python)
            .args([script, &base, CLIENT_ID, ADA])
            .output()
    };
    let Ok(output) = tokio::task::spawn_blocking(run).await.unwrap() else {
        println!("skipped: there is no Python on this machine");
        return;
    };
    let said = String::from_utf8_lossy(&output.stdout);
    println!("{said}");
    if output.status.code() == Some(MISSING) {
        return;
    }
    let complained = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{complained}");
}
