//! `kalends login`: signs in, says as whom and what was granted, and tells a running kalends.

use super::arguments::{Extra, Login};
use super::exit::{Exit, Trouble};
use super::invocation::Invocation;
use super::output::Output;
use crate::domain::text::{Safe, Untrusted};
use crate::graph::auth::{Endpoints, TokenStore, scopes};
use crate::runtime::sign_in::{self, Flow, Step, Wish};
use crate::runtime::{Account, accounts, open_url};
use crate::service::protocol::{Notice, Reply, Request};
use crate::service::{Incoming, attach};
use std::sync::Arc;
use std::sync::mpsc::channel;
use std::time::Duration;

const AUTHORITY: &str = "https://login.microsoftonline.com";
const GRAPH: &str = "https://graph.microsoft.com";
const TENANT: &str = "common";
/// How long a running kalends may take to read the sign-in again.
const PATIENCE: Duration = Duration::from_secs(10);

pub(super) fn login(
    invocation: &Invocation,
    wish: &Login,
    output: &mut Output<'_>,
) -> Result<Exit, Trouble> {
    let (endpoints, hint) = endpoints(invocation, wish)?;
    let flow = match (wish.device_code, wish.browser) {
        (true, _) => Flow::DeviceCode,
        (false, true) => Flow::Browser,
        (false, false) if open_url::has_browser() => Flow::Browser,
        (false, false) => Flow::DeviceCode,
    };
    let sign_in = Wish {
        endpoints,
        flow,
        read_only: wish.read_only,
        more: extras(invocation, wish, hint.is_some()),
        hint,
    };
    let open = |url: &str| open_url::open(url).is_ok();
    let account = sign_in::sign_in(&invocation.home, sign_in, invocation.clock, open, |step| {
        let _ = tell(&step, output);
    })?;
    let granted = account
        .signed_in
        .as_ref()
        .map(|signed_in| signed_in.granted.join(" "))
        .unwrap_or_default();
    let name = account
        .signed_in
        .as_ref()
        .map(|signed_in| signed_in.name.clone())
        .unwrap_or_default();
    writeln!(
        output.out,
        "signed in as {} <{}>",
        Safe::line(&name, Some(80)),
        account.label()
    )?;
    writeln!(output.out, "granted: {}", Safe::line(&granted, Some(400)))?;
    if !account.can_write() {
        writeln!(
            output.out,
            "this sign-in may read only; answering needs a sign-in without --read-only"
        )?;
    }
    if let Err(words) = tell_running(&account) {
        writeln!(
            output.out,
            "note: a running kalends has not taken this over ({}); close it and open it again",
            Safe::line(&words, Some(200))
        )?;
    }
    if let Some(banner) = TokenStore::open(&invocation.home.data)
        .ok()
        .and_then(|store| store.banner())
    {
        writeln!(output.out, "note: {banner}")?;
    }
    Ok(Exit::Fine)
}

/// Whoever owns the calendar goes on with the new sign-in and its rights. One that begins just now
/// listens before it reads the sign-in, so that nobody keeps the old one.
fn tell_running(account: &Account) -> Result<(), String> {
    let (sender, verdict) = channel();
    // One thing is asked on this connection, so that every reply is to it.
    let outlet = Arc::new(move |news| {
        let said = match news {
            Incoming::Replied {
                reply: Reply::Refused { words },
                ..
            }
            | Incoming::Noticed(Notice::Gone { words }) => Err(words),
            Incoming::Replied { .. } => Ok(()),
            Incoming::Noticed(_) => return true,
        };
        sender.send(said).is_ok()
    });
    let Ok(handle) = attach(&account.folder, "", outlet) else {
        return Ok(());
    };
    handle.post(handle.ticket(), Request::SignedIn);
    let mute = || Err("it does not answer".into());
    verdict.recv_timeout(PATIENCE).unwrap_or_else(|_| mute())
}

/// What is asked for beyond the usual: as wanted, and what this account was granted before.
fn extras(invocation: &Invocation, wish: &Login, is_known: bool) -> Vec<&'static str> {
    let known = accounts::choose(&invocation.home, invocation.global.account.as_deref());
    let before = known.ok().filter(|_| is_known);
    let before = before.map(|account| account.rights()).unwrap_or_default();
    let shared = if wish.read_only {
        scopes::SHARED_READ
    } else {
        scopes::SHARED
    };
    let wanted = [
        (Extra::People, before.people, scopes::PEOPLE),
        (Extra::Categories, before.categories, scopes::CATEGORIES),
        (Extra::Shared, before.shared, shared),
    ];
    let wanted = wanted.into_iter();
    wanted
        .filter(|(extra, is_granted, _)| *is_granted || wish.with.contains(extra))
        .map(|(_, _, scope)| scope)
        .collect()
}

/// Where to sign in: as asked, else where the account signed in before.
fn endpoints(
    invocation: &Invocation,
    wish: &Login,
) -> Result<(Endpoints, Option<String>), Trouble> {
    let is_plain = wish.authority.is_none()
        && wish.graph.is_none()
        && wish.client_id.is_none()
        && wish.tenant.is_none();
    if is_plain
        && let Ok(account) =
            accounts::choose(&invocation.home, invocation.global.account.as_deref())
        && let Some(signed_in) = account.signed_in
    {
        return Ok((signed_in.endpoints, Some(signed_in.upn)));
    }
    let Some(client_id) = &wish.client_id else {
        return Err(Trouble::usage(
            "say which app registration to sign in with: --client-id ID, or KALENDS_CLIENT_ID; \
             your administrator, or the Entra admin centre under App registrations, has it",
        ));
    };
    let graph = wish.graph.as_deref().unwrap_or(GRAPH).trim_end_matches('/');
    let graph = graph.strip_suffix("/v1.0").unwrap_or(graph);
    let authority = wish.authority.as_deref().unwrap_or(AUTHORITY);
    let tenant = wish.tenant.as_deref().unwrap_or(TENANT);
    let endpoints = Endpoints::new(authority, graph, tenant, client_id)
        .map_err(|error| Trouble::usage(error.to_string()))?;
    let hint = invocation
        .global
        .account
        .clone()
        .filter(|name| name.contains('@'));
    Ok((endpoints, hint))
}

fn tell(step: &Step<'_>, output: &mut Output<'_>) -> std::io::Result<()> {
    match step {
        Step::Open {
            url,
            forwarding,
            opened,
        } => {
            let what = if *opened {
                "continue in the browser; if none came up, open"
            } else {
                "open this in a browser"
            };
            writeln!(output.out, "{what}:\n  {}", Safe::line(url, None))?;
            writeln!(
                output.out,
                "over SSH, first run this where the browser is:\n  {forwarding}"
            )?;
        }
        Step::Code {
            code,
            page,
            warning,
            message,
        } => {
            let code = output.styled("1", &Safe::line(code, Some(40)));
            writeln!(
                output.out,
                "open {} and enter the code {code}",
                Safe::line(page, Some(200))
            )?;
            if let Some(message) = message {
                writeln!(
                    output.out,
                    "{}",
                    Untrusted::from(*message).safe_line(Some(400))
                )?;
            }
            writeln!(output.out, "{}", output.styled("33", warning))?;
        }
    }
    output.out.flush()
}
