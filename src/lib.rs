//! Kalends: a full-screen, keyboard-driven calendar for Microsoft 365.
//!
//! # The map
//!
//! ```text
//! main -> cli -> runtime, service, simulator
//! runtime -> service, ui -> app -> domain, config
//! service -> sync, store, graph -> domain
//! cli -> ical -> domain
//! simulator -> nothing of the above
//! ```
//!
//! [`domain`] says what a calendar is, in types and pure functions. Three layers that do not
//! know each other stand on it: [`sync`] decides what to do next and performs nothing,
//! [`store`] is the disk, [`graph`] is the wire. [`service`] carries what the first wants to
//! the other two and offers it all as requests, replies and notices, to this process or over
//! a socket. [`app`] is the program as a value: messages in, effects out. [`ui`] draws it.
//! [`runtime`] is the shell around both: terminal, clock, tasks, log, sign-in. [`cli`] has the
//! verbs, [`ical`] reads and writes files of other calendars. [`config`] reads what a person may set. [`simulator`] is Microsoft 365 in miniature,
//! and shares no code with the rest, so that both cannot agree on the same mistake.
//!
//! `tests/architecture.rs` reads the sources and fails on any other edge; ARCHITECTURE.md
//! tells the whole story.
//!
//! # Who owns which part of the screen
//!
//! ```text
//! +--------------------------------------------------------------------------+
//! | header      ui/header     range, zones, account, freshness, what waits   |
//! +-----------+------------------------------------------+-------------------+
//! | sidebar   | main view                                | inspector         |
//! | ui/sidebar|   week grid  ui/week, ui/block           | ui/inspector      |
//! | month and |              from app/grid, app/lanes    | everything about  |
//! | calendars |   agenda     ui/agenda  from app/agenda  | the chosen event  |
//! |           |   month      ui/month   from app/month   | (beside, below or |
//! |           |                                          |  instead)         |
//! |           |     over it, one at a time (app/overlay):                    |
//! |           |     ui/list    commands, zones, dates, search, waiting       |
//! |           |     ui/help    the keys that work here                       |
//! |           |     ui/prompt  answering (app/respond), leaving (app/leave)  |
//! +-----------+--------------------------------------------------------------+
//! | about       ui/footer     the chosen event, or something to read once    |
//! | footer      ui/footer     the keys that work here, from app/commands     |
//! +--------------------------------------------------------------------------+
//! ```
//!
//! `app/scene` measures these regions and lays everything out; `ui` only reads it. The
//! terminal itself belongs to `runtime`, and nothing but `runtime::guard` lets bytes out to it.

pub mod app;
pub mod cli;
pub mod config;
pub mod domain;
pub mod graph;
pub mod ical;
pub mod runtime;
pub mod service;
pub mod simulator;
pub mod store;
pub mod sync;
pub mod ui;
