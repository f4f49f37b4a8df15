//! People as a line of text: "Ana Silva <ana@contoso.com>, ben@contoso.com (optional)".
//!
//! Invariant: what is written reads back as the same people in the same roles.

use super::People;
use crate::domain::event::{Attendee, Person, Role};
use crate::domain::text::Untrusted;

fn line(text: &Untrusted) -> String {
    text.safe_line(None).into_string().trim().to_owned()
}

/// `Ana Silva <ana@contoso.com> (optional)`; a name with a comma stands in quotes.
pub fn person_text(attendee: &Attendee) -> String {
    let name = line(&attendee.person.name).replace(['"', '<', '>'], "");
    let address = line(&attendee.person.address);
    let person = if name.is_empty() || name == address {
        address
    } else if name.contains([',', ';', '(']) {
        format!("\"{name}\" <{address}>")
    } else {
        format!("{name} <{address}>")
    };
    match attendee.role {
        Role::Required => person,
        Role::Optional => format!("{person} (optional)"),
        Role::Resource => format!("{person} (room)"),
    }
}

/// The line's parts at commas and semicolons that do not stand in quotes.
pub fn parts(text: &str) -> Vec<&str> {
    let mut is_quoted = false;
    text.split(|letter: char| {
        is_quoted ^= letter == '"';
        matches!(letter, ',' | ';') && !is_quoted
    })
    .map(str::trim)
    .collect()
}

/// Reads a list of people. A name without an address must be of somebody known.
///
/// # Errors
/// In words for the person.
pub fn people(text: &str, known: &[Attendee]) -> Result<People, String> {
    let mut all: Vec<Attendee> = Vec::new();
    for part in parts(text).into_iter().filter(|part| !part.is_empty()) {
        let attendee = person(part, known)?;
        let address = attendee.person.address.raw().to_lowercase();
        let is_new = |known: &Attendee| known.person.address.raw().to_lowercase() != address;
        if all.iter().all(is_new) {
            all.push(attendee);
        }
    }
    Ok(People::new(all))
}

fn person(text: &str, known: &[Attendee]) -> Result<Attendee, String> {
    let (text, role) = match text
        .strip_suffix(')')
        .and_then(|text| text.rsplit_once('('))
    {
        Some((before, "optional")) => (before.trim(), Some(Role::Optional)),
        Some((before, "room")) => (before.trim(), Some(Role::Resource)),
        Some((before, "required")) => (before.trim(), Some(Role::Required)),
        _ => (text, None),
    };
    if let Some((name, address)) = text
        .strip_suffix('>')
        .and_then(|text| text.rsplit_once('<'))
    {
        return made(name.trim().trim_matches('"'), address, role);
    }
    if text.contains('@') {
        let same = |attendee: &&Attendee| attendee.person.address.raw().eq_ignore_ascii_case(text);
        let name = known
            .iter()
            .find(same)
            .map(|attendee| attendee.person.name.raw());
        return made(name.unwrap_or_default(), text, role);
    }
    let name = text.trim_matches('"').to_lowercase();
    let mut same = known
        .iter()
        .filter(|attendee| attendee.person.name.raw().to_lowercase() == name);
    match (same.next(), same.next()) {
        (Some(found), None) => Ok(Attendee {
            role: role.unwrap_or(found.role),
            person: found.person.clone(),
            ..Attendee::default()
        }),
        (Some(_), Some(_)) => Err(format!(
            "more than one person is called “{text}”: give the address"
        )),
        (None, _) => Err(format!(
            "who is “{text}”? Give an address, or take a name from the list"
        )),
    }
}

/// As far as that can be told without asking; without white space and control letters.
pub fn is_address(text: &str) -> bool {
    let has_parts = text.split_once('@').is_some_and(|(local, host)| {
        !local.is_empty() && host.contains('.') && !host.starts_with('.') && !host.ends_with('.')
    });
    let is_odd = |letter: char| letter.is_whitespace() || letter.is_control();
    has_parts && !text.contains(is_odd) && text.len() <= 320
}

fn made(name: &str, address: &str, role: Option<Role>) -> Result<Attendee, String> {
    let address = address.trim();
    if !is_address(address) {
        return Err(format!("“{address}” is not an address"));
    }
    Ok(Attendee {
        person: Person {
            name: Untrusted::new(name),
            address: Untrusted::new(address),
        },
        role: role.unwrap_or_default(),
        ..Attendee::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_read_back_with_their_roles() {
        let of = |name: &str, address: &str, role| Attendee {
            person: Person {
                name: name.into(),
                address: address.into(),
            },
            role,
            ..Attendee::default()
        };
        let known = [of("Ben Ode", "ben@contoso.com", Role::Required)];
        let all = vec![
            of("Silva, Ana", "ana@contoso.com", Role::Required),
            of("", "chi@contoso.com", Role::Optional),
            of("Room 4", "room4@contoso.com", Role::Resource),
        ];
        let text = all.iter().map(person_text).collect::<Vec<_>>().join(", ");
        assert_eq!(people(&text, &[]).unwrap().all(), all);
        assert_eq!(
            people("ben ode (optional), BEN@contoso.com", &known)
                .unwrap()
                .all(),
            [of("Ben Ode", "ben@contoso.com", Role::Optional)]
        );
        assert!(people("ben", &known).unwrap_err().contains("who is"));
        for text in ["a@b", "@contoso.com", "a b@contoso.com", "x <y>"] {
            assert!(people(text, &[]).is_err(), "{text}");
        }
    }
}
