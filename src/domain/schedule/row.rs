//! A person's time as the cells of a free/busy grid.
//!
//! A cell shows the worst claim of any of its minutes; one in which nothing is claimed and not all
//! is known is unknown. No costs and no roles here.

use super::grid::Grid;
use super::lane::{AWAY, BUSY, ELSEWHERE, Lane, OUTSIDE, TENTATIVE, UNKNOWN};
use super::{Person, Refusal, Role, Weights};

/// What a cell shows, best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Shade {
    #[default]
    Free,
    Elsewhere,
    Unknown,
    Tentative,
    Busy,
    Away,
}

/// One cell of the grid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Cell {
    pub shade: Shade,
    /// Some minute of it is outside the working hours, where these are known.
    pub outside_hours: bool,
}

/// Cells of `minutes` each from `from` on, the last one holding the minute before `to`.
pub fn row(person: &Person, from: i64, to: i64, minutes: u32) -> Result<Vec<Cell>, Refusal> {
    let mut lane = Lane::new(Grid::cells(from, to, minutes)?);
    Ok(cells(&mut lane, person).collect())
}

/// The worst of all required people and rooms in each cell.
pub fn summary(people: &[Person], from: i64, to: i64, minutes: u32) -> Result<Vec<Cell>, Refusal> {
    let grid = Grid::cells(from, to, minutes)?;
    let mut lane = Lane::new(grid);
    let mut all = vec![Cell::default(); grid.count];
    for person in people.iter().filter(|it| it.role != Role::Optional) {
        for (worst, cell) in all.iter_mut().zip(cells(&mut lane, person)) {
            worst.shade = worst.shade.max(cell.shade);
            worst.outside_hours |= cell.outside_hours;
        }
    }
    Ok(all)
}

fn cells(lane: &mut Lane, person: &Person) -> impl Iterator<Item = Cell> {
    lane.fill(person, 0, &Weights::default());
    lane.starts().map(|(marks, _)| Cell {
        shade: shade(marks),
        outside_hours: marks & OUTSIDE != 0,
    })
}

fn shade(marks: u8) -> Shade {
    let worst_first = [
        (AWAY, Shade::Away),
        (BUSY, Shade::Busy),
        (TENTATIVE, Shade::Tentative),
        (UNKNOWN, Shade::Unknown),
        (ELSEWHERE, Shade::Elsewhere),
    ];
    let found = worst_first.iter().find(|(mark, _)| marks & mark != 0);
    found.map_or(Shade::Free, |(_, shade)| *shade)
}
