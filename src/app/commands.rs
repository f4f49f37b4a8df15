//! The registry of commands: the one place that knows their names, words and keys.
//!
//! It feeds dispatch, help, footer, palette, the keys file and the key table of
//! the documentation. Whether a command works now is `availability`'s answer.

/// Where keys are looked up. `Text` modes take every other key as typing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Mode {
    Calendar,
    Inspector,
    Sidebar,
    Help,
    List,
    Jump,
    Respond,
    Options,
    Comment,
    Scope,
    Trouble,
    Leave,
    Delete,
    Move,
    Which,
    Form,
    Conflict,
    Waiting,
    Triage,
    Settle,
}

impl Mode {
    pub const ALL: [Self; 20] = [
        Self::Calendar,
        Self::Inspector,
        Self::Sidebar,
        Self::Help,
        Self::List,
        Self::Jump,
        Self::Respond,
        Self::Options,
        Self::Comment,
        Self::Scope,
        Self::Trouble,
        Self::Leave,
        Self::Delete,
        Self::Move,
        Self::Which,
        Self::Form,
        Self::Conflict,
        Self::Waiting,
        Self::Triage,
        Self::Settle,
    ];
    pub const NAMES: [&'static str; 20] = [
        "calendar",
        "inspector",
        "sidebar",
        "help",
        "list",
        "jump",
        "respond",
        "options",
        "comment",
        "scope",
        "trouble",
        "leave",
        "delete",
        "move",
        "which",
        "form",
        "conflict",
        "waiting",
        "triage",
        "settle",
    ];

    pub fn name(self) -> &'static str {
        Self::NAMES
            .get(self as usize)
            .copied()
            .unwrap_or("calendar")
    }

    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|mode| mode.name() == name)
    }

    /// Letters are text here.
    pub fn is_typing(self) -> bool {
        matches!(self, Self::List | Self::Comment | Self::Jump | Self::Form)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Command {
    Left,
    Down,
    Up,
    Right,
    NextEvent,
    PreviousEvent,
    Next,
    Previous,
    Today,
    First,
    Last,
    ScrollDown,
    ScrollUp,
    GoTo,
    Jump,
    Count,
    Search,
    NextMatch,
    PreviousMatch,
    Days(u8),
    Week,
    WorkWeek,
    Agenda,
    Month,
    ZoomIn,
    ZoomOut,
    FanOut,
    Zone,
    Inspect,
    Sidebar,
    ToggleCalendar,
    Respond,
    Join,
    Link(u8),
    Undo,
    SyncNow,
    Waiting,
    Help,
    Palette,
    Back,
    Quit,
    Interrupt,
    Suspend,
    Choose,
    ListDown,
    ListUp,
    Accept,
    Tentative,
    Decline,
    Options,
    Comment,
    Tell,
    OnlyThis,
    WholeSeries,
    Retry,
    Drop,
    SendAndLeave,
    LeaveQueued,
    StayHere,
    Add,
    Delete,
    DeleteThis,
    DeleteSeries,
    Move,
    Earlier,
    Later,
    DayEarlier,
    DayLater,
    Shorter,
    Longer,
    SaveMove,
    GiveUpMove,
    New,
    Edit,
    Following,
    NextLine,
    LineBefore,
    Complete,
    SaveForm,
    EditNotes,
    Copy,
    Paste,
    Duplicate,
    Redo,
    Conflicts,
    NextField,
    FieldBefore,
    Mine,
    Theirs,
    Both,
    WholeEvent,
    KeepCopy,
    Decide,
    Forward,
    MoveTo,
    SaveFiles,
    NewCalendar,
    EditCalendar,
    RemoveCalendar,
    DeleteWithWords,
    DeleteFollowing,
    EditWaiting,
    RetryWaiting,
    DropWaiting,
    Triage,
    OpenItem,
    Turn,
    MarkItem,
    CutShort,
    MarkFree,
    Hush,
    SettleClash,
}

/// For grouping in help.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Group {
    Move,
    View,
    Event,
    Answer,
    Find,
    Program,
}

