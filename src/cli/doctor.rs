//! `kalends doctor`: what is configured, reachable, granted and stored; each problem with
//! its way out.
//!
//! Looks only, except that it may renew a token when nobody else runs. Invariant: it ends
//! with an error exactly when something is broken.

mod finding;
mod machine;
mod mailbox;
mod stored;

use super::agenda::harmless;
use super::arguments::Doctor;
use super::exit::{Exit, Trouble};
use super::invocation::Invocation;
use super::output::Output;
use crate::runtime::accounts;
use finding::{Finding, Health};
use std::io;

pub(super) fn doctor(
    invocation: &Invocation,
    wish: &Doctor,
    output: &mut Output<'_>,
) -> Result<Exit, Trouble> {
    let mut findings = machine::configuration(invocation);
    findings.extend(machine::folders(&invocation.home));
    findings.extend(machine::time(invocation));
    match accounts::choose(&invocation.home, invocation.global.account.as_deref()) {
        Ok(account) => {
            let owner = stored::owner(&account.folder, invocation);
            findings.extend(owner.findings.iter().cloned());
            findings.extend(mailbox::tokens(invocation, &account));
            findings.extend(mailbox::server(invocation, &account, &owner));
            findings.extend(stored::health(&account.folder, &owner, invocation));
        }
        Err(accounts::AccountError::Nobody) => {
            findings.push(Finding::note(
                "account",
                "nobody is signed in",
                "run kalends login, or try kalends demo",
            ));
        }
        Err(error) => findings.push(Finding::broken("account", error.to_string(), "see above")),
    }
    findings.extend(machine::terminal(output));
    findings.push(machine::log(invocation));
    if wish.json {
        let text = serde_json::to_string_pretty(&findings).map_err(io::Error::other)?;
        writeln!(output.out, "{}", harmless(&text))?;
    } else {
        write(&findings, output)?;
    }
    let is_broken = findings
        .iter()
        .any(|finding| finding.health == Health::Broken);
    Ok(if is_broken { Exit::Error } else { Exit::Fine })
}

fn write(findings: &[Finding], output: &mut Output<'_>) -> io::Result<()> {
    for finding in findings {
        let (mark, style) = match finding.health {
            Health::Good => ("ok  ", "32"),
            Health::Note => ("note", "33"),
            Health::Broken => ("FAIL", "31;1"),
        };
        let mark = output.styled(style, mark);
        writeln!(
            output.out,
            "{mark} {:<10} {}",
            finding.about,
            finding.shown()
        )?;
        if let Some(way_out) = &finding.way_out {
            writeln!(
                output.out,
                "     {:<10} {} {way_out}",
                "",
                output.styled("2", "→")
            )?;
        }
    }
    Ok(())
}
