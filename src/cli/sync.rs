//! `kalends sync`: one full round of every calendar, then the figures.

use super::agenda::harmless;
use super::arguments::Sync;
use super::exit::{Exit, Trouble};
use super::invocation::Invocation;
use super::output::Output;
use super::talk::Talk;
use crate::service::protocol::{Link, Reply, Request, SyncReport};
use std::io;
use std::time::Duration;

/// A first round of a large mailbox behind a slow line.
const PATIENCE: Duration = Duration::from_secs(30 * 60);
const SHORT: Duration = Duration::from_secs(10);

pub(super) fn sync(
    invocation: &Invocation,
    wish: &Sync,
    output: &mut Output<'_>,
) -> Result<Exit, Trouble> {
    let account = invocation.account()?;
    if account.signed_in.is_none() {
        return Err(Trouble::sign_in("nobody is signed in"));
    }
    let mut talk = Talk::start(invocation, &account)?;
    let reply = talk.ask(Request::FullSync, PATIENCE)?;
    if let Reply::Status(status) = talk.ask(Request::Status, SHORT)? {
        talk.status = *status;
    }
    let result = match reply {
        Reply::Synced(report) => {
            write(&report, wish.json, output)?;
            verdict(&talk, &report)
        }
        Reply::Refused { words } => Err(talk.trouble(words)),
        _ => Err(Trouble::error(
            "the data side gave an answer that makes no sense; update both programs",
        )),
    };
    for words in talk.warnings() {
        output.complain(words);
    }
    talk.leave();
    result
}

fn verdict(talk: &Talk, report: &SyncReport) -> Result<Exit, Trouble> {
    if report.troubles.is_empty() {
        return Ok(Exit::Fine);
    }
    let words = report.troubles.join("; ");
    match &talk.status.link {
        Link::SignInNeeded { .. } | Link::NoAccount => Err(Trouble::sign_in(words)),
        Link::Offline { .. } => Err(Trouble::new(
            Exit::Offline,
            format!("not everything could be fetched: {words}"),
        )),
        _ => Err(Trouble::error(format!(
            "not everything could be fetched: {words}"
        ))),
    }
}

fn write(report: &SyncReport, is_json: bool, output: &mut Output<'_>) -> io::Result<()> {
    if is_json {
        let text = serde_json::to_string(report).map_err(io::Error::other)?;
        return writeln!(output.out, "{}", harmless(&text));
    }
    let SyncReport {
        added,
        changed,
        removed,
        requests,
        bytes,
        elapsed_ms,
        ..
    } = report;
    let seconds = format!("{}.{}", elapsed_ms / 1000, elapsed_ms % 1000 / 100);
    let size = if *bytes < 10_000 {
        format!("{bytes} bytes")
    } else {
        format!("{} KB", bytes / 1000)
    };
    writeln!(
        output.out,
        "{added} added, {changed} changed, {removed} removed · {requests} requests, {size}, {seconds} s"
    )
}