impl Group {
    pub const ALL: [Self; 6] = [
        Self::Move,
        Self::View,
        Self::Event,
        Self::Answer,
        Self::Find,
        Self::Program,
    ];

    pub fn title(self) -> &'static str {
        match self {
            Self::Move => "Moving",
            Self::View => "Views",
            Self::Event => "The event",
            Self::Answer => "Answering",
            Self::Find => "Finding",
            Self::Program => "Kalends",
        }
    }
}

#[derive(Debug, Clone, Copy)]
pub struct Spec {
    pub command: Command,
    /// As in the keys file.
    pub name: &'static str,
    /// In the footer and the palette.
    pub title: &'static str,
    pub help: &'static str,
    pub group: Group,
    /// Modes and default chords, separated by a space for alternatives written `g_d` for sequences.
    pub keys: &'static [(&'static [Mode], &'static [&'static str])],
}

use Command as C;
use Group as G;
use Mode::{
    Calendar, Comment, Conflict, Delete, Form, Help, Inspector, Jump, Leave, List, Move, Options,
    Respond, Scope, Settle, Sidebar, Triage, Trouble, Waiting, Which,
};

/// Where an event is at hand.
const VIEWS: &[Mode] = &[Calendar, Inspector];
/// Where one is, in the queue too.
const ANY_EVENT: &[Mode] = &[Calendar, Inspector, Triage];
/// Where nothing is typed and nothing is asked.
const BASE: &[Mode] = &[Calendar, Inspector, Sidebar];
/// The same, and the queue.
const ANYWHERE: &[Mode] = &[Calendar, Inspector, Sidebar, Triage];

macro_rules! spec {
    ($command:expr, $name:literal, $title:literal, $help:literal, $group:expr, $($modes:expr => $keys:expr),* $(,)?) => {
        Spec { command: $command, name: $name, title: $title, help: $help, group: $group, keys: &[$(($modes, &$keys)),*] }
    };
}

