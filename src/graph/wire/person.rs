//! People and rooms that a name may mean (Graph: person).

use super::collection::{Collection, Element, NotAList, collection};
use super::lenient::{List, Text, object};
use super::when::Skip;
use crate::domain::event::{Attendee, Person, Role};
use crate::domain::text::Untrusted;

const NAME: usize = 256;
/// RFC 5321 4.5.3.1: the longest address.
const ADDRESS: usize = 254;

object! {
    PersonWire<'a> {
        "displayName" => name: Text<'a>,
        "scoredEmailAddresses" => addresses: List<ScoredWire<'a>, 4>,
        "personType" => kind: KindWire<'a>,
    }
}

object! { ScoredWire<'a> { "address" => address: Text<'a>, } }

object! { KindWire<'a> { "class" => class: Text<'a>, "subclass" => subclass: Text<'a>, } }

/// Reads one page, the only one: later ones are known to go round in circles.
pub fn people(bytes: &[u8]) -> Result<Collection<Attendee>, NotAList> {
    collection(bytes, &())
}

impl Element for Attendee {
    type Wire<'a> = PersonWire<'a>;
    type Context = ();

    fn convert(wire: PersonWire<'_>, (): &()) -> Result<Self, Skip> {
        let address = wire
            .addresses
            .0
            .first()
            .map_or("", |one| one.address.or_empty());
        if !address.contains('@') || address.len() > ADDRESS {
            return Err(Skip::Id);
        }
        let is_room = wire.kind.class.or_empty().eq_ignore_ascii_case("room")
            || wire.kind.subclass.or_empty().eq_ignore_ascii_case("room");
        Ok(Self {
            person: Person {
                name: Untrusted::from(wire.name.clipped(NAME)),
                address: Untrusted::from(address),
            },
            role: if is_room {
                Role::Resource
            } else {
                Role::Required
            },
            ..Self::default()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_and_rooms_with_an_address() {
        let page = r#"{"value":[
            {"displayName":"Ben Okafor","scoredEmailAddresses":[{"address":"ben@contoso.com","relevanceScore":7.0}],
             "personType":{"class":"Person","subclass":"OrganizationUser"}},
            {"displayName":"Room 4","scoredEmailAddresses":[{"address":"room4@contoso.com"}],"personType":{"class":"Room"}},
            {"displayName":"Nobody","scoredEmailAddresses":[]},
            {"displayName":null,"scoredEmailAddresses":null,"personType":null}]}"#;
        let found = people(page.as_bytes()).unwrap().items;
        let shown: Vec<(&str, Role)> = found
            .iter()
            .map(|one| (one.person.name.raw(), one.role))
            .collect();
        assert_eq!(
            shown,
            [("Ben Okafor", Role::Required), ("Room 4", Role::Resource)]
        );
    }
}
