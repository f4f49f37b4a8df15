//! What may be typed, as clap reads it. Options and their meaning are stable.

use crate::runtime::logging::Level;
use clap::{Args, Parser, Subcommand, ValueEnum};
use jiff::Timestamp;
use jiff::civil::Date;
use std::net::SocketAddr;
use std::path::PathBuf;

/// A full-screen, keyboard-driven calendar for Microsoft 365.
#[derive(Debug, Parser)]
#[command(name = "kalends", version, about, after_help = EXIT_CODES)]
pub struct Arguments {
    #[command(flatten)]
    pub global: Global,
    #[command(subcommand)]
    pub command: Option<Command>,
}

const EXIT_CODES: &str = "\
Exit codes: 0 done, 1 error, 2 wrong use, 3 sign-in needed, 4 offline (what is known is shown)
Environment: KALENDS_HOME (as --home), KALENDS_NOW (an instant to start the clock at), NO_COLOR, TZ";

#[derive(Debug, Clone, Args)]
pub struct Global {
    /// Keep config, data, cache and state below this folder
    #[arg(
        long,
        global = true,
        env = "KALENDS_HOME",
        value_name = "DIR",
        hide_env = true
    )]
    pub home: Option<PathBuf>,
    /// The account: the beginning of its address or name
    #[arg(long, global = true, value_name = "NAME")]
    pub account: Option<String>,
    /// The theme of the screen
    #[arg(long, global = true, value_name = "NAME")]
    pub theme: Option<String>,
    /// The time zone to show times in, such as Europe/Berlin
    #[arg(long, global = true, value_name = "ZONE")]
    pub tz: Option<String>,
    /// How much to write into the log
    #[arg(long, global = true, value_name = "LEVEL")]
    pub log: Option<Level>,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Open the calendar (also without a command)
    Open,
    /// Try Kalends with a living office that exists on this computer only
    Demo(Demo),
    /// Be a Microsoft 365 in miniature, over real HTTP
    Simulate(Simulate),
    /// Sign in to an account
    Login(Login),
    /// Bring every calendar up to date, then end
    Sync(Sync),
    /// Print what is in the calendars
    Agenda(Agenda),
    /// Print the meeting that runs or comes next, for a status bar
    Next(Next),
    /// Print when you are free, as text to send
    Free(Free),
    /// Hold free blocks of a week for yourself
    Focus(Focus),
    /// Print what waits for you: invitations, changes, proposals, overlaps
    Triage(Triage),
    /// Count what meetings take of your time, and what they leave
    Stats(Stats),
    /// Answer an invitation
    Respond(Respond),
    /// Make an event from a line of words
    Add(Add),
    /// Change an event
    Edit(Edit),
    /// Delete an event, or cancel a meeting of yours
    Delete(Delete),
    /// Send an event to more people
    Forward(ForwardTo),
    /// List an event's files, save them, attach one
    Attachments(Attachments),
    /// List the calendars, make, change, remove or follow one
    Calendars(Calendars),
    /// List, make, colour or remove categories
    Categories(Categories),
    /// Add the events of an iCalendar file
    Import(Import),
    /// Print what is stored, for other calendars and for scripts
    Export(Export),
    /// List what was not sent and needs you
    Conflicts(Conflicts),
    /// Decide what was listed by conflicts
    Resolve(Resolve),
    /// Look at what is configured, reachable, granted and stored
    Doctor(Doctor),
}

#[derive(Debug, Clone, Args)]
pub struct Demo {
    /// The office that is made; the same number makes the same one
    #[arg(long, default_value_t = 1, value_name = "N")]
    pub seed: u64,
    /// A scenario file instead of the built-in office
    #[arg(long, value_name = "FILE")]
    pub scenario: Option<PathBuf>,
}