pub static COMMANDS: &[Spec] = &[
    spec!(C::Left, "left", "left", "the event to the left, or the day before", G::Move, &[Calendar] => ["h", "left"]),
    spec!(C::Down, "down", "down", "the next event of the day, or a line down", G::Move, &[Calendar, Inspector, Sidebar, Help, Triage] => ["j", "down"]),
    spec!(C::Up, "up", "up", "the event before it, or a line up", G::Move, &[Calendar, Inspector, Sidebar, Help, Triage] => ["k", "up"]),
    spec!(C::Right, "right", "right", "the event to the right, or the next day", G::Move, &[Calendar] => ["l", "right"]),
    spec!(C::NextEvent, "next-event", "next event", "the next event, through overlaps and days", G::Move, VIEWS => ["tab"]),
    spec!(C::PreviousEvent, "previous-event", "event before", "the event before, through overlaps and days", G::Move, VIEWS => ["shift-tab"]),
    spec!(C::Next, "next-period", "next", "the next week, days or month", G::Move, VIEWS => ["]", "L", "pagedown"]),
    spec!(C::Previous, "previous-period", "previous", "the week, days or month before", G::Move, VIEWS => ["[", "H", "pageup"]),
    spec!(C::Today, "today", "today", "today, and the hours around now", G::Move, BASE => ["t"]),
    spec!(C::First, "first", "first", "the first event or line", G::Move, &[Calendar, Inspector, Help, Triage] => ["g g", "home"]),
    spec!(C::Last, "last", "last", "the last event or line", G::Move, &[Calendar, Inspector, Help, Triage] => ["G", "end"]),
    spec!(C::ScrollDown, "scroll-down", "scroll down", "half a screen down", G::Move, &[Calendar, Inspector, Help, Triage] => ["ctrl-d"]),
    spec!(C::ScrollUp, "scroll-up", "scroll up", "half a screen up", G::Move, &[Calendar, Inspector, Help, Triage] => ["ctrl-u"]),
    spec!(C::GoTo, "go-to-date", "go to date", "type a date in words or digits", G::Find, BASE => ["g d"]),
    spec!(C::Jump, "jump", "jump", "a letter on every visible event; type it to select", G::Find, &[Calendar] => ["f"]),
    spec!(C::Count, "count", "count", "then digits: repeat the next motion", G::Move, &[Calendar] => ["'"]),
    spec!(C::Search, "search", "search", "search subjects, people and places", G::Find, BASE => ["/"]),
    spec!(C::NextMatch, "next-match", "next match", "the next event that was found", G::Find, VIEWS => ["n"]),
    spec!(C::PreviousMatch, "previous-match", "match before", "the found event before", G::Find, VIEWS => ["N"]),
    spec!(C::Days(1), "days-1", "one day", "show one day", G::View, &[Calendar] => ["1"]),
    spec!(C::Days(2), "days-2", "2 days", "show two days", G::View, &[Calendar] => ["2"]),
    spec!(C::Days(3), "days-3", "3 days", "show three days", G::View, &[Calendar] => ["3"]),
    spec!(C::Days(4), "days-4", "4 days", "show four days", G::View, &[Calendar] => ["4"]),
    spec!(C::Days(5), "days-5", "5 days", "show five days", G::View, &[Calendar] => ["5"]),
    spec!(C::Days(6), "days-6", "6 days", "show six days", G::View, &[Calendar] => ["6"]),
    spec!(C::Days(7), "days-7", "7 days", "show seven days", G::View, &[Calendar] => ["7"]),
    spec!(C::Days(8), "days-8", "8 days", "show eight days", G::View, &[Calendar] => ["8"]),
    spec!(C::Days(9), "days-9", "9 days", "show nine days", G::View, &[Calendar] => ["9"]),
    spec!(C::Week, "week", "week", "the whole week", G::View, BASE => ["w"]),
    spec!(C::WorkWeek, "work-week", "work week", "the working days of the week", G::View, BASE => ["W"]),
    spec!(C::Agenda, "agenda", "agenda", "a list of what comes", G::View, BASE => ["a"]),
    spec!(C::Month, "month", "month", "the whole month", G::View, BASE => ["m"]),
    spec!(C::ZoomIn, "zoom-in", "zoom in", "more rows an hour", G::View, &[Calendar] => ["="]),
    spec!(C::ZoomOut, "zoom-out", "zoom out", "fewer rows an hour", G::View, &[Calendar] => ["-"]),
    spec!(C::FanOut, "fan-out", "fan out", "give the day the whole width, and back: shows what +n hides", G::View, &[Calendar] => ["F"]),
    spec!(C::Zone, "zone", "second zone", "a second time zone beside the hours; again to take it away", G::View, BASE => ["z"]),
    spec!(C::Inspect, "inspect", "open", "everything about the event: people, both zones, rule, text, links", G::Event, &[Calendar] => ["enter"]),
    spec!(C::Sidebar, "sidebar", "sidebar", "month and calendars at the left", G::View, BASE => ["\\"]),
    spec!(C::ToggleCalendar, "toggle-calendar", "show or hide", "show or hide the calendar", G::View, &[Sidebar] => ["space", "enter"]),
    spec!(C::Respond, "respond", "respond", "answer the invitation", G::Event, VIEWS => ["r"]),
    spec!(C::Add, "add", "new event", "a new event in words: what, when, where, how often", G::Event, BASE => ["+"]),
    spec!(C::New, "new", "new event", "a page for a new event: time, people, rule, notes and the rest", G::Event, BASE => ["c"]),
    spec!(C::Edit, "edit", "edit", "change the event on a page of its own", G::Event, ANY_EVENT => ["e"]),
    spec!(C::Copy, "copy", "copy", "remember the event, to paste it on another day", G::Event, VIEWS => ["y"]),
    spec!(C::Paste, "paste", "paste", "put what was copied on the cursor's day; nobody is invited", G::Event, BASE => ["p"]),
    spec!(C::Forward, "forward", "forward", "send the event to more people", G::Event, ANY_EVENT => ["g f"]),
    spec!(C::MoveTo, "move-to-calendar", "to a calendar", "move the event into another calendar", G::Event, VIEWS => ["g m"]),
    spec!(C::SaveFiles, "save-files", "save files", "save the event's files into the folder for downloads", G::Event, &[Inspector] => ["g a"]),
    spec!(C::NewCalendar, "new-calendar", "new", "make a calendar, or a category beside one", G::Event, &[Sidebar] => ["n"]),
    spec!(C::EditCalendar, "edit-calendar", "name, colour", "the marked one's name and colour", G::Event, &[Sidebar] => ["e"]),
    spec!(C::RemoveCalendar, "remove-calendar", "remove", "remove the marked calendar with everything in it, or the marked category; its name has to be typed", G::Event, &[Sidebar] => ["X"]),
    spec!(C::Duplicate, "duplicate", "duplicate", "the same event again, to change before it is saved; nobody is invited", G::Event, VIEWS => ["D"]),
    spec!(C::Move, "move", "move", "move or resize the event with keys; Enter saves, Esc puts it back", G::Event, &[Calendar, Triage] => ["v"]),
    spec!(C::Delete, "delete", "delete", "delete the event; asks where somebody is told", G::Event, ANY_EVENT => ["x", "delete"]),
    spec!(C::Join, "join", "join", "open the online meeting in the browser", G::Event, ANY_EVENT => ["o"]),
    spec!(C::Link(1), "link-1", "link 1", "open link 1 of the text", G::Event, &[Inspector] => ["1"]),
    spec!(C::Link(2), "link-2", "link 2", "open link 2 of the text", G::Event, &[Inspector] => ["2"]),
    spec!(C::Link(3), "link-3", "link 3", "open link 3 of the text", G::Event, &[Inspector] => ["3"]),
    spec!(C::Link(4), "link-4", "link 4", "open link 4 of the text", G::Event, &[Inspector] => ["4"]),
    spec!(C::Link(5), "link-5", "link 5", "open link 5 of the text", G::Event, &[Inspector] => ["5"]),
    spec!(C::Undo, "undo", "undo", "take back what was done last", G::Event, ANYWHERE => ["u"]),
    spec!(C::Redo, "redo", "redo", "do again what was taken back before it was sent", G::Event, ANYWHERE => ["ctrl-r"]),
    spec!(C::Waiting, "waiting", "what waits", "what waits to be sent or needs you", G::Event, ANYWHERE => ["g w"]),
    spec!(C::Triage, "triage", "triage", "everything that waits for you: invitations, changes, proposals, overlaps, what was not sent", G::Answer, BASE => ["i"]),
    spec!(C::OpenItem, "open-item", "open", "what was not sent: why, and the ways out; else the answer with its options", G::Answer, &[Triage] => ["enter"]),
    spec!(C::MarkItem, "mark", "mark", "mark the line, to answer several with one key", G::Answer, &[Triage] => ["space"]),
    spec!(C::Turn, "turn", "other one", "look at the other one of two that overlap", G::Answer, &[Triage] => ["tab"]),
    spec!(C::CutShort, "cut-short", "cut short", "shorten it to the part that is free", G::Answer, &[Triage] => ["b"]),
    spec!(C::MarkFree, "mark-free", "mark free", "show my time as free while it lasts", G::Answer, &[Triage] => ["0"]),
    spec!(C::Hush, "hush", "keep, say no more", "keep it as it is and leave it out of the queue; nobody is told", G::Answer, &[Triage] => ["K"]),
    spec!(C::SettleClash, "settle", "do it", "do what was shown", G::Answer, &[Settle] => ["enter"]),
    spec!(C::Conflicts, "conflicts", "conflicts", "the first change that needs you: who else changed it, and what holds", G::Event, ANYWHERE => ["g c"]),
    spec!(C::SyncNow, "sync", "sync now", "ask the server now", G::Program, ANYWHERE => ["R"]),
    spec!(C::Help, "help", "help", "the keys that work here", G::Program, ANYWHERE => ["?", "f1"]),
    spec!(C::Palette, "commands", "commands", "every command by name", G::Program, ANYWHERE => [":", "ctrl-k"]),
    spec!(C::Back, "back", "back", "one step back", G::Program,
        BASE => ["esc"],
        &[Help] => ["esc", "q", "?"],
        &[List, Jump, Comment, Form] => ["esc", "ctrl-c"],
        &[Respond, Options, Scope, Trouble, Delete, Which, Conflict, Waiting] => ["esc", "q"],
        &[Triage] => ["esc", "q", "i"],
        &[Settle] => ["esc", "q"],
        &[Inspector] => ["enter"],
    ),
    spec!(C::Quit, "quit", "quit", "send what waits and leave", G::Program, BASE => ["q"]),
    spec!(C::Interrupt, "interrupt", "leave now", "leave; asks when something waits to be sent", G::Program, &[Calendar, Inspector, Sidebar, Help, Respond, Options, Scope, Trouble, Delete, Move, Which, Conflict, Waiting, Triage, Settle] => ["ctrl-c"]),
    spec!(C::Suspend, "suspend", "suspend", "back to the shell; fg returns", G::Program, &[Calendar, Inspector, Sidebar, Help, List, Respond, Options, Comment, Scope, Trouble, Leave, Delete, Move, Which, Form, Conflict, Waiting, Triage, Settle] => ["ctrl-z"]),
    spec!(C::Choose, "choose", "choose", "take the marked line", G::Find, &[List, Comment, Waiting] => ["enter"]),
    spec!(C::ListDown, "list-down", "down", "the next line", G::Find, &[List] => ["down", "ctrl-n", "tab"], &[Waiting] => ["j", "down"], &[Form] => ["ctrl-n"]),
    spec!(C::ListUp, "list-up", "up", "the line before", G::Find, &[List] => ["up", "ctrl-p", "shift-tab"], &[Waiting] => ["k", "up"], &[Form] => ["ctrl-p"]),
    spec!(C::Accept, "accept", "accept", "accept and, unless silent, tell the organizer", G::Answer, &[Respond, Options, Triage] => ["a", "y"]),
    spec!(C::Tentative, "tentative", "tentative", "accept tentatively", G::Answer, &[Respond, Options, Triage] => ["t", "m"]),
    spec!(C::Decline, "decline", "decline", "decline; it leaves your calendar", G::Answer, &[Respond, Options, Triage] => ["d", "n"]),
    spec!(C::Options, "options", "note, silent…", "a note, silence, the whole series", G::Answer, &[Respond, Triage] => [","]),
    spec!(C::Comment, "comment", "note", "write a note to the organizer", G::Answer, &[Options] => ["c"]),
    spec!(C::Tell, "tell", "tell or silent", "tell the organizer, or nobody", G::Answer, &[Options] => ["s"]),
    spec!(C::OnlyThis, "only-this", "only this one", "this occurrence alone", G::Answer, &[Scope, Options, Which] => ["o"]),
    spec!(C::WholeSeries, "whole-series", "whole series", "the whole series, past and future", G::Answer, &[Scope, Options, Which] => ["W"]),
    spec!(C::RetryWaiting, "retry-waiting", "try again", "send the marked one again", G::Answer, &[Waiting] => ["r"]),
    spec!(C::EditWaiting, "edit-waiting", "edit", "change the marked one before it is sent", G::Answer, &[Waiting] => ["e"]),
    spec!(C::DropWaiting, "drop-waiting", "drop", "forget the marked one; asks first", G::Answer, &[Waiting] => ["X"]),
    spec!(C::Following, "following", "this and following", "this one and all that come after it", G::Answer, &[Which] => ["F"]),
    spec!(C::Retry, "retry", "try again", "send it again", G::Answer, &[Trouble] => ["r"]),
    spec!(C::Drop, "drop", "drop", "forget it, nothing is sent", G::Answer, &[Trouble] => ["X"]),
    spec!(C::SendAndLeave, "send-and-leave", "send and leave", "send what waits, at most five seconds, then leave", G::Program, &[Leave] => ["enter"]),
    spec!(C::LeaveQueued, "leave-queued", "leave them queued", "leave now; they stay queued and go out next time", G::Program, &[Leave] => ["Q", "ctrl-c"]),
    spec!(C::DeleteThis, "delete-this", "delete this one", "delete the one event that was asked about", G::Event, &[Delete] => ["y"]),
    spec!(C::DeleteSeries, "delete-series", "delete the series", "delete the whole series, past and future", G::Event, &[Delete] => ["W"]),
    spec!(C::DeleteFollowing, "delete-following", "this and following", "delete this one and all that come after it", G::Event, &[Delete] => ["F"]),
    spec!(C::DeleteWithWords, "delete-with-words", "with a message", "cancel the meeting with words to everybody", G::Event, &[Delete] => ["m"]),
    spec!(C::Earlier, "earlier", "earlier", "a quarter of an hour earlier", G::Event, &[Move] => ["k", "up"]),
    spec!(C::Later, "later", "later", "a quarter of an hour later", G::Event, &[Move] => ["j", "down"]),
    spec!(C::DayEarlier, "day-earlier", "day before", "the same time the day before", G::Event, &[Move] => ["h", "left"]),
    spec!(C::DayLater, "day-later", "next day", "the same time the next day", G::Event, &[Move] => ["l", "right"]),
    spec!(C::Shorter, "shorter", "shorter", "a quarter of an hour shorter", G::Event, &[Move] => ["K", "shift-up"]),
    spec!(C::Longer, "longer", "longer", "a quarter of an hour longer", G::Event, &[Move] => ["J", "shift-down"]),
    spec!(C::SaveMove, "save-move", "save", "save the new time", G::Event, &[Move] => ["enter"]),
    spec!(C::GiveUpMove, "give-up-move", "put back", "leave the event where it was", G::Event, &[Move] => ["esc", "q"]),
    spec!(C::NextLine, "next-line", "next line", "the next line of the page", G::Event, &[Form] => ["down"]),
    spec!(C::LineBefore, "line-before", "line before", "the line before", G::Event, &[Form] => ["up", "shift-tab"]),
    spec!(C::Complete, "complete", "complete", "take the first suggestion, or go to the next line", G::Event, &[Form] => ["tab"]),
    spec!(C::SaveForm, "save", "save", "save the page, or take the marked suggestion", G::Event, &[Form] => ["enter"]),
    spec!(C::EditNotes, "edit-notes", "notes", "open the text in your own editor ($VISUAL or $EDITOR)", G::Event, &[Form] => ["ctrl-o"]),
    spec!(C::NextField, "next-field", "next field", "the next field", G::Answer, &[Conflict] => ["j", "down"]),
    spec!(C::FieldBefore, "field-before", "field before", "the field before", G::Answer, &[Conflict] => ["k", "up"]),
    spec!(C::Mine, "mine", "yours", "your value holds", G::Answer, &[Conflict] => ["1"]),
    spec!(C::Theirs, "theirs", "theirs", "their value holds", G::Answer, &[Conflict] => ["2"]),
    spec!(C::Both, "both", "both", "both hold, of lists and notes", G::Answer, &[Conflict] => ["3"]),
    spec!(C::WholeEvent, "whole-event", "whole event", "the next choice is for every field", G::Answer, &[Conflict] => ["M"]),
    spec!(C::KeepCopy, "keep-copy", "keep a copy", "keep yours as an event of its own, without people; theirs stays", G::Answer, &[Conflict, Trouble] => ["K"]),
    spec!(C::Decide, "decide", "confirm", "send what was chosen", G::Answer, &[Conflict] => ["enter"]),
    spec!(C::StayHere, "stay", "stay", "do not leave", G::Program, &[Leave] => ["esc"]),
];

pub fn spec(command: Command) -> Option<&'static Spec> {
    COMMANDS.iter().find(|spec| spec.command == command)
}

pub fn named(name: &str) -> Option<&'static Spec> {
    COMMANDS.iter().find(|spec| spec.name == name)
}
