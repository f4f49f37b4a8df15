//! Who is on an event, as a set: the order of a list, the case of an address and what each
//! person answered are no changes.

use crate::domain::event::{Attendee, Person, Role};
use crate::domain::text::Untrusted;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

#[derive(Debug, Clone, Default, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct People(Vec<Attendee>);

impl People {
    pub fn new(attendees: Vec<Attendee>) -> Self {
        Self(attendees)
    }

    pub fn all(&self) -> &[Attendee] {
        &self.0
    }

    pub fn into_inner(self) -> Vec<Attendee> {
        self.0
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// By address, whatever its case.
    fn roles(&self) -> BTreeMap<String, Role> {
        let of = |attendee: &Attendee| (address(attendee), attendee.role);
        self.0.iter().map(of).collect()
    }

    /// Theirs, with whom I added, without whom I took away, and with the roles I changed. None
    /// when both changed somebody's role, differently.
    pub(crate) fn merged(base: &Self, mine: &Self, theirs: &Self) -> Option<Self> {
        let (was, want, is) = (base.roles(), mine.roles(), theirs.roles());
        let mut both = Vec::new();
        for attendee in &theirs.0 {
            let key = address(attendee);
            let role = match (was.get(&key), want.get(&key)) {
                // I took them away; a new role of theirs goes with them.
                (Some(_), None) => continue,
                (was, Some(want)) if was != Some(want) && *want != attendee.role => {
                    if was.is_some_and(|was| *was == attendee.role) {
                        *want
                    } else {
                        return None;
                    }
                }
                _ => attendee.role,
            };
            both.push(Attendee {
                role,
                ..attendee.clone()
            });
        }
        let is_new = |attendee: &&Attendee| {
            let key = address(attendee);
            !was.contains_key(&key) && !is.contains_key(&key)
        };
        both.extend(mine.0.iter().filter(is_new).cloned());
        Some(Self(both))
    }

    /// The same, with whoever is on both lists in the role they have on `other`.
    pub(crate) fn in_roles_of(&self, other: &Self) -> Self {
        let roles = other.roles();
        let with = |attendee: &Attendee| Attendee {
            role: roles
                .get(&address(attendee))
                .copied()
                .unwrap_or(attendee.role),
            ..attendee.clone()
        };
        Self(self.0.iter().map(with).collect())
    }

    /// `Ana Silva, Ben (optional), Room 4 (room)`.
    pub fn in_words(&self) -> Untrusted {
        let named = |attendee: &Attendee| {
            let name = attendee.person.shown().raw();
            match attendee.role {
                Role::Required => name.to_owned(),
                Role::Optional => format!("{name} (optional)"),
                Role::Resource => format!("{name} (room)"),
            }
        };
        let names: Vec<String> = self.0.iter().map(named).collect();
        if names.is_empty() {
            "nobody".into()
        } else {
            names.join(", ").into()
        }
    }
}

impl PartialEq for People {
    fn eq(&self, other: &Self) -> bool {
        self.roles() == other.roles()
    }
}

fn address(attendee: &Attendee) -> String {
    attendee.person.address.raw().trim().to_lowercase()
}

impl Person {
    /// The name, or the address of somebody without one.
    pub fn shown(&self) -> &Untrusted {
        if self.name.raw().trim().is_empty() {
            &self.address
        } else {
            &self.name
        }
    }
}