#[derive(Debug, Clone, Args)]
pub struct Simulate {
    /// Where to listen; port 0 takes a free one
    #[arg(long, default_value = "127.0.0.1:0", value_name = "ADDR")]
    pub listen: SocketAddr,
    /// Who exists and what happens
    #[arg(long, value_name = "FILE")]
    pub scenario: Option<PathBuf>,
    /// The same number makes the same world
    #[arg(long, default_value_t = 1, value_name = "N")]
    pub seed: u64,
    /// Fill the first mailbox with about so many events
    #[arg(long, value_name = "N")]
    pub events: Option<u32>,
    /// Delay every answer by so many milliseconds
    #[arg(long, default_value_t = 0, value_name = "MS")]
    pub latency: u64,
    /// The instant the simulated clock starts at
    #[arg(long, value_name = "RFC3339")]
    pub now: Option<Timestamp>,
    /// Grant every sign-in to the first account without a person
    #[arg(long)]
    pub auto_approve: bool,
}

#[derive(Debug, Clone, Args)]
pub struct Login {
    /// Show a code to type in a browser on another device
    #[arg(long, conflicts_with = "browser")]
    pub device_code: bool,
    /// Use the browser of this computer
    #[arg(long)]
    pub browser: bool,
    /// The sign-in service (default: Microsoft's)
    #[arg(long, value_name = "URL")]
    pub authority: Option<String>,
    /// The Graph service (default: Microsoft's)
    #[arg(long, value_name = "URL")]
    pub graph: Option<String>,
    /// The app registration to sign in with
    #[arg(long, value_name = "ID", env = "KALENDS_CLIENT_ID", hide_env = true)]
    pub client_id: Option<String>,
    /// Tenant id or domain, or common (default), organizations, consumers
    #[arg(long, value_name = "T")]
    pub tenant: Option<String>,
    /// Ask for permission to read only
    #[arg(long)]
    pub read_only: bool,
    /// Ask for more: people completes names from everybody you work with, categories lets you
    /// make and colour them, shared lets you follow calendars of others by their address
    #[arg(long, value_name = "WHAT", value_delimiter = ',')]
    pub with: Vec<Extra>,
}

/// Permissions that are asked for only when they are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Extra {
    People,
    Categories,
    Shared,
}

#[derive(Debug, Clone, Args)]
pub struct Sync {
    /// Print the figures as JSON
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Clone, Args)]
pub struct Agenda {
    /// First day (default: today)
    #[arg(long, value_name = "DATE")]
    pub from: Option<Date>,
    /// The day after the last
    #[arg(long, value_name = "DATE", conflicts_with = "days")]
    pub to: Option<Date>,
    /// How many days (default: 7)
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=3660))]
    pub days: Option<u16>,
    /// Print a JSON array
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Clone, Args)]
pub struct Next {
    /// What to print, with placeholders
    #[arg(long, value_name = "TEMPLATE", default_value = super::next::DEFAULT, long_help = super::next::PLACEHOLDERS)]
    pub format: String,
}

#[derive(Debug, Clone, Args)]
pub struct Free {
    /// The first day (default: today)
    #[arg(long, value_name = "DATE")]
    pub from: Option<Date>,
    /// How many days (default: 7)
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=366))]
    pub days: Option<u16>,
    /// The shortest stretch worth telling, in minutes
    #[arg(long, value_name = "MINUTES", default_value_t = 30)]
    pub min: u16,
    /// The same times in another zone, too; may be given several times
    #[arg(long, value_name = "ZONE")]
    pub zone: Vec<String>,
    /// Print a JSON array
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Clone, Args)]
pub struct Focus {
    /// A day of the week that is meant (default: today)
    #[arg(long, value_name = "DATE")]
    pub week: Option<Date>,
    /// Hours to hold in the week, those held before among them (default: as the settings say)
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=40))]
    pub hours: Option<u16>,
    /// Make the blocks; without it they are only printed
    #[arg(long)]
    pub apply: bool,
    /// Print a JSON array
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Clone, Args)]
pub struct Triage {
    /// Print a JSON array
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Clone, Args)]
pub struct Stats {
    /// How many weeks
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u8).range(1..=52))]
    pub weeks: u8,
    /// A day of the first week (default: so that this week is the last)
    #[arg(long, value_name = "DATE")]
    pub from: Option<Date>,
    /// Count what Kalends itself did instead: requests, bytes, how long they took
    #[arg(long, conflicts_with_all = ["weeks", "from"])]
    pub client: bool,
    /// How many days of that, this one included
    #[arg(long, value_name = "N", requires = "client", default_value_t = 7, value_parser = clap::value_parser!(u8).range(1..=90))]
    pub days: u8,
    /// Print a JSON object
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Clone, Args)]
pub struct Respond {
    /// An event's id from agenda --json, the beginning of one, or "next"
    pub event: String,
    pub answer: Answer,
    /// Words to the organizer
    #[arg(long, value_name = "TEXT", conflicts_with = "silent")]
    pub comment: Option<String>,
    /// Do not tell the organizer
    #[arg(long)]
    pub silent: bool,
    /// Ask for another time: "2026-11-27T15:00/15:30", with tentative or decline
    #[arg(long, value_name = "START/END", conflicts_with = "silent")]
    pub propose: Option<String>,
}

