//! Days and clocks of zones that make them hard.

use super::*;

fn zone(name: &str) -> Zone {
    Zone::named(name).unwrap()
}

fn at(name: &str, local: &str) -> String {
    zone(name).instant(local.parse().unwrap()).to_string()
}

fn day(name: &str, day: &str) -> (String, String) {
    let (zone, day) = (zone(name), day.parse().unwrap());
    (zone.start_of(day).to_string(), zone.end_of(day).to_string())
}

#[test]
fn zones_come_with_the_program() {
    assert!(format!("{:?}", *ZONES).contains("Bundled"), "{:?}", *ZONES);
    assert_eq!(zone("europe/BERLIN").to_string(), "Europe/Berlin");
    assert!(ZONES.available().count() > 400);
}

#[test]
fn what_is_no_zone_is_refused() {
    for name in ["", " ", "Mars/Base", "W. Europe Standard Time", "+02:00", "CEST", "/etc/passwd"] {
        let error = Zone::named(name).unwrap_err().to_string();
        assert!(error.starts_with("`time_zone` names no time zone"), "{error}");
    }
}

#[test]
fn time_that_clocks_skip_is_the_later_instant() {
    assert_eq!(at("Europe/Berlin", "2026-03-29T02:30:00"), "2026-03-29T01:30:00Z");
    assert_eq!(at("Australia/Lord_Howe", "2026-10-04T02:15:00"), "2026-10-03T15:45:00Z");
    assert_eq!(at("America/Sao_Paulo", "2018-11-04T00:00:00"), "2018-11-04T03:00:00Z");
    // A whole day was skipped: this is noon of the next one.
    assert_eq!(at("Pacific/Apia", "2011-12-30T12:00:00"), "2011-12-30T22:00:00Z");
}

#[test]
fn of_a_time_that_clocks_show_twice_the_second_counts() {
    assert_eq!(at("Europe/Berlin", "2026-10-25T02:30:00"), "2026-10-25T01:30:00Z");
    assert_eq!(at("Australia/Lord_Howe", "2026-04-05T01:45:00"), "2026-04-04T15:15:00Z");
    assert_eq!(at("America/Sao_Paulo", "2018-02-17T23:30:00"), "2018-02-18T02:30:00Z");
}

#[test]
fn days_begin_where_the_day_before_ends() {
    for (name, of, start, end) in [
        ("Europe/Berlin", "2026-03-29", "2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z"),
        ("Europe/Berlin", "2026-10-25", "2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z"),
        ("Australia/Lord_Howe", "2026-10-04", "2026-10-03T13:30:00Z", "2026-10-04T13:00:00Z"),
        // Midnight is skipped: the day begins at 01:00.
        ("America/Sao_Paulo", "2018-11-04", "2018-11-04T03:00:00Z", "2018-11-05T02:00:00Z"),
        // 23:30 became 00:30.
        ("America/Toronto", "1919-03-31", "1919-03-31T04:30:00Z", "1919-04-01T04:00:00Z"),
        // There was no such day.
        ("Pacific/Apia", "2011-12-29", "2011-12-29T10:00:00Z", "2011-12-30T10:00:00Z"),
        ("Pacific/Apia", "2011-12-30", "2011-12-30T10:00:00Z", "2011-12-30T10:00:00Z"),
        ("Pacific/Apia", "2011-12-31", "2011-12-30T10:00:00Z", "2011-12-31T10:00:00Z"),
        // 01:00 became 00:00 of the same day.
        ("America/Havana", "2024-11-03", "2024-11-03T04:00:00Z", "2024-11-04T05:00:00Z"),
        // 00:01 became 23:01 of the day before, which was not over.
        ("America/St_Johns", "2009-11-01", "2009-11-01T03:30:00Z", "2009-11-02T03:30:00Z"),
        ("America/St_Johns", "2009-10-31", "2009-10-31T02:30:00Z", "2009-11-01T03:30:00Z"),
    ] {
        assert_eq!(day(name, of), (start.to_owned(), end.to_owned()), "{name} {of}");
    }
}

#[test]
fn end_of_time_is_no_accident() {
    assert_eq!(day("Europe/Berlin", "9999-12-31").1, Timestamp::MAX.to_string());
    assert_eq!(at("America/Los_Angeles", "9999-12-31T23:00:00"), Timestamp::MAX.to_string());
}

#[test]
fn fixed_offset_is_a_zone_without_a_name() {
    let zone = Zone::fixed(Offset::constant(10));
    assert_eq!(zone.start_of("2026-10-01".parse().unwrap()).to_string(), "2026-09-30T14:00:00Z");
    assert_eq!(zone.to_string(), "+10");
}
