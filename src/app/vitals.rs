//! Kalends itself, in a box over the view that takes no keys: frames, requests, rounds.
//!
//! Refuses to measure. Frames are measured by the shell and come in a message; what the data side
//! does is asked for, once a second at most and only while the box is there. Invariant: neither is a
//! reason to draw, unless the figures of the data side are others than those that are shown.

use super::{Asked, Effect, State, safe};
use crate::domain::figures::size;
use crate::domain::latency::Percentiles;
use crate::service::protocol::{LastRound, Reply, Request, Vitals};
use jiff::{SignedDuration, Timestamp};
use ratatui::layout::Rect;
use std::collections::VecDeque;

/// Frames that percentiles are taken of.
const KEPT: usize = 256;
const ASKED_EACH: SignedDuration = SignedDuration::from_secs(1);
/// A question is taken for lost, and asked again.
const LOST_AFTER: SignedDuration = SignedDuration::from_secs(10);
/// Cells of the box, with its border, and rows when everything is said.
const WIDTH: u16 = 46;
const LEAST_WIDTH: u16 = 26;
const ROWS: u16 = 12;
const LEAST_ROWS: u16 = 2;
/// Cells of what stands before each value.
pub const LABEL: u16 = 9;

/// One frame: microseconds of working off what had come, and of drawing and writing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Frame {
    pub update_us: u32,
    pub draw_us: u32,
    /// Messages that were in the inbox.
    pub taken: u32,
}

/// The last frames, whether the box is open or not.
#[derive(Debug, Clone, Default)]
pub struct Frames {
    last: VecDeque<Frame>,
    drawn: u64,
}

impl Frames {
    pub(super) fn note(&mut self, frame: Frame) {
        self.last.truncate(KEPT - 1);
        self.last.push_front(frame);
        self.drawn += 1;
    }

    /// The last, the median and the 99th percentile (nearest ranks), in microseconds.
    fn times(&self, of: impl Fn(&Frame) -> u32) -> [u32; 3] {
        let mut sorted: Vec<u32> = self.last.iter().map(&of).collect();
        sorted.sort_unstable();
        let rank = |percent: usize| (sorted.len() * percent).div_ceil(100).saturating_sub(1);
        let at = |percent| sorted.get(rank(percent)).copied().unwrap_or(0);
        [self.last.front().map_or(0, of), at(50), at(99)]
    }
}

/// The box.
#[derive(Debug, Clone)]
pub struct Open {
    asked_at: Timestamp,
    /// None until the data side said it.
    known: Option<Box<Vitals>>,
    trouble: Option<String>,
}

/// Opens it, or takes it away.
pub(super) fn turn(state: &mut State, effects: &mut Vec<Effect>) {
    if state.vitals.take().is_some() {
        return;
    }
    state.vitals = Some(Open {
        asked_at: state.now,
        known: None,
        trouble: None,
    });
    effects.push(state.ask(Asked::Vitals, Request::Vitals));
}

pub(super) fn ticked(state: &mut State, effects: &mut Vec<Effect>) {
    let is_asking = state.asked.values().any(|asked| *asked == Asked::Vitals);
    let now = state.now;
    let Some(open) = &mut state.vitals else {
        return;
    };
    let wait = if is_asking { LOST_AFTER } else { ASKED_EACH };
    if now.duration_since(open.asked_at) < wait {
        return;
    }
    open.asked_at = now;
    effects.push(state.ask(Asked::Vitals, Request::Vitals));
}

/// Whether something else is to be shown now.
pub(super) fn came(state: &mut State, reply: Reply) -> bool {
    let Some(open) = &mut state.vitals else {
        return false;
    };
    let (known, trouble) = match reply {
        Reply::Vitals(vitals) => (Some(vitals), None),
        Reply::Refused { words } => (None, Some(safe::words(&words))),
        _ => return false,
    };
    let is_new = (&open.known, &open.trouble) != (&known, &trouble);
    (open.known, open.trouble) = (known, trouble);
    is_new
}

/// Where the box lies over the view: at its right, below the headings, as large as it may be; None
/// where it would say nothing, or hide everything.
pub fn area(main: Rect) -> Option<Rect> {
    let width = (main.width / 2).clamp(LEAST_WIDTH, WIDTH);
    let rows = (main.height * 3 / 4).saturating_sub(2).min(ROWS);
    let fits = width < main.width && rows >= LEAST_ROWS;
    fits.then(|| Rect {
        x: main.right() - width,
        y: main.y + 1,
        width,
        height: rows + 2,
    })
}

