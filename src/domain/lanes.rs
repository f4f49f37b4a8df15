//! Side by side: which lane each timed block of one day column gets, and how far it may widen.
//!
//! Works in whole units of the drawn column (rows, half rows or minutes: the caller's choice) and knows
//! nothing of events. Blocks that touch in time, directly or through others, form a group; a group
//! shares one number of lanes. Refuses to draw: what finds no lane under the cap is hidden, and the
//! group says how many are.
//!
//! Invariants: two visible places never claim the same lane in the same unit, widened or not; the
//! result depends only on the spans and their order in the input.

/// A block's extent, `end` exclusive. Empty and backward spans count as one unit long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    pub start: i32,
    pub end: i32,
}

/// Where a block goes in the width of its column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Its lane, from 0 at the left.
    pub lane: u16,
    /// How many lanes its group has, at least 1.
    pub lanes: u16,
    /// How many lanes further to the right it may widen, as nothing stands there in its time.
    pub extend: u16,
    /// True when there was no lane under the cap; the other fields then say where it would overflow.
    pub hidden: bool,
    /// The index of its group in [`Layout::groups`].
    pub group: usize,
}

/// Blocks that touch each other in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Group {
    pub start: i32,
    pub end: i32,
    /// How many lanes it has, at least 1.
    pub lanes: u16,
    /// How many of its blocks are hidden ("+n").
    pub hidden: u16,
}

/// The layout of one day column.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Layout {
    /// One place for each span, in the order of the input.
    pub places: Vec<Place>,
    /// In the order of time; they do not overlap.
    pub groups: Vec<Group>,
}

/// Lays out spans into at most `cap` lanes (at least one). Earlier starts choose first, then longer
/// spans, then the earlier in the input.
pub fn lay_out(spans: &[Span], cap: u16) -> Layout {
    let cap = cap.max(1);
    let spans: Vec<Span> = spans.iter().map(|span| span.at_least_one_unit()).collect();
    let mut order: Vec<usize> = (0..spans.len()).collect();
    let at = |index: usize| spans.get(index).copied().unwrap_or_default();
    order.sort_by_key(|index| (at(*index).start, std::cmp::Reverse(at(*index).end), *index));

    let mut layout = Layout {
        places: vec![Place::default(); spans.len()],
        groups: Vec::new(),
    };
    let mut members: Vec<usize> = Vec::new();
    let mut reach = i32::MIN;
    for index in order {
        if !members.is_empty() && at(index).start >= reach {
            layout.add_group(&spans, &members, cap);
            members.clear();
            reach = i32::MIN;
        }
        reach = reach.max(at(index).end);
        members.push(index);
    }
    if !members.is_empty() {
        layout.add_group(&spans, &members, cap);
    }
    layout
}

impl Layout {
    /// Hands out lanes to the members of one group, which come in the order of choice.
    fn add_group(&mut self, spans: &[Span], members: &[usize], cap: u16) {
        let group = self.groups.len();
        let mut lanes: Vec<Vec<Span>> = Vec::new();
        let mut chosen: Vec<(usize, Span, usize)> = Vec::new();
        let (mut start, mut end, mut hidden) = (i32::MAX, i32::MIN, 0u16);
        for index in members {
            let Some(span) = spans.get(*index).copied() else {
                continue;
            };
            (start, end) = (start.min(span.start), end.max(span.end));
            match free_lane(&mut lanes, span, cap) {
                Some(lane) => chosen.push((*index, span, lane)),
                None => {
                    hidden = hidden.saturating_add(1);
                    self.put(
                        *index,
                        Place {
                            lane: cap - 1,
                            lanes: cap,
                            extend: 0,
                            hidden: true,
                            group,
                        },
                    );
                }
            }
        }
        let width = u16::try_from(lanes.len()).unwrap_or(cap).max(1);
        self.groups.push(Group {
            start,
            end,
            lanes: width,
            hidden,
        });
        // Whoever chose first widens first; what it takes is no longer free for those further left.
        for (index, span, lane) in chosen {
            let extend = widen(&mut lanes, span, lane);
            let lane = u16::try_from(lane).unwrap_or(cap - 1);
            self.put(
                index,
                Place {
                    lane,
                    lanes: width,
                    extend,
                    hidden: false,
                    group,
                },
            );
        }
    }

    fn put(&mut self, index: usize, place: Place) {
        if let Some(slot) = self.places.get_mut(index) {
            *slot = place;
        }
    }
}

impl Span {
    fn at_least_one_unit(self) -> Self {
        Self {
            start: self.start,
            end: self.end.max(self.start.saturating_add(1)),
        }
    }

    fn touches(self, other: Self) -> bool {
        self.start < other.end && other.start < self.end
    }
}

impl Default for Span {
    fn default() -> Self {
        Self { start: 0, end: 1 }
    }
}

impl Default for Place {
    fn default() -> Self {
        Self {
            lane: 0,
            lanes: 1,
            extend: 0,
            hidden: false,
            group: 0,
        }
    }
}

/// The leftmost lane whose last block ended, or a new one. Blocks come by start, so only the last
/// block of a lane can be in the way.
fn free_lane(lanes: &mut Vec<Vec<Span>>, span: Span, cap: u16) -> Option<usize> {
    let free = lanes
        .iter()
        .position(|lane| lane.last().is_none_or(|last| last.end <= span.start));
    let lane = match free {
        Some(lane) => lane,
        None if lanes.len() < usize::from(cap) => {
            lanes.push(Vec::new());
            lanes.len() - 1
        }
        None => return None,
    };
    lanes.get_mut(lane)?.push(span);
    Some(lane)
}

