//! The sign-in and the server behind it.

use super::super::day_words::length;
use super::super::invocation::Invocation;
use super::finding::Finding;
use super::stored::Owner;
use crate::domain::remote::{Ask, FailureKind, Told};
use crate::runtime::Account;
use crate::service::protocol::Link;
use jiff::Timestamp;
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(20);

pub(super) fn tokens(invocation: &Invocation, account: &Account) -> Vec<Finding> {
    let Some(signed_in) = &account.signed_in else {
        let words = format!("only a copy of the calendar of {} is left", account.label());
        return vec![Finding::note(
            "account",
            words,
            "run kalends login to bring it up to date",
        )];
    };
    let endpoints = &signed_in.endpoints;
    let host = endpoints.authority().host_str().unwrap_or_default();
    let mut findings = vec![Finding::good(
        "account",
        format!(
            "{} at {host}, tenant {}",
            account.label(),
            endpoints.tenant()
        ),
    )];
    let now = invocation.clock.now();
    let left = Timestamp::from_millisecond(signed_in.expires_at_ms)
        .unwrap_or(Timestamp::MIN)
        .duration_since(now);
    findings.push(match (&signed_in.refresh, left.is_positive()) {
        (None, false) => Finding::broken("token", "the sign-in has ended", "run kalends login"),
        (None, true) => Finding::note(
            "token",
            format!("ends in {} and cannot be renewed", length(left)),
            "run kalends login",
        ),
        (Some(_), true) => Finding::good(
            "token",
            format!("good for {}, renewed by itself", length(left)),
        ),
        (Some(_), false) => Finding::good(
            "token",
            format!("{} old, renewed when it is needed", length(-left)),
        ),
    });
    let granted = signed_in.granted.join(" ");
    findings.push(if account.can_write() {
        Finding::good("granted", granted)
    } else {
        Finding::note(
            "granted",
            format!("{granted} (reading only)"),
            "sign in without --read-only to answer",
        )
    });
    findings.push(Finding::note(
        "tokens",
        format!(
            "kept unencrypted in {} (mode 0600)",
            invocation.home.tokens().display()
        ),
        "only your user can read them; keep the disk encrypted",
    ));
    findings
}

/// Whether the server answers. When another process owns the account, its word counts:
/// two processes never renew the same token.
pub(super) fn server(invocation: &Invocation, account: &Account, owner: &Owner) -> Vec<Finding> {
    if account.signed_in.is_none() {
        return Vec::new();
    }
    if let Some(status) = &owner.status {
        return vec![match &status.link {
            Link::Live => Finding::good("server", "the running kalends reaches it"),
            Link::Starting => Finding::note(
                "server",
                "the running kalends has had no answer yet",
                "look again in a moment; if it stays, check the connection",
            ),
            Link::Waiting { until } => Finding::note(
                "server",
                format!("asked to wait until {until:.0}"),
                "it goes on by itself",
            ),
            Link::Offline { words } => {
                Finding::broken("server", words.clone(), "check the connection")
            }
            Link::SignInNeeded { words } => {
                Finding::broken("server", words.clone(), "run kalends login")
            }
            Link::NoAccount => Finding::broken(
                "server",
                "the running kalends is not signed in",
                "run kalends login",
            ),
        }];
    }
    if owner.is_mute {
        return Vec::new();
    }
    let ownership = match account.folder.own() {
        Ok(ownership) => ownership,
        Err(error) => {
            return vec![Finding::broken(
                "server",
                format!("not asked: {error}"),
                "see above",
            )];
        }
    };
    let finding = ask(invocation, account);
    drop(ownership);
    vec![finding]
}

fn ask(invocation: &Invocation, account: &Account) -> Finding {
    let connected = match invocation.connect(account)() {
        Ok(Some(connected)) => connected,
        Ok(None) => return Finding::broken("server", "nobody is signed in", "run kalends login"),
        Err(words) => return Finding::broken("server", words, "see above"),
    };
    let runtime = match tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => {
            return Finding::broken(
                "server",
                error.to_string(),
                "free memory, or raise ulimit -n",
            );
        }
    };
    let answer = connected.server.perform(Ask::Mailbox {
        followed: Vec::new(),
    });
    match runtime.block_on(async { tokio::time::timeout(PATIENCE, answer).await }) {
        Err(_) => Finding::broken(
            "server",
            "no answer within 20 s",
            "check the connection, a proxy, or try later",
        ),
        Ok(Ok(Told::Mailbox(mailbox))) => {
            let me = mailbox.me.address.safe_line(Some(64));
            Finding::good(
                "server",
                format!("answers as {me}, {} calendars", mailbox.calendars.len()),
            )
        }
        Ok(Ok(_)) => Finding::broken(
            "server",
            "answered something that makes no sense",
            "check --graph",
        ),
        Ok(Err(failure)) => {
            let way_out = match failure.kind {
                FailureKind::Offline => "check the connection, VPN and proxy",
                FailureKind::SignIn => "run kalends login",
                FailureKind::Throttled => "wait a little",
                FailureKind::Forbidden => {
                    "ask the administrator for Calendars.ReadWrite, or sign in with --read-only"
                }
                _ => "try again; if it stays, the log says more",
            };
            Finding::broken("server", failure.words, way_out)
        }
    }
}
