//! iCalendar (RFC 5545): text of other calendars in, text for other calendars out.
//!
//! Reading goes in two steps: [`File::read`] makes neutral values of a text, and [`Plan::of`]
//! decides which new events they become. Writing is [`write::calendar`]. Refuses I/O, clocks and
//! the network: an attachment is a word in a file, never fetched, and an alarm never runs anything.
//!
//! Invariants: work and memory are bounded by the size of the file and the limits below, whatever
//! the file says; whatever a file asks for is imported as it is, or named in the plan's remarks
//! with the reason why not.

mod alarm;
mod clock;
mod event;
mod lines;
mod plan;
mod read;
mod rule;
mod value;
pub mod write;

pub use event::{Incoming, Moment, Status};
pub use plan::{Plan, Remark, Setting};
pub use read::File;
pub use rule::Rule;

/// The largest file. Ten thousand events of an office with all their guests take 22 MB.
pub const BYTES_AT_MOST: u64 = 32 << 20;
/// Events, tasks, zones and the like in a file.
pub const COMPONENTS_AT_MOST: usize = 20_000;
/// What is inside what: a calendar, an event, its alarm are three.
const NESTING_AT_MOST: usize = 8;
/// Of an unfolded line; what is longer is cut.
const LINE_AT_MOST: usize = 256 << 10;
/// Values of a kind in one event: exceptions, extra dates.
const DATES_AT_MOST: usize = 10_000;
/// Graph: event resource, attendees.
const GUESTS_AT_MOST: usize = 500;
const CATEGORIES_AT_MOST: usize = 50;
const ALARMS_AT_MOST: usize = 16;
/// Occurrences that a rule may count.
const COUNT_AT_MOST: u32 = 10_000;
/// Events that one event of a file may become.
pub const PIECES_AT_MOST: usize = 400;
/// New events of one file, and bytes of what people wrote in them: every piece of a series has
/// all of it, so that a small file could ask for more than any memory.
const CREATES_AT_MOST: usize = 20_000;
const TEXT_AT_MOST: usize = 64 << 20;
/// Days looked at for one rule, and for all rules of a file.
const DAYS_OF_A_RULE: u32 = 100_000;
const DAYS_OF_A_FILE: u32 = 4_000_000;

/// Why something of a file cannot be read, in words.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IcalError {
    #[error("this is no iCalendar file: it has no BEGIN:VCALENDAR")]
    NoCalendar,
    #[error("this is a vCalendar 1.0 file; export it as iCalendar 2.0")]
    Old,
    #[error("the file has more than {COMPONENTS_AT_MOST} events, tasks and zones; split it")]
    TooMany,
    #[error("line {line}: components are nested deeper than any calendar writes them")]
    TooDeep { line: u32 },
    #[error("the file has more than {} MiB; split it", BYTES_AT_MOST >> 20)]
    TooLarge,
}
