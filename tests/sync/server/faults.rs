//! What can go wrong on the way, what delta does that it should not, and the forms of what it
//! delivers.

use crate::chance::Chance;
use kalends::domain::remote::{Failure, FailureKind};

/// Delta misbehaviour, one a round at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Trick {
    DuplicatedPage,
    ReorderedPages,
    TwoVersions,
    NextEqualsItself,
    RotatingNext,
    TwoCycle,
    ForeignNext,
    NoLinks,
    BothLinks,
    DeltaLinkRepeated,
    OldToken,
    UnknownRemoved,
    RemovedThenSeen,
    OccurrencesBeforeMaster,
    ExceptionWithoutMaster,
    MovedMidRound,
    EmptyPages,
    SpuriousRemoval,
    SecondPageRefused,
    ReplayedUnchanged,
    DeadToken,
}

impl Trick {
    pub const ALL: [Trick; 21] = [
        Trick::DuplicatedPage,
        Trick::ReorderedPages,
        Trick::TwoVersions,
        Trick::NextEqualsItself,
        Trick::RotatingNext,
        Trick::TwoCycle,
        Trick::ForeignNext,
        Trick::NoLinks,
        Trick::BothLinks,
        Trick::DeltaLinkRepeated,
        Trick::OldToken,
        Trick::UnknownRemoved,
        Trick::RemovedThenSeen,
        Trick::OccurrencesBeforeMaster,
        Trick::ExceptionWithoutMaster,
        Trick::MovedMidRound,
        Trick::EmptyPages,
        Trick::SpuriousRemoval,
        Trick::SecondPageRefused,
        Trick::ReplayedUnchanged,
        Trick::DeadToken,
    ];
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Transport {
    NoName,
    ConnectionRefused,
    TlsFailed,
    ResetBefore,
    ResetAfter,
    TimedOut,
    Dripped,
    ClosedEarly,
    WrongLength,
    Garbage,
    Bomb,
    ProxyPage,
    Redirected,
    Throttled,
    Unavailable,
    UnavailableAfter,
}

impl Transport {
    pub const ALL: [Transport; 16] = [
        Transport::NoName,
        Transport::ConnectionRefused,
        Transport::TlsFailed,
        Transport::ResetBefore,
        Transport::ResetAfter,
        Transport::TimedOut,
        Transport::Dripped,
        Transport::ClosedEarly,
        Transport::WrongLength,
        Transport::Garbage,
        Transport::Bomb,
        Transport::ProxyPage,
        Transport::Redirected,
        Transport::Throttled,
        Transport::Unavailable,
        Transport::UnavailableAfter,
    ];

    /// The request took effect although no good answer came.
    pub fn takes_effect(self) -> bool {
        use Transport::{
            ClosedEarly, Garbage, ResetAfter, TimedOut, UnavailableAfter, WrongLength,
        };
        matches!(
            self,
            ResetAfter | TimedOut | ClosedEarly | WrongLength | Garbage | UnavailableAfter
        )
    }

    /// As the client's wire layer names it.
    pub fn failure(self, chance: &mut Chance) -> Failure {
        use Transport::{ConnectionRefused, NoName, ProxyPage, Redirected, Throttled, TlsFailed};
        let kind = match self {
            NoName | ConnectionRefused | TlsFailed | ProxyPage => FailureKind::Offline,
            Redirected => FailureKind::ForeignLink,
            Throttled => FailureKind::Throttled,
            _ => FailureKind::Unknown,
        };
        let retry_after_ms = (kind == FailureKind::Throttled && chance.one_in(2)).then_some(2_128);
        Failure {
            kind,
            status: 0,
            code: String::new(),
            words: format!("{self:?}"),
            retry_after_ms,
        }
    }
}

/// What a round delivered, for coverage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Form {
    Single,
    Exception,
    Master,
    BareOccurrence,
    Removed,
    SeriesResent,
    OccurrenceDeletedWithoutTombstone,
    SeriesDeleted,
    OccurrenceBecameException,
    MovedOutOfWindow,
    SeenTwice,
}
