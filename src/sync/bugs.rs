//! Deliberate bugs behind the test feature `planted-bugs`: the sync properties
//! must catch each of them, or they prove nothing. Without the feature every
//! question here is the constant `false`.

/// Each of these was a real way to lose or invent events in some calendar client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bug {
    NoPruning,
    StubOverwrites,
    LinkBeforeData,
    SetNeverEmptied,
    OlderRoundOverwritesMyWrite,
    RemovedMasterKeepsOccurrences,
    FullRoundWithoutDifference,
    RemovedIgnored,
    ProvisionalNeverQuestioned,
    LimboForgottenOnRestart,
    FirstVersionWins,
    MovedEventNotFollowed,
    TransactionMadeAnew,
    SendingNotWrittenDown,
    AnswerSentAgain,
    ClashOverwritten,
    TicketsGivenOutAgain,
}

impl Bug {
    pub const ALL: [Bug; 17] = [
        Bug::NoPruning,
        Bug::StubOverwrites,
        Bug::LinkBeforeData,
        Bug::SetNeverEmptied,
        Bug::OlderRoundOverwritesMyWrite,
        Bug::RemovedMasterKeepsOccurrences,
        Bug::FullRoundWithoutDifference,
        Bug::RemovedIgnored,
        Bug::ProvisionalNeverQuestioned,
        Bug::LimboForgottenOnRestart,
        Bug::FirstVersionWins,
        Bug::MovedEventNotFollowed,
        Bug::TransactionMadeAnew,
        Bug::SendingNotWrittenDown,
        Bug::AnswerSentAgain,
        Bug::ClashOverwritten,
        Bug::TicketsGivenOutAgain,
    ];

    /// In how acts are sent, rather than in how the calendar is read.
    pub fn is_of_an_act(self) -> bool {
        matches!(
            self,
            Bug::TransactionMadeAnew
                | Bug::SendingNotWrittenDown
                | Bug::AnswerSentAgain
                | Bug::ClashOverwritten
        )
    }
}

#[cfg(feature = "planted-bugs")]
thread_local! {
    static PLANTED: std::cell::Cell<Option<Bug>> = const { std::cell::Cell::new(None) };
}

/// Plants one bug in this thread, or none.
#[cfg(feature = "planted-bugs")]
pub fn plant(bug: Option<Bug>) {
    PLANTED.with(|planted| planted.set(bug));
}

#[cfg(feature = "planted-bugs")]
pub(crate) fn planted(bug: Bug) -> bool {
    PLANTED.with(|planted| planted.get() == Some(bug))
}

#[cfg(not(feature = "planted-bugs"))]
pub(crate) const fn planted(_bug: Bug) -> bool {
    false
}
