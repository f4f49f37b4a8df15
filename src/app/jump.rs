//! Jump labels: a letter (or two) on every visible event.

use super::overlay::Overlay;
use super::scene::Main;
use super::{Effect, State, agenda, motion};
use jiff::civil::Date;

/// The home row first.
const LETTERS: &str = "asdfghjklqwertyuiopzxcvbnm";

#[derive(Debug, Clone, Default)]
pub struct Jump {
    pub labels: Vec<(String, usize, Date)>,
    pub typed: String,
}

pub(super) fn open(state: &mut State) {
    let targets = targets(state);
    if targets.is_empty() {
        state.say(
            crate::service::protocol::Level::News,
            "no event is visible to jump to",
        );
        return;
    }
    let labels = labels(targets.len());
    let labels = labels
        .into_iter()
        .zip(targets)
        .map(|(label, (entry, day))| (label, entry, day))
        .collect();
    state.overlay = Some(Overlay::Jump(Jump {
        labels,
        typed: String::new(),
    }));
}

/// One letter each while they last, else two.
fn labels(count: usize) -> Vec<String> {
    let letters: Vec<char> = LETTERS.chars().collect();
    if count <= letters.len() {
        return letters.iter().take(count).map(char::to_string).collect();
    }
    letters
        .iter()
        .flat_map(|first| letters.iter().map(move |second| format!("{first}{second}")))
        .take(count)
        .collect()
}

/// Events on screen, in reading order.
fn targets(state: &State) -> Vec<(usize, Date)> {
    let mut found: Vec<(usize, Date)> = Vec::new();
    match &state.scene.main {
        Main::Grid(grid) => {
            let top = i32::from(state.scroll) * 2;
            let end = top + i32::from(grid.hours.height) * 2;
            for bar in grid.bars.iter().filter(|bar| !bar.hidden) {
                found.push((bar.entry, grid.columns[bar.first].day.date));
            }
            for block in &grid.blocks {
                if block.end > top && block.top < end {
                    found.push((block.entry, grid.columns[block.column].day.date));
                }
            }
        }
        Main::Agenda(agenda) => {
            let rows = usize::from(state.scene.main_area.height);
            for line in agenda
                .lines
                .iter()
                .skip(usize::from(state.scroll))
                .take(rows)
            {
                if let agenda::Line::Event { entry, date, .. } = line {
                    found.push((*entry, *date));
                }
            }
        }
        Main::Month(month) => {
            for cell in &month.cells {
                let rows = usize::from(cell.area.height.saturating_sub(1));
                found.extend(
                    cell.entries
                        .iter()
                        .take(rows)
                        .map(|entry| (*entry, cell.date)),
                );
            }
        }
    }
    let mut seen = std::collections::BTreeSet::new();
    found.retain(|(entry, _)| seen.insert(*entry));
    found.truncate(676);
    found
}

pub(super) fn typed(state: &mut State, letter: char, _effects: &mut [Effect]) -> bool {
    let Some(Overlay::Jump(jump)) = &mut state.overlay else {
        return false;
    };
    jump.typed.extend(letter.to_lowercase());
    let target = jump
        .labels
        .iter()
        .find(|(label, ..)| *label == jump.typed)
        .map(|(_, entry, day)| (*entry, *day));
    let alive = jump
        .labels
        .iter()
        .any(|(label, ..)| label.starts_with(&jump.typed));
    if let Some((entry, day)) = target {
        state.overlay = None;
        motion::select(state, entry, day);
    } else if !alive {
        state.overlay = None;
    }
    true
}
