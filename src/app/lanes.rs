//! Lanes for events that overlap.
//!
//! Invariants: two events share a lane exactly when they may (they never clash
//! in it); an event takes the first free lane in order of start, and then widens
//! to the right as far as nothing is in its way.

/// Half open times in any unit, and the half rows they are drawn on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    pub start: i64,
    pub end: i64,
    pub cells: (i32, i32),
}

impl Span {
    /// At the same time, or so short and close that both cannot keep a row.
    fn clashes(&self, other: &Self) -> bool {
        let at_once = self.start < other.end && other.start < self.end;
        let (first, second) = if (self.start, self.cells) <= (other.start, other.cells) {
            (self, other)
        } else {
            (other, self)
        };
        at_once || parted(first.cells, second.cells).is_none()
    }
}

/// Where two blocks of one lane are parted, so that both keep a whole row for
/// their words: the end of the first and the top of the second. None when they cannot.
pub fn parted(first: (i32, i32), second: (i32, i32)) -> Option<(i32, i32)> {
    if first.1 <= second.0 {
        return Some((first.1, second.0));
    }
    let least = (first.0 + 1).div_euclid(2) * 2 + 2;
    let border = second.0.max(least).min(first.1.max(least));
    let rows = |from: i32, to: i32| to.div_euclid(2) - (from + 1).div_euclid(2);
    (rows(border, second.1) >= 1).then_some((border, border))
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lane {
    /// From the left, within its group.
    pub first: usize,
    /// Lanes it spans.
    pub wide: usize,
    /// Lanes that are drawn in its group.
    pub of: usize,
    /// Not drawn: it is one of the `+n`.
    pub hidden: bool,
    pub group: usize,
}

/// One lane for each span, in the order given; spans must be sorted by start.
/// Never more than `cap` lanes are drawn side by side.
pub fn assign(spans: &[Span], cap: usize) -> Vec<Lane> {
    let cap = cap.max(1);
    let mut lanes = Vec::with_capacity(spans.len());
    let mut begin = 0;
    let mut group = 0;
    while begin < spans.len() {
        let end = group_end(spans, begin);
        let members = spans.get(begin..end).unwrap_or_default();
        lanes.extend(lanes_of(members, cap, group));
        begin = end;
        group += 1;
    }
    lanes
}

/// Transitive overlap: the group ends where nothing before reaches any further.
fn group_end(spans: &[Span], begin: usize) -> usize {
    let mut end = begin + 1;
    while end < spans.len() {
        let joins = spans
            .get(begin..end)
            .unwrap_or_default()
            .iter()
            .any(|earlier| earlier.clashes(&spans[end]));
        if !joins {
            break;
        }
        end += 1;
    }
    end
}

fn lanes_of(spans: &[Span], cap: usize, group: usize) -> Vec<Lane> {
    let mut firsts: Vec<usize> = Vec::with_capacity(spans.len());
    for (index, span) in spans.iter().enumerate() {
        let taken = |lane: usize| {
            let earlier = firsts.iter().zip(spans).take(index);
            earlier
                .into_iter()
                .any(|(first, other)| *first == lane && other.clashes(span))
        };
        let lane = (0..).find(|lane| !taken(*lane)).unwrap_or(0);
        firsts.push(lane);
    }
    let of = firsts.iter().max().map_or(1, |lane| lane + 1).min(cap);
    let wide = |index: usize| {
        let span = &spans[index];
        let blocked = |lane: usize| {
            let mut others = firsts.iter().zip(spans);
            others.any(|(first, other)| *first == lane && other.clashes(span))
        };
        (firsts[index] + 1..of)
            .take_while(|lane| !blocked(*lane))
            .count()
            + 1
    };
    (0..spans.len())
        .map(|index| Lane {
            first: firsts[index],
            wide: wide(index),
            of,
            hidden: firsts[index] >= of,
            group,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spans(times: &[(i64, i64)]) -> Vec<Span> {
        times
            .iter()
            .map(|(start, end)| Span {
                start: *start,
                end: *end,
                cells: (*start as i32 * 2, *end as i32 * 2),
            })
            .collect()
    }

    #[test]
    fn ends_of_a_chain_share_a_lane() {
        let lanes = assign(&spans(&[(0, 10), (5, 20), (12, 30)]), 9);
        assert_eq!(lanes[0].first, lanes[2].first);
        assert_ne!(lanes[0].first, lanes[1].first);
        assert!(lanes.iter().all(|lane| lane.of == 2 && !lane.hidden));
    }

    #[test]
    fn an_event_widens_where_nothing_is_in_its_way() {
        let lanes = assign(&spans(&[(0, 40), (0, 10), (5, 10), (20, 30)]), 9);
        assert_eq!((lanes[3].first, lanes[3].wide, lanes[3].of), (1, 2, 3));
        assert_eq!(lanes[1].wide, 1);
    }

    #[test]
    fn what_does_not_fit_is_hidden_not_squeezed() {
        let lanes = assign(&spans(&[(0, 10); 5]), 2);
        assert_eq!(lanes.iter().filter(|lane| lane.hidden).count(), 3);
        assert!(lanes.iter().all(|lane| lane.of == 2));
    }

    #[test]
    fn touching_is_not_overlapping() {
        let lanes = assign(&spans(&[(0, 10), (10, 20)]), 9);
        assert!(lanes.iter().all(|lane| lane.first == 0 && lane.of == 1));
    }
}
