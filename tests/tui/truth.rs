//! Truths of the grid, checked by program.

use super::picture::screen;
use super::press::press;
use super::world::{World, entry, with};
use kalends::app::grid::{Block, Grid};
use std::collections::BTreeMap;

fn grid(world: &World) -> &Grid {
    world.state.scene.grid().expect("a grid is shown")
}

fn blocks<'a>(world: &'a World, id: &str) -> Vec<&'a Block> {
    let known = &world.state.known.entries;
    let blocks = grid(world).blocks.iter();
    blocks
        .filter(|block| known[block.entry].id.as_str() == id)
        .collect()
}

/// Every half cell belongs to one block at most.
fn assert_disjoint(world: &World) {
    let mut owners: BTreeMap<(u16, i32), usize> = BTreeMap::new();
    for (index, block) in grid(world).blocks.iter().enumerate() {
        for x in block.x..block.x + block.width {
            for half in block.top..block.end {
                let before = owners.insert((x, half), index);
                assert_eq!(before, None, "two blocks on column {x}, half row {half}");
            }
        }
    }
}

#[test]
fn a_chain_of_overlaps_is_drawn_as_it_is() {
    let chain = || {
        vec![
            entry("a", "Alpha", "2026-11-26T08:00:00Z", "2026-11-26T10:00:00Z"),
            entry("b", "Bravo", "2026-11-26T09:00:00Z", "2026-11-26T12:00:00Z"),
            entry(
                "c",
                "Charlie",
                "2026-11-26T10:30:00Z",
                "2026-11-26T13:00:00Z",
            ),
        ]
    };
    for cols in [80, 120, 200] {
        let world = World::of(chain(), "Europe/Berlin", super::world::NOW, cols, 40);
        assert_disjoint(&world);
        let lane = |id| (blocks(&world, id)[0].x, blocks(&world, id)[0].width);
        assert_eq!(lane("a"), lane("c"), "at {cols} columns");
        assert_ne!(lane("a").0, lane("b").0, "at {cols} columns");
        assert_eq!(world.state.known.clashing, vec![true, true, true]);
    }
}

#[test]
fn short_events_in_a_row_never_share_a_cell() {
    let quarter = |index: i64| {
        let start =
            super::world::at("2026-11-26T08:00:00Z") + jiff::SignedDuration::from_mins(15 * index);
        let end = start + jiff::SignedDuration::from_mins(15);
        entry(
            &format!("q{index}"),
            "Quarter",
            &start.to_string(),
            &end.to_string(),
        )
    };
    for cols in [60, 80, 120, 200] {
        let mut entries: Vec<_> = (0..12).map(quarter).collect();
        entries.push(entry(
            "long",
            "Long",
            "2026-11-26T07:15:00Z",
            "2026-11-26T08:10:00Z",
        ));
        entries.push(entry(
            "odd",
            "Odd",
            "2026-11-26T08:37:00Z",
            "2026-11-26T09:52:00Z",
        ));
        let mut world = World::of(entries, "Europe/Berlin", super::world::NOW, cols, 40);
        for _ in 0..5 {
            assert_disjoint(&world);
            press(&mut world, "+");
        }
    }
}

#[test]
fn what_has_no_room_is_counted() {
    let entries = (0..9)
        .map(|index| {
            entry(
                &format!("e{index}"),
                "Same",
                "2026-11-26T09:00:00Z",
                "2026-11-26T10:00:00Z",
            )
        })
        .collect();
    let mut world = World::of(entries, "Europe/Berlin", super::world::NOW, 120, 40);
    let drawn = grid(&world).blocks.len();
    let more: usize = grid(&world).more.iter().map(|more| more.count).sum();
    assert_eq!(drawn + more, 9);
    assert!(screen(&world).contains(&format!("+{more}")));
    press(&mut world, "F");
    assert_eq!(grid(&world).columns.len(), 1);
    assert_eq!(grid(&world).blocks.len(), 9);
    press(&mut world, "F");
    assert_eq!(grid(&world).columns.len(), 7);
}

#[test]
fn an_event_across_midnight_goes_on_the_next_day() {
    let world = World::new(120, 40);
    let parts = blocks(&world, "deploy");
    assert_eq!(parts.len(), 2);
    let (first, second) = (parts[0], parts[1]);
    assert_eq!(second.column, first.column + 1);
    // 23:00 to midnight, midnight to 01:30; two rows an hour, two halves a row.
    assert_eq!((first.top, first.end), (92, 96));
    assert_eq!((second.top, second.end), (0, 6));
    assert!(first.goes_on && second.from_before);
}

#[test]
fn quarter_hours_are_half_cells() {
    let world = World::new(120, 40);
    let block = blocks(&world, "dentist")[0];
    // 14:15 to 15:00.
    assert_eq!((block.top, block.end), (57, 60));
}