/// Labels and values, the most telling first; of each value as much as `cells` have room for.
pub fn lines(state: &State, open: &Open, cells: u16) -> Vec<(&'static str, String)> {
    let frames = &state.frames;
    let last = frames.last.front().copied().unwrap_or_default();
    let mut lines = vec![
        ("update", times(frames.times(|frame| frame.update_us))),
        ("draw", times(frames.times(|frame| frame.draw_us))),
        (
            "frames",
            vec![
                format!("{} drawn", frames.drawn),
                format!("inbox {}", last.taken),
            ],
        ),
    ];
    match &open.known {
        Some(vitals) => data_side(state, vitals, &mut lines),
        None => {
            let words = open.trouble.as_deref().unwrap_or("asking…");
            lines.push(("requests", vec![words.to_owned()]));
        }
    }
    let room = usize::from(cells.saturating_sub(LABEL));
    let fitted = |(label, parts): (_, Vec<String>)| (label, joined(&parts, room));
    lines.into_iter().map(fitted).collect()
}

fn data_side(state: &State, vitals: &Vitals, lines: &mut Vec<(&'static str, Vec<String>)>) {
    let clock = |at: Timestamp| state.viewer.wall(at).strftime("%H:%M:%S").to_string();
    lines.push((
        "requests",
        vec![
            format!("{} of {} in flight", vitals.in_flight, vitals.slots),
            format!("{} waiting", vitals.waiting),
        ],
    ));
    lines.push(("acts", vec![format!("{} queued", vitals.intents)]));
    match &vitals.round {
        Some(round) => {
            let name = calendar(state, round);
            lines.push(("round", vec![clock(round.ended), name]));
            let pages = if round.pages == 1 { "page" } else { "pages" };
            let mut parts = vec![
                format!("{} ms", round.took_ms),
                format!("{} {pages}", round.pages),
            ];
            parts.extend(round.full.then(|| "in full".to_owned()));
            lines.push(("took", parts));
        }
        None => lines.push(("round", vec!["none yet".into()])),
    }
    let left = format!("{} left", vitals.budget_left);
    let all = format!("of {} in 10 min", vitals.budget);
    lines.push(("budget", vec![left, all]));
    let wait = vitals.wait_until.filter(|until| *until > state.now);
    let wait = wait.map_or("no wait".into(), |until| format!("until {}", clock(until)));
    lines.push(("throttle", vec![wait]));
    lines.push((
        "today",
        vec![
            format!("{} requests", vitals.requests),
            size(vitals.bytes),
            format!("{} failed", vitals.failed),
        ],
    ));
    lines.push(("answers", percentiles(vitals.answers)));
    lines.push(("rounds", percentiles(vitals.rounds)));
}

fn calendar(state: &State, round: &LastRound) -> String {
    let mut calendars = state.status.calendars.iter();
    let known = calendars.find(|known| known.id == round.calendar);
    known.map_or("a calendar".into(), |known| safe::line(&known.name))
}

fn percentiles(said: Percentiles) -> Vec<String> {
    if said.count == 0 {
        return vec!["none today".into()];
    }
    vec![
        format!("p50 {} ms", said.p50),
        format!("p95 {}", said.p95),
        format!("p99 {}", said.p99),
    ]
}

fn times([last, p50, p99]: [u32; 3]) -> Vec<String> {
    let ms = |us: u32| format!("{}.{:02}", us / 1000, us / 10 % 100);
    vec![
        format!("{} ms", ms(last)),
        format!("p50 {}", ms(p50)),
        format!("p99 {}", ms(p99)),
    ]
}

/// Whole parts as long as they fit; of the first what fits.
fn joined(parts: &[String], room: usize) -> String {
    let mut all = String::new();
    for part in parts {
        let gap = if all.is_empty() { "" } else { " · " };
        if !all.is_empty() && safe::width(&all) + safe::width(part) + 3 > room {
            break;
        }
        all.push_str(gap);
        all.push_str(part);
    }
    safe::cut(&all, room)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_frames_are_told_of_and_no_more_are_kept() {
        let mut frames = Frames::default();
        assert_eq!(frames.times(|frame| frame.draw_us), [0, 0, 0]);
        for at in 0..1_000 {
            frames.note(Frame {
                update_us: 7,
                draw_us: at,
                taken: 1,
            });
        }
        assert_eq!((frames.last.len(), frames.drawn), (KEPT, 1_000));
        assert_eq!(frames.times(|frame| frame.draw_us), [999, 871, 997]);
        assert_eq!(frames.times(|frame| frame.update_us), [7, 7, 7]);
    }

    #[test]
    fn the_box_stays_within_its_view_at_every_size() {
        for (width, height) in (0..130_u16).flat_map(|w| (0..50_u16).map(move |h| (w, h))) {
            let main = Rect::new(3, 1, width, height);
            let Some(area) = area(main) else {
                assert!(width <= LEAST_WIDTH || height < 6, "{width}x{height}");
                continue;
            };
            assert_eq!(main.intersection(area), area, "{width}x{height}");
            assert!(area.width < width && area.height < height);
        }
    }

    #[test]
    fn a_value_says_as_much_as_there_is_room_for() {
        let parts = ["12 requests", "4.2 MB"].map(str::to_owned);
        assert_eq!(joined(&parts, 20), "12 requests · 4.2 MB");
        assert_eq!(joined(&parts, 19), "12 requests");
        assert_eq!(joined(&parts, 5), "12 r…");
        assert_eq!(joined(&parts, 0), "");
    }
}