/// Takes the lanes to the right that are free for the whole span, and counts them.
fn widen(lanes: &mut [Vec<Span>], span: Span, lane: usize) -> u16 {
    let mut taken = 0;
    for right in lanes.iter_mut().skip(lane + 1) {
        if right.iter().any(|other| other.touches(span)) {
            break;
        }
        right.push(span);
        taken += 1;
    }
    taken
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn spans(pairs: &[(i32, i32)]) -> Vec<Span> {
        pairs
            .iter()
            .map(|(start, end)| Span {
                start: *start,
                end: *end,
            })
            .collect()
    }

    fn summary(pairs: &[(i32, i32)], cap: u16) -> Vec<(u16, u16, u16)> {
        lay_out(&spans(pairs), cap)
            .places
            .iter()
            .map(|place| (place.lane, place.lanes, place.extend))
            .collect()
    }

    #[test]
    fn alone_takes_the_whole_column() {
        assert_eq!(summary(&[(0, 60)], 4), [(0, 1, 0)]);
        assert_eq!(summary(&[(0, 60), (60, 90)], 4), [(0, 1, 0), (0, 1, 0)]);
        assert_eq!(lay_out(&[], 4), Layout::default());
    }

    #[test]
    fn first_and_last_of_a_chain_share_a_lane() {
        assert_eq!(
            summary(&[(0, 60), (30, 90), (60, 120)], 4),
            [(0, 2, 0), (1, 2, 0), (0, 2, 0)]
        );
    }

    #[test]
    fn blocks_widen_where_nothing_stands() {
        // Three at nine, then a long tail beside only the first.
        assert_eq!(
            summary(&[(0, 300), (0, 60), (0, 60), (120, 180)], 4),
            [(0, 3, 0), (1, 3, 0), (2, 3, 0), (1, 3, 1)]
        );
    }

    #[test]
    fn longer_goes_left_and_ties_keep_their_order() {
        assert_eq!(
            summary(&[(0, 30), (0, 90), (0, 30)], 4),
            [(1, 3, 0), (0, 3, 0), (2, 3, 0)]
        );
    }

    #[test]
    fn over_the_cap_is_hidden_and_counted() {
        let layout = lay_out(&spans(&[(0, 60), (0, 60), (0, 60), (0, 60), (90, 120)]), 2);
        assert_eq!(
            layout
                .places
                .iter()
                .map(|place| place.hidden)
                .collect::<Vec<_>>(),
            [false, false, true, true, false]
        );
        assert_eq!(layout.groups.len(), 2);
        assert_eq!((layout.groups[0].lanes, layout.groups[0].hidden), (2, 2));
        assert_eq!((layout.groups[1].lanes, layout.groups[1].hidden), (1, 0));
    }

    #[test]
    fn empty_and_backward_spans_take_one_unit() {
        assert_eq!(
            summary(&[(5, 5), (5, 6), (9, 2)], 4),
            [(0, 2, 0), (1, 2, 0), (0, 1, 0)]
        );
    }

    fn random() -> impl Strategy<Value = Vec<Span>> {
        prop::collection::vec((0i32..60, -2i32..25), 0..25).prop_map(|all| {
            all.into_iter()
                .map(|(start, long)| Span {
                    start,
                    end: start + long,
                })
                .collect()
        })
    }

    proptest! {
        #[test]
        fn visible_places_never_collide(spans in random(), cap in 0u16..6) {
            let layout = lay_out(&spans, cap);
            let mut cells = std::collections::HashMap::new();
            for (index, (span, place)) in spans.iter().zip(&layout.places).enumerate() {
                if place.hidden {
                    continue;
                }
                prop_assert!(place.lane + place.extend < place.lanes && place.lanes <= cap.max(1));
                for unit in span.start..span.end.max(span.start + 1) {
                    for lane in place.lane..=place.lane + place.extend {
                        let before = cells.insert((unit, lane), index);
                        prop_assert_eq!(before, None, "{} and {:?} at {} lane {}", index, before, unit, lane);
                    }
                }
            }
        }

        #[test]
        fn nothing_is_hidden_or_narrowed_without_need(spans in random()) {
            let layout = lay_out(&spans, u16::MAX);
            prop_assert!(layout.places.iter().all(|place| !place.hidden));
            for (number, group) in layout.groups.iter().enumerate() {
                // Greedy by start uses exactly as many lanes as blocks ever stand side by side.
                let most = (group.start..group.end)
                    .map(|unit| spans.iter().zip(&layout.places)
                        .filter(|(span, place)| place.group == number && span.start <= unit && unit < span.end.max(span.start + 1))
                        .count())
                    .max();
                prop_assert_eq!(most, Some(usize::from(group.lanes)));
            }
        }

        #[test]
        fn hidden_ones_are_counted(spans in random(), cap in 1u16..4) {
            let layout = lay_out(&spans, cap);
            let hidden = layout.places.iter().filter(|place| place.hidden).count();
            prop_assert_eq!(hidden, layout.groups.iter().map(|group| usize::from(group.hidden)).sum::<usize>());
            prop_assert_eq!(lay_out(&spans, cap), layout);
        }
    }
}