#[test]
fn the_hour_that_spring_skips_is_void() {
    let entries = vec![
        entry(
            "before",
            "Before",
            "2026-03-29T00:00:00Z",
            "2026-03-29T01:00:00Z",
        ),
        entry(
            "after",
            "After",
            "2026-03-29T01:00:00Z",
            "2026-03-29T02:00:00Z",
        ),
        entry(
            "across",
            "Across",
            "2026-03-29T00:30:00Z",
            "2026-03-29T01:30:00Z",
        ),
    ];
    let mut world = World::of(entries, "Europe/Berlin", "2026-03-29T00:30:00Z", 120, 40);
    press(&mut world, "1 g g");
    assert_eq!(grid(&world).columns[0].voids, vec![(8, 12)]);
    let place = |id| {
        let block = blocks(&world, id)[0];
        (block.top, block.end)
    };
    assert_eq!(place("before"), (4, 8));
    assert_eq!(place("after"), (12, 16));
    assert_eq!(place("across"), (6, 14));
    insta::assert_snapshot!("spring_skips_an_hour_80", {
        let mut small = World::of(
            world.entries.clone(),
            "Europe/Berlin",
            "2026-03-29T00:30:00Z",
            80,
            24,
        );
        press(&mut small, "g g");
        screen(&small)
    });
}

#[test]
fn the_hour_that_autumn_repeats_has_its_own_rows() {
    let entries = vec![
        entry(
            "first",
            "First two",
            "2026-10-25T00:00:00Z",
            "2026-10-25T01:00:00Z",
        ),
        entry(
            "second",
            "Second two",
            "2026-10-25T01:00:00Z",
            "2026-10-25T02:00:00Z",
        ),
        entry(
            "nine",
            "Nine",
            "2026-10-25T08:00:00Z",
            "2026-10-25T09:00:00Z",
        ),
        entry(
            "saturday",
            "Saturday",
            "2026-10-24T07:00:00Z",
            "2026-10-24T08:00:00Z",
        ),
    ];
    let mut world = World::of(entries, "Europe/Berlin", "2026-10-25T00:30:00Z", 120, 40);
    let place = |id| {
        let block = blocks(&world, id)[0];
        (block.top, block.end)
    };
    assert_eq!(place("first"), (8, 12));
    assert_eq!(place("second"), (12, 16));
    assert_eq!(place("nine"), place("saturday"));
    assert_eq!(grid(&world).rows, 50);
    press(&mut world, "g g");
    let picture = screen(&world);
    assert!(picture.contains("02²"), "{picture}");
    assert!(picture.contains("+1h"), "{picture}");
    assert_disjoint(&world);
}

#[test]
fn lord_howe_repeats_half_an_hour() {
    let entries = vec![
        entry(
            "first",
            "First",
            "2026-04-04T14:30:00Z",
            "2026-04-04T15:00:00Z",
        ),
        entry(
            "second",
            "Second",
            "2026-04-04T15:00:00Z",
            "2026-04-04T15:30:00Z",
        ),
    ];
    let world = World::of(
        entries,
        "Australia/Lord_Howe",
        "2026-04-04T14:00:00Z",
        120,
        40,
    );
    let place = |id| {
        let block = blocks(&world, id)[0];
        (block.top, block.end)
    };
    // 01:30–02:00 comes twice.
    assert_eq!(place("first"), (6, 8));
    assert_eq!(place("second"), (8, 10));
}

#[test]
fn the_now_line_crosses_today_and_titles_stay() {
    let mut world = World::new(120, 40);
    let picture = screen(&world);
    assert!(picture.contains("10:42"));
    world.tick(3600);
    assert!(screen(&world).contains("11:42"));
    assert!(!screen(&world).contains("10:42"));
}

#[test]
fn a_scrolled_event_keeps_its_title() {
    let entries = vec![with(
        entry(
            "long",
            "Workshop",
            "2026-11-26T05:00:00Z",
            "2026-11-26T15:00:00Z",
        ),
        |_| (),
    )];
    let mut world = World::of(entries, "Europe/Berlin", super::world::NOW, 80, 16);
    for _ in 0..4 {
        assert!(screen(&world).contains("Workshop"));
        press(&mut world, "ctrl-d");
    }
}

#[test]
fn whole_days_are_capped_and_counted() {
    let entries = (0..7)
        .map(|index| {
            super::world::all_day(&format!("d{index}"), "Fair", "2026-11-25", "2026-11-28")
        })
        .collect();
    let world = World::of(entries, "Europe/Berlin", super::world::NOW, 120, 40);
    assert_eq!(grid(&world).band, 3);
    assert_eq!(grid(&world).band_more, vec![0, 0, 5, 5, 5, 0, 0]);
    assert!(screen(&world).contains("+5 more"));
}

#[test]
fn whole_days_float_in_every_zone() {
    for zone in ["Pacific/Auckland", "Pacific/Honolulu", "Asia/Kolkata"] {
        let entries = vec![super::world::all_day(
            "d",
            "Fair",
            "2026-11-26",
            "2026-11-27",
        )];
        let world = World::of(entries, zone, "2026-11-26T12:00:00Z", 120, 40);
        let bar = &grid(&world).bars[0];
        assert_eq!((bar.first, bar.last), (3, 3), "{zone}");
    }
}
