//! Scopes: which exist, who may consent to them, and what a request for them means.
//!
//! Invariant: a scope leaves this file only in its canonical spelling and without the
//! resource prefix (Graph: permissions reference, delegated).

use std::collections::BTreeSet;

use super::Account;
use super::refusal::Refusal;
use super::state::State;

struct Scope {
    name: &'static str,
    needs_admin: bool,
    is_work_only: bool,
}

const fn scope(name: &'static str, needs_admin: bool, is_work_only: bool) -> Scope {
    Scope {
        name,
        needs_admin,
        is_work_only,
    }
}

const SCOPES: &[Scope] = &[
    scope("openid", false, false),
    scope("profile", false, false),
    scope("email", false, false),
    scope("offline_access", false, false),
    scope("User.Read", false, false),
    scope("User.ReadBasic.All", false, true),
    scope("User.Read.All", true, true),
    scope("Calendars.ReadBasic", false, false),
    scope("Calendars.Read", false, false),
    scope("Calendars.ReadWrite", false, false),
    scope("Calendars.Read.Shared", false, true),
    scope("Calendars.ReadWrite.Shared", false, true),
    scope("MailboxSettings.Read", false, false),
    scope("MailboxSettings.ReadWrite", false, false),
    scope("People.Read", false, false),
    scope("Contacts.Read", false, false),
    scope("Place.Read.All", true, true),
    scope("Presence.Read", false, true),
    scope("Mail.Send", false, false),
    scope("Mail.Read", false, false),
];

const PREFIXES: [&str; 2] = [
    "https://graph.microsoft.com/",
    "00000003-0000-0000-c000-000000000000/",
];
/// Everything that was consented to before; cannot be mixed with named scopes.
const DEFAULT: &str = ".default";

fn look_up(name: &str) -> Option<&'static Scope> {
    SCOPES
        .iter()
        .find(|scope| scope.name.eq_ignore_ascii_case(name))
}

pub(super) fn names() -> impl Iterator<Item = &'static str> {
    SCOPES.iter().map(|scope| scope.name)
}

/// Canonical names of a scope parameter, in the order asked for, each once.
///
/// # Errors
/// AADSTS70011 for an unknown scope, for none at all, or for `.default` beside others.
pub(super) fn parse(parameter: &str) -> Result<Vec<String>, Refusal> {
    let mut names: Vec<String> = Vec::new();
    for word in parameter.split_ascii_whitespace() {
        let bare = PREFIXES
            .iter()
            .find_map(|prefix| word.strip_prefix(prefix))
            .unwrap_or(word);
        let name = if bare == DEFAULT {
            DEFAULT
        } else {
            look_up(bare)
                .ok_or_else(|| Refusal::new(70011).about(word))?
                .name
        };
        if !names.iter().any(|known| known == name) {
            names.push(name.to_owned());
        }
    }
    let resource = names.iter().filter(|name| !is_identity_scope(name)).count();
    let has_default = names.iter().any(|name| name == DEFAULT);
    if names.is_empty() || (has_default && resource > 1) {
        return Err(Refusal::new(70011).about(parameter));
    }
    Ok(names)
}

pub(super) fn is_identity_scope(name: &str) -> bool {
    ["openid", "profile", "email", "offline_access"].contains(&name)
}

/// Records what the person agreed to in the browser and answers what is granted.
///
/// # Errors
/// AADSTS70011 when a personal account asks for a work-only scope, 90094 when an
/// administrator has to agree first.
pub(super) fn agree(
    state: &mut State,
    account: &Account,
    asked: &[String],
) -> Result<Vec<String>, Refusal> {
    let known = state.consented(&account.upn);
    let new: Vec<&'static Scope> = asked
        .iter()
        .filter(|name| !known.contains(*name))
        .filter_map(|name| look_up(name))
        .collect();
    if let Some(scope) = new
        .iter()
        .find(|scope| account.personal && scope.is_work_only)
    {
        return Err(Refusal::new(70011).about(scope.name));
    }
    let mut for_admin = new.iter().filter(|scope| {
        let is_closed = !state.allows_user_consent && !is_identity_scope(scope.name);
        scope.needs_admin || is_closed
    });
    if let Some(scope) = for_admin.next() {
        return Err(Refusal::new(90094).about(scope.name));
    }
    let names: Vec<String> = new.iter().map(|scope| scope.name.to_owned()).collect();
    state.consent(&account.upn, &names);
    Ok(expand(asked, &state.consented(&account.upn)))
}

/// What a silent request gets.
///
/// # Errors
/// AADSTS65001 naming the first scope that was never consented to.
pub(super) fn check(state: &State, upn: &str, asked: &[String]) -> Result<Vec<String>, Refusal> {
    let consented = state.consented(upn);
    let missing = asked
        .iter()
        .find(|name| *name != DEFAULT && !is_identity_scope(name) && !consented.contains(*name));
    match missing {
        Some(name) => Err(Refusal::new(65001).about(name)),
        None => Ok(expand(asked, &consented)),
    }
}

fn expand(asked: &[String], consented: &BTreeSet<String>) -> Vec<String> {
    let mut granted: Vec<String> = asked
        .iter()
        .filter(|name| *name != DEFAULT)
        .cloned()
        .collect();
    if granted.len() < asked.len() {
        let rest = consented.iter().filter(|name| !is_identity_scope(name));
        granted.extend(rest.cloned());
    }
    granted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_are_canonical_and_unique() {
        let names = parse("https://graph.microsoft.com/calendars.read Calendars.Read openid");
        assert_eq!(names.unwrap(), ["Calendars.Read", "openid"]);
    }

    #[test]
    fn unknown_empty_and_mixed_scopes_are_refused() {
        for asked in ["Calendars.Rule", "", "  ", ".default Calendars.Read"] {
            assert_eq!(parse(asked).unwrap_err().code, 70011, "{asked}");
        }
        assert_eq!(
            parse("https://graph.microsoft.com/.default openid")
                .unwrap()
                .len(),
            2
        );
    }
}
