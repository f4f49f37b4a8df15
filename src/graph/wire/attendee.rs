//! People on an event (Graph: attendee, recipient, emailAddress, responseStatus).

use super::lenient::{Text, object};
use super::when::{WhenWire, interval, moment};
use crate::domain::event::{Answer, Attendee, Person, Role, Slot, answered};
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
    /// Graph: responseStatus of other people; when they answered is not asked.
    ResponseWire<'a> {
        "response" => response: Text<'a>,
    }
}

object! {
    /// Graph: responseStatus, my own.
    MyResponseWire<'a> {
        "response" => response: Text<'a>,
        "time" => time: Text<'a>,
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

/// An unknown word is no answer.
fn answer(response: &Text<'_>) -> Answer {
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

/// What lies outside stands for nothing: Graph writes year 1 where nobody answered, some servers
/// 4501 (1990 to 4500, in seconds).
const REAL: std::ops::Range<i64> = 631_152_000..79_839_000_000;

impl MyResponseWire<'_> {
    pub(crate) fn answer(&self) -> Answer {
        answer(&self.response)
    }

    /// Whole minutes from `came` to the answer, where there is one and both times are real.
    pub(crate) fn minutes_since(&self, came: &Text<'_>) -> Option<u32> {
        if !answered(self.answer()) {
            return None;
        }
        let real = |text: &Text<'_>| {
            let second = moment(text)?.as_second();
            REAL.contains(&second).then_some(second)
        };
        let seconds = real(&self.time)? - real(came)?;
        u32::try_from(seconds).ok().map(|seconds| seconds / 60)
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
            answer: answer(&self.status.response),
            proposed: self.proposed(),
        }
    }
}
