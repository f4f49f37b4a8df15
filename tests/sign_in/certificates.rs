//! A machine without CA certificates: a clear error for Microsoft, no obstacle for loopback.

use std::process::Command;

use kalends::graph::auth::{AuthError, Endpoints, http::http_client};

use crate::world::CLIENT_ID;

const CHILD: &str = "KALENDS_TEST_WITHOUT_CERTIFICATES";
const NAME: &str = "certificates::without_certificates_only_loopback_works";

#[test]
fn without_certificates_only_loopback_works() {
    if std::env::var_os(CHILD).is_some() {
        return judge();
    }
    // The environment of a process cannot be changed safely, so the test runs itself again.
    let child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", NAME, "--nocapture"])
        .env(CHILD, "1")
        .env("SSL_CERT_FILE", "/nonexistent/certificates.pem")
        .env("SSL_CERT_DIR", "/nonexistent")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&child.stdout);
    assert!(
        child.status.success() && said.contains("1 passed"),
        "{said}"
    );
}

fn judge() {
    let endpoints = |authority: &str, graph: &str| {
        Endpoints::new(authority, graph, "common", CLIENT_ID).unwrap()
    };
    let cloud = endpoints(
        "https://login.microsoftonline.com",
        "https://graph.microsoft.com",
    );
    assert_eq!(http_client(&cloud).unwrap_err(), AuthError::NoCertificates);
    let here = endpoints("http://127.0.0.1:1", "http://localhost:1");
    http_client(&here).unwrap();
}
