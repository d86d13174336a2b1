//! Cells.

use super::super::date::{Day, NoDay, day};
use super::super::value::{flag, is_scientific, said};
use super::*;
use jiff::civil::date;

#[test]
fn days_are_read_or_refused() {
    let on = |year, month, of_month| Ok(Day::On(date(year, month, of_month)));
    for (text, order, expected) in [
        ("2026-04-03", DayOrder::Unsaid, on(2026, 4, 3)),
        ("2026-04-03-07:00", DayOrder::Unsaid, on(2026, 4, 3)),
        ("2026-04-03+02:00", DayOrder::Unsaid, on(2026, 4, 3)),
        ("2026-04-03T23:59:59.5Z", DayOrder::Unsaid, on(2026, 4, 3)),
        ("2019/07/11 15:36:14", DayOrder::Unsaid, on(2019, 7, 11)),
        ("8/19/2021 1:25:31 PM", DayOrder::MonthFirst, on(2021, 8, 19)),
        ("8/19/2021", DayOrder::Unsaid, on(2021, 8, 19)),
        ("25.12.2026", DayOrder::Unsaid, on(2026, 12, 25)),
        ("04/04/2026", DayOrder::Unsaid, on(2026, 4, 4)),
        ("03/04/2026", DayOrder::Unsaid, Err(NoDay::Ambiguous)),
        ("03.04.2026", DayOrder::Unsaid, Err(NoDay::Ambiguous)),
        ("03/04/2026", DayOrder::DayFirst, on(2026, 4, 3)),
        ("03/04/2026", DayOrder::MonthFirst, on(2026, 3, 4)),
        ("25/12/2026", DayOrder::MonthFirst, Err(NoDay::Unreadable)),
        ("2026-13-01", DayOrder::Unsaid, Err(NoDay::Unreadable)),
        ("2026-02-30", DayOrder::Unsaid, Err(NoDay::Unreadable)),
        ("03/04/26", DayOrder::DayFirst, Err(NoDay::Unreadable)),
        ("45292", DayOrder::Unsaid, Err(NoDay::Unreadable)),
        ("3 April 2026", DayOrder::Unsaid, Err(NoDay::Unreadable)),
        ("1.5.2026 or later", DayOrder::Unsaid, Err(NoDay::Unreadable)),
        ("0000-00-00", DayOrder::Unsaid, Ok(Day::None)),
        ("9999-12-31", DayOrder::Unsaid, Ok(Day::None)),
        ("1900-01-01", DayOrder::Unsaid, Ok(Day::None)),
        ("Never logged in", DayOrder::Unsaid, Ok(Day::None)),
        ("null", DayOrder::Unsaid, Ok(Day::None)),
        ("", DayOrder::Unsaid, Ok(Day::None)),
    ] {
        assert_eq!(day(text, order), expected, "{text} {order:?}");
    }
}

#[test]
fn nothing_is_said_in_many_ways() {
    for text in ["", "  ", "null", "N/A", "-", "\u{a0}", "None"] {
        assert_eq!(said(text), "", "{text:?}");
    }
    assert_eq!(said(" Kim "), "Kim");
    assert_eq!((flag("TRUE"), flag("nein"), flag("maybe")), (Some(true), Some(false), None));
}

#[test]
fn eaten_digits_are_known() {
    for text in ["1.23E+11", "1,23E+11", "4E+05", "1e-3"] {
        assert!(is_scientific(text), "{text}");
    }
    for text in ["E+11", "12E11", "E123", "2e", "1.2.x", "K-E+1"] {
        assert!(!is_scientific(text), "{text}");
    }
}

#[test]
fn names_are_compared_as_the_engine_compares_them() {
    let text = "Email,Employee ID\n\u{feff} Kim@EXAMPLE.com\u{200b},n/a\n";
    let roster = plain(text).unwrap();
    let kim = only(&roster);
    assert_eq!(roster.text(kim, Column::Email), "kim@example.com");
    assert_eq!(roster.text(kim, Column::EmployeeNumber), "");
}

#[test]
fn rows_of_one_number_are_one_person() {
    let text = "Employee ID,Email,End date,Status\n\
        7,kim@example.com,2026-01-31,Terminated\n\
        7,kim@example.com,,Active\n\
        7,KIM@example.com,,Active\n\
        8,bo@example.com,,Active\n";
    let roster = plain(text).unwrap();
    let people: Vec<_> = roster.people().collect();
    assert_eq!(people.len(), 2);
    // The third row repeats the second.
    assert_eq!(roster.rows(people[0]).count(), 2);
    // Whoever goes on in one employment has not left by another.
    assert_eq!(roster.standing(people[0], date(2026, 10, 1)), Standing::Current);
    assert_eq!(roster.oddities().doubled, Noted { times: 2, lines: vec![3, 4] });
    assert_eq!(roster.census().rows, 4);
}

#[test]
fn rows_without_numbers_are_one_person_by_their_user_name() {
    let text = "User name,Email\nkim,kim@example.com\nKIM,lee@example.com\nbo,kim@example.com\n";
    let roster = plain(text).unwrap();
    assert_eq!(roster.people().count(), 2);
    // An address of two people leads to both.
    assert_eq!(roster.named(Space::Name, "kim@example.com").count(), 2);
}

#[test]
fn rows_that_name_nobody_are_counted_and_shown() {
    let text = "Employee ID,Name,Email\n7,Kim,\n,Somebody,\n8,Bo,\n9,Al,\nTotal: 3,,\n";
    let roster = plain(text).unwrap();
    assert_eq!(roster.people().count(), 3);
    assert_eq!(roster.oddities().nobody, Noted { times: 2, lines: vec![3, 6] });
}

#[test]
fn status_and_dates_are_read_together() {
    let today = date(2026, 10, 1);
    for (status, start, end, expected) in [
        ("", "", "", Standing::Current),
        ("", "", "2026-09-30", Standing::Ended),
        // The last day is one at work.
        ("", "", "2026-10-01", Standing::Current),
        ("", "2026-10-05", "", Standing::Future),
        ("Active", "", "2026-09-30", Standing::Unclear),
        ("Active", "2026-10-05", "", Standing::Future),
        ("Terminated", "", "", Standing::Ended),
        ("Terminated", "", "2026-10-15", Standing::Current),
        // Left, and hired again.
        ("Terminated", "2026-10-05", "2026-01-31", Standing::Future),
        ("On leave", "", "", Standing::OnLeave),
        ("Inactive", "", "", Standing::Unclear),
    ] {
        let text = format!("Employee ID,Status,Start date,End date\n7,{status},{start},{end}\n");
        let roster = plain(&text).unwrap();
        let found = roster.standing(only(&roster), today);
        assert_eq!(found, expected, "{status} {start} {end}");
    }
}
