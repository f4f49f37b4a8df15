//! Golden screens: few, small, named after what they show.

use super::picture::{buffer, grounds, letters, screen};
use super::press::press;
use super::world::World;
use kalends::config::Theme;

fn shown(cols: u16, rows: u16, script: &str) -> String {
    let mut world = World::new(cols, rows);
    press(&mut world, script);
    screen(&world)
}

#[test]
fn the_week() {
    insta::assert_snapshot!("week_120x40", shown(120, 40, ""));
    insta::assert_snapshot!("week_80x24", shown(80, 24, ""));
    insta::assert_snapshot!("week_40x15", shown(40, 15, ""));
}

#[test]
fn the_grounds_of_the_week() {
    insta::assert_snapshot!("week_grounds_120x40", grounds(&World::new(120, 40)));
    insta::assert_snapshot!("week_grounds_80x24", grounds(&World::new(80, 24)));
}

#[test]
fn the_agenda() {
    insta::assert_snapshot!("agenda_120x40", shown(120, 40, "a"));
    insta::assert_snapshot!("agenda_80x24", shown(80, 24, "a"));
    insta::assert_snapshot!("agenda_40x15", shown(40, 15, "a"));
}

#[test]
fn the_month() {
    insta::assert_snapshot!("month_120x40", shown(120, 40, "m"));
    insta::assert_snapshot!("month_80x24", shown(80, 24, "m"));
    insta::assert_snapshot!("month_40x15", shown(40, 15, "m"));
}

#[test]
fn the_inspector_beside_and_instead_of_the_week() {
    insta::assert_snapshot!("inspector_120x40", shown(120, 40, "tab enter"));
    insta::assert_snapshot!("inspector_80x24", shown(80, 24, "tab enter"));
    insta::assert_snapshot!("inspector_40x15", shown(40, 15, "tab enter"));
}

#[test]
fn the_sidebar_and_the_second_zone() {
    insta::assert_snapshot!("sidebar_120x40", shown(120, 40, "\\ j space"));
    insta::assert_snapshot!("second_zone_120x40", shown(120, 40, "z \"tokyo\" enter"));
}

#[test]
fn answering_asks_with_consequences() {
    insta::assert_snapshot!("respond_120x40", shown(120, 40, "tab r"));
    insta::assert_snapshot!(
        "respond_options_80x24",
        shown(80, 24, "tab r , c \"see you\" enter")
    );
    insta::assert_snapshot!("respond_40x15", shown(40, 15, "tab r"));
    insta::assert_snapshot!("answered_120x40", shown(120, 40, "tab r a"));
}

#[test]
fn help_palette_search_and_dates() {
    insta::assert_snapshot!("help_80x24", shown(80, 24, "?"));
    insta::assert_snapshot!("palette_80x24", shown(80, 24, ": \"agen\""));
    insta::assert_snapshot!("search_80x24", shown(80, 24, "/ \"design\""));
    insta::assert_snapshot!("go_to_80x24", shown(80, 24, "g d \"next fri\""));
    insta::assert_snapshot!("labels_120x40", shown(120, 40, "f"));
}

#[test]
fn without_colour_and_without_unicode_the_shapes_still_speak() {
    let mut world = World::new(120, 40);
    press(&mut world, "tab");
    let mono = buffer(&world, &Theme::builtin("monochrome").unwrap());
    insta::assert_snapshot!("monochrome_120x40", letters(&mono));
    let ascii = buffer(&world, &Theme::builtin("ascii").unwrap());
    insta::assert_snapshot!("ascii_120x40", letters(&ascii));
}
