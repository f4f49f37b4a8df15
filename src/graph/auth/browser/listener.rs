//! A web server for exactly one answer, on loopback only.
//!
//! Refuses long requests, other methods and other paths. Invariant: browsers that open
//! connections in advance, or ask for an icon, neither block nor end the wait.

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use crate::graph::auth::AuthError;

/// Bytes of a request head.
const LONGEST: usize = 16 * 1024;
/// Silent connections are closed after this.
const SILENCE: Duration = Duration::from_secs(30);
/// Ports tried until both loopback addresses are free on one.
const TRIES: usize = 8;
/// Connections served at the same time.
const CROWD: usize = 16;

const DONE: &str = "You are signed in. You can close this window and go back to the terminal.";
const FAILED: &str = "The sign-in did not work. Go back to the terminal to see why.";
const NOTHING: &str = "There is nothing here.";

/// Listens on 127.0.0.1 and, where it exists, on [::1]: browsers take either for `localhost`.
pub(super) struct Listener {
    four: TcpListener,
    six: Option<TcpListener>,
    port: u16,
}

impl Listener {
    pub(super) async fn open() -> Result<Self, AuthError> {
        for _ in 0..TRIES {
            let four = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
                .await
                .map_err(failed)?;
            let port = four.local_addr().map_err(failed)?.port();
            match TcpListener::bind((Ipv6Addr::LOCALHOST, port)).await {
                Ok(six) => {
                    return Ok(Self {
                        four,
                        six: Some(six),
                        port,
                    });
                }
                // Somebody else there would be handed the code.
                Err(error) if error.kind() == io::ErrorKind::AddrInUse => {}
                Err(_) => {
                    return Ok(Self {
                        four,
                        six: None,
                        port,
                    });
                }
            }
        }
        Err(AuthError::Listener("no free port on loopback".to_owned()))
    }

    pub(super) fn port(&self) -> u16 {
        self.port
    }

    /// The judgement on the first request that carries an answer.
    pub(super) async fn answer<T>(
        &self,
        judge: impl Fn(&str) -> Result<T, AuthError>,
    ) -> Result<T, AuthError> {
        let mut visitors: JoinSet<Option<(TcpStream, String)>> = JoinSet::new();
        loop {
            tokio::select! {
                accepted = self.accept(), if visitors.len() < CROWD => {
                    visitors.spawn(receive(accepted?));
                }
                Some(visit) = visitors.join_next() => {
                    let Ok(Some((stream, query))) = visit else { continue };
                    let judged = judge(&query);
                    let text = if judged.is_ok() { DONE } else { FAILED };
                    reply(stream, "200 OK", text).await;
                    return judged;
                }
            }
        }
    }

    async fn accept(&self) -> Result<TcpStream, AuthError> {
        let accepted = match &self.six {
            Some(six) => tokio::select! {
                accepted = self.four.accept() => accepted,
                accepted = six.accept() => accepted,
            },
            None => self.four.accept().await,
        };
        accepted.map(|(stream, _)| stream).map_err(failed)
    }
}

fn failed(error: io::Error) -> AuthError {
    AuthError::Listener(error.to_string())
}

/// The query of a request for `/` that looks like an answer; everything else is sent away.
async fn receive(mut stream: TcpStream) -> Option<(TcpStream, String)> {
    let head = tokio::time::timeout(SILENCE, read_head(&mut stream))
        .await
        .ok()??;
    match query(&head) {
        Some(query) => Some((stream, query)),
        None => {
            reply(stream, "404 Not Found", NOTHING).await;
            None
        }
    }
}

async fn read_head(stream: &mut TcpStream) -> Option<String> {
    let mut head = Vec::new();
    let mut part = [0_u8; 2048];
    while !head.windows(4).any(|four| four == b"\r\n\r\n") {
        let count = stream.read(&mut part).await.ok()?;
        if count == 0 || head.len() + count > LONGEST {
            return None;
        }
        head.extend_from_slice(part.get(..count)?);
    }
    String::from_utf8(head).ok()
}

fn query(head: &str) -> Option<String> {
    let mut words = head.lines().next()?.split(' ');
    let (method, target) = (words.next()?, words.next()?);
    let query = target.strip_prefix("/?")?;
    let is_answer = url::form_urlencoded::parse(query.as_bytes())
        .any(|(name, _)| name == "code" || name == "error");
    (method == "GET" && is_answer).then(|| query.to_owned())
}

/// Failing to reply changes nothing: the answer is already here.
async fn reply(mut stream: TcpStream, status: &str, text: &str) {
    let page = format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Kalends</title><p>{text}</p>"
    );
    let answer = format!(
        "HTTP/1.1 {status}\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {}\r\n\
         Cache-Control: no-store\r\nReferrer-Policy: no-referrer\r\n\
         Content-Security-Policy: default-src 'none'\r\nX-Content-Type-Options: nosniff\r\n\
         Connection: close\r\n\r\n{page}",
        page.len()
    );
    let _ = stream.write_all(answer.as_bytes()).await;
    let _ = stream.shutdown().await;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_answers_to_the_root_count() {
        let ask = |line: &str| query(&format!("{line}\r\nHost: localhost\r\n\r\n"));
        assert_eq!(
            ask("GET /?code=a&state=b HTTP/1.1").as_deref(),
            Some("code=a&state=b")
        );
        assert!(ask("GET /?error=access_denied HTTP/1.1").is_some());
        for line in [
            "GET / HTTP/1.1",
            "GET /favicon.ico HTTP/1.1",
            "POST /?code=a HTTP/1.1",
            "GET /x?code=a",
            "",
            "GET",
        ] {
            assert!(ask(line).is_none(), "{line}");
        }
    }
}