#[derive(Debug, Clone, Args)]
pub struct Add {
    /// What, when, how long, where (@), how often: "tea with Ben fri 16:00 for 45m @ kitchen"
    #[arg(required = true)]
    pub words: Vec<String>,
    /// The calendar it goes into, or the beginning of its name (default: your own)
    #[arg(long, value_name = "C")]
    pub calendar: Option<String>,
    /// Print what was added as JSON
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Clone, Args)]
pub struct Edit {
    /// An event's id from agenda --json, or the beginning of one
    pub event: String,
    /// The new subject
    #[arg(long, value_name = "TEXT")]
    pub subject: Option<String>,
    /// The new place
    #[arg(long, value_name = "TEXT")]
    pub place: Option<String>,
    /// The new time, in words: "fri", "14:30", "26 nov 9:00 for 45m"; what is not said stays
    #[arg(long, value_name = "WORDS")]
    pub when: Option<String>,
    /// free, tentative, busy, out of office or working elsewhere
    #[arg(long, value_name = "WORD")]
    pub show_as: Option<String>,
    /// A category; once for each, an empty one takes all away
    #[arg(long, value_name = "NAME")]
    pub category: Vec<String>,
    /// low, normal or high
    #[arg(long, value_name = "WORD")]
    pub importance: Option<String>,
    /// normal, personal, private or confidential
    #[arg(long, value_name = "WORD")]
    pub privacy: Option<String>,
    /// Mail the people of a meeting of yours
    #[arg(long)]
    pub tell: bool,
    /// Print what was done as JSON
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Clone, Args)]
pub struct Delete {
    /// An event's id from agenda --json, or the beginning of one; a series' id deletes all of it
    pub event: String,
    /// Mail the people of a meeting of yours
    #[arg(long)]
    pub tell: bool,
    /// Words to them
    #[arg(long, value_name = "TEXT")]
    pub message: Option<String>,
    /// Print what was done as JSON
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Clone, Args)]
pub struct ForwardTo {
    /// An event's id from agenda --json, or the beginning of one
    pub event: String,
    /// Their addresses
    #[arg(long, value_name = "ADDRESS", required = true)]
    pub to: Vec<String>,
    /// Words to them
    #[arg(long, value_name = "TEXT")]
    pub message: Option<String>,
}

#[derive(Debug, Clone, Args)]
pub struct Attachments {
    /// An event's id from agenda --json, or the beginning of one
    pub event: String,
    /// Save them in this folder
    #[arg(long, value_name = "DIR")]
    pub save: Option<PathBuf>,
    /// Attach this file, of less than 3 MB, first
    #[arg(long, value_name = "FILE")]
    pub attach: Option<PathBuf>,
    /// Print a JSON array
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Clone, Args)]
pub struct Calendars {
    /// Print a JSON array
    #[arg(long)]
    pub json: bool,
    #[command(subcommand)]
    pub verb: Option<CalendarVerb>,
}

#[derive(Debug, Clone, Subcommand)]
pub enum CalendarVerb {
    /// Make a calendar
    Add {
        name: String,
        /// auto, lightBlue, lightGreen, lightOrange and others
        #[arg(long, value_name = "COLOR")]
        color: Option<String>,
    },
    /// Change the name or the colour of one
    Edit {
        which: String,
        #[arg(long, value_name = "NAME", required_unless_present = "color")]
        name: Option<String>,
        #[arg(long, value_name = "COLOR")]
        color: Option<String>,
    },
    /// Remove one with everything in it
    Remove {
        which: String,
        /// Yes, with everything in it
        #[arg(long)]
        yes: bool,
    },
    /// Show the calendar of somebody who shares it with you, by their address
    Follow { address: String },
    /// No longer show it
    Unfollow { address: String },
}

