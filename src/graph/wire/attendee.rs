//! People on an event (Graph: attendee, recipient, emailAddress, responseStatus).

use super::lenient::{Text, object};
use super::when::{WhenWire, interval};
use crate::domain::event::{Answer, Attendee, Person, Role, Slot};
use crate::domain::text::Untrusted;

/// Bytes kept of a person's name; addresses are shorter by their own rules.
const NAME: usize = 512;
const ADDRESS: usize = 512;

object! {
    /// Graph: emailAddress.
    AddressWire<'a> {
        "name" => name: Text<'a>,
        "address" => address: Text<'a>,
    }
}

object! {
    /// Graph: recipient.
    RecipientWire<'a> {
        "emailAddress" => address: AddressWire<'a>,
    }
}

object! {
    /// Graph: responseStatus. Its time is a placeholder as often as not.
    ResponseWire<'a> {
        "response" => response: Text<'a>,
    }
}

object! {
    /// Graph: attendee.
    AttendeeWire<'a> {
        "type" => kind: Text<'a>,
        "status" => status: ResponseWire<'a>,
        "emailAddress" => address: AddressWire<'a>,
        "proposedNewTime" => proposed: TimeSlotWire<'a>,
    }
}

object! {
    /// Graph: timeSlot.
    TimeSlotWire<'a> {
        "start" => start: WhenWire<'a>,
        "end" => end: WhenWire<'a>,
    }
}

impl AddressWire<'_> {
    pub(crate) fn person(&self) -> Person {
        Person {
            name: Untrusted::from(self.name.clipped(NAME)),
            address: Untrusted::from(self.address.clipped(ADDRESS)),
        }
    }
}

impl ResponseWire<'_> {
    /// An unknown word is no answer.
    pub(crate) fn answer(&self) -> Answer {
        let response = &self.response;
        if response.get().is_none() || response.is("none") {
            Answer::None
        } else if response.is("accepted") {
            Answer::Accepted
        } else if response.is("notResponded") {
            Answer::NotResponded
        } else if response.is("organizer") {
            Answer::Organizer
        } else if response.is("tentativelyAccepted") {
            Answer::Tentative
        } else if response.is("declined") {
            Answer::Declined
        } else {
            Answer::None
        }
    }
}

impl AttendeeWire<'_> {
    /// A proposal that cannot be read is none: there is nothing to apply.
    fn proposed(&self) -> Option<Slot> {
        let TimeSlotWire { start, end, .. } = &self.proposed;
        let (start, end) = interval(start, end).ok()?;
        (start < end).then_some(Slot { start, end })
    }

    pub(crate) fn attendee(&self) -> Attendee {
        let role = if self.kind.is("optional") {
            Role::Optional
        } else if self.kind.is("resource") {
            Role::Resource
        } else {
            Role::Required
        };
        Attendee {
            person: self.address.person(),
            role,
            answer: self.status.answer(),
            proposed: self.proposed(),
        }
    }
}