#[derive(Debug, Clone, Args)]
pub struct Categories {
    /// Print a JSON array
    #[arg(long)]
    pub json: bool,
    #[command(subcommand)]
    pub verb: Option<CategoryVerb>,
}

#[derive(Debug, Clone, Subcommand)]
pub enum CategoryVerb {
    /// Make a category
    Add {
        name: String,
        /// red, orange, darkBlue and others, or none
        #[arg(long, value_name = "COLOR", default_value = "red")]
        color: String,
    },
    /// Change the colour of one
    Color { which: String, color: String },
    /// Remove one; events keep its name, without a colour
    Remove { which: String },
}

#[derive(Debug, Clone, Args)]
pub struct Import {
    /// An iCalendar file (.ics), or - for standard input
    pub file: PathBuf,
    /// The calendar they go into, or the beginning of its name (default: your own)
    #[arg(long, value_name = "C")]
    pub calendar: Option<String>,
    /// Only say what would be done
    #[arg(long)]
    pub dry_run: bool,
    /// Invite the guests of the file, which mails them; else they are kept as words
    #[arg(long)]
    pub invite: bool,
}

#[derive(Debug, Clone, Args)]
pub struct Export {
    /// First day (default: as far back as is stored)
    #[arg(long, value_name = "DATE")]
    pub from: Option<Date>,
    /// The day after the last (default: as far ahead as is stored)
    #[arg(long, value_name = "DATE")]
    pub to: Option<Date>,
    /// Only this calendar, or the beginning of its name
    #[arg(long, value_name = "C")]
    pub calendar: Option<String>,
    /// As iCalendar
    #[arg(long, required_unless_present = "json", conflicts_with = "json")]
    pub ics: bool,
    /// As agenda --json
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Clone, Args)]
pub struct Conflicts {
    /// Print a JSON array
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Clone, Args)]
pub struct Resolve {
    /// The number that conflicts shows
    pub id: u64,
    /// Whose value holds: time=mine, place=theirs; once for each field
    #[arg(long, value_name = "F=SIDE", required_unless_present_any = ["mine", "theirs"])]
    pub field: Vec<String>,
    /// All of yours; sends it again as it stands
    #[arg(long, conflicts_with_all = ["field", "theirs"])]
    pub mine: bool,
    /// All of theirs; drops what you did
    #[arg(long, conflicts_with = "field")]
    pub theirs: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Answer {
    Accept,
    Tentative,
    Decline,
}

#[derive(Debug, Clone, Args)]
pub struct Doctor {
    /// Print the findings as JSON
    #[arg(long)]
    pub json: bool,
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_grammar_holds_together() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn a_bare_call_opens_and_globals_go_anywhere() {
        let bare = Arguments::try_parse_from(["kalends"]).unwrap();
        assert!(bare.command.is_none());
        let late = Arguments::try_parse_from(["kalends", "agenda", "--home", "/x", "--tz", "UTC"])
            .unwrap();
        assert_eq!(late.global.tz.as_deref(), Some("UTC"));
    }

    #[test]
    fn what_contradicts_itself_is_refused() {
        for wrong in [
            &["agenda", "--to", "2026-11-30", "--days", "2"][..],
            &["agenda", "--days", "0"],
            &["agenda", "--from", "tomorrow"],
            &["login", "--browser", "--device-code"],
            &["respond", "x", "maybe"],
            &["stats", "--weeks", "0"],
            &["stats", "--weeks", "53"],
            &["respond", "x", "accept", "--silent", "--comment", "y"],
            &["simulate", "--now", "noon"],
            &["opne"],
        ] {
            let words = ["kalends"].iter().chain(wrong);
            assert!(Arguments::try_parse_from(words).is_err(), "{wrong:?}");
        }
    }
}
