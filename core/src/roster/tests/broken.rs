//! Lists that are refused as a whole, with line, column and cure.

use super::*;
use std::fmt::Write as _;

/// Lists, each with how its refusal begins.
const BROKEN: &[(&str, &str)] = &[
    ("", "roster.empty people.csv: it names nobody"),
    ("\n\n", "roster.empty people.csv: it names nobody"),
    ("Email\n", "roster.empty people.csv: it names nobody"),
    ("[]", "roster.empty people.csv: it names nobody"),
    (
        "Dept,Site\nA,B\n",
        "roster.columns people.csv:1: no column tells people apart (number, user name, address); its columns are: Dept, Site.",
    ),
    // The names of people are not shown as headers.
    (
        "Kim,kim@example.com\nBo,bo@example.com\n",
        "roster.columns people.csv:1: no column tells people apart (number, user name, address); its columns are: none, for its first line looks like",
    ),
    (
        "Email,E-Mail\na@b.c,d@b.c\n",
        "roster.columns people.csv:1, `email`: two columns say the same",
    ),
    ("Email,Name\na@b.c,A\n,B\n,C\n,D\n", "roster.columns people.csv: 3 of 4 rows name nobody"),
    (
        "Email,Name\na@b.c,A\nb@b.c",
        "roster.cut people.csv:3: the last line has 1 fields, the header 2",
    ),
    (
        "Email,Name\na@b.c,\"A\nb@b.c,B\n",
        "roster.cut people.csv: a quote is opened and never closed",
    ),
    (
        "Email,Name\na@b.c\nb@b.c,B\n",
        "roster.malformed people.csv:2: the line has 1 fields, the header 2",
    ),
    (
        "Email,Name\na@b.c,A,x\n",
        "roster.malformed people.csv:2: the line has 3 fields, the header 2",
    ),
    ("Email,Name;Site\na@b.c,A;x\n", "roster.malformed people.csv:1: the header line does not say"),
    (
        "Email,End date\na@b.c,25/12/2026\nb@b.c,03/04/2026\n",
        "roster.date people.csv:3, `end_date`: day and month cannot be told apart",
    ),
    (
        "\r\nEmail,End date\r\n\r\na@b.c,\r\nb@b.c,soon\r\n",
        "roster.date people.csv:5, `end_date`: no date",
    ),
    (
        "Email,End date\na@b.c,soon\n",
        "roster.date people.csv:2, `end_date`: no date that can be read",
    ),
    (
        "Employee ID,Name\n1.23E+11,A\n",
        "roster.number people.csv:2, `employee_number`: a number like 1.23E+11",
    ),
    ("Email,Enabled\na@b.c,perhaps\n", "roster.value people.csv:2, `enabled`: neither yes nor no"),
    (
        "{\"email\":\"a@b.c\"}\n{\"email\":\"d@b.c\"}\n42\n",
        "roster.malformed people.csv:3: an entry is no object",
    ),
    ("[{\"email\":\"a@b.c\"},", "roster.cut people.csv:1: the file ends in the middle of an entry"),
    (
        "{\"email\":\"a@b.c\"}\n{\"email\":\"b@b",
        "roster.cut people.csv:2: the file ends in the middle",
    ),
    ("[{\"email\":\"a@b.c\"},\n 7]", "roster.malformed people.csv:2: an entry is no object"),
    (
        "[{\"email\":\"a@b.c\"}\n {}]",
        "roster.malformed people.csv:2: it is no JSON: a mistake at sign",
    ),
    (
        "{\"a\":[{\"email\":\"a@b.c\"}],\"b\":[{\"email\":\"b@b.c\"}]}",
        "roster.malformed people.csv:1: there is no list of people in it, or more than one",
    ),
    ("{\"total\":7}", "roster.malformed people.csv: there is no list of people"),
    ("[{\"employeeId\":1.5e11}]", "roster.number people.csv:1, `employee_number`: a number like"),
    (
        "[{\"email\":\"a@b.c\",\n\"mail\":\"b@b.c\"}]",
        "roster.columns people.csv:2, `email`: two columns say the same",
    ),
    ("[{\"dept\":\"A\"}]", "roster.columns people.csv: no column tells people apart"),
    (
        "Email,Name\na@b.c,A\u{fffd}\n",
        "roster.encoding people.csv:2: the sign for a letter that was lost",
    ),
    ("E\0m\0a\0i\0l\0\n\0", "roster.encoding people.csv:1: zero bytes"),
];

#[test]
fn what_cannot_be_meant_is_refused_with_its_place() {
    for (text, expected) in BROKEN {
        let found = refusal(plain(text));
        assert!(found.starts_with(*expected), "{text:?}\n{found}\n{expected}");
    }
}

#[test]
fn refusals_hold_no_value_of_anybodys() {
    for text in [
        "Email,End date\nsecret@b.c,03/04/2099\n",
        "Employee ID,Name\n9.87E+11,Secret\n",
        "Email,Enabled\nsecret@b.c,secretly\n",
        "[{\"email\":\"secret@b.c\",\"end_date\":\"secret\"}]",
        "[{\"email\":\"secret@b.c\" \"secret\"}]",
        "secret@b.c,Secret 7\n",
    ] {
        let found = refusal(plain(text)).to_lowercase();
        assert!(!found.contains("secret") && !found.contains("2099"), "{found}");
    }
}

#[test]
fn letters_are_not_guessed() {
    let text = "Email,Name\nkim@example.com,M\u{fc}ller\n";
    let utf16 = |unit: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(unit).collect::<Vec<u8>>();
    let latin: Vec<u8> = text.chars().map(|it| u8::try_from(u32::from(it)).unwrap()).collect();
    let read_as = |bytes: &[u8], encoding| {
        let form = Form { encoding, ..form(Preset::Plain) };
        read(bytes, &form, &lenient(), None)
    };
    let with = |mark: &[u8], bytes: Vec<u8>| [mark, &bytes].concat();
    for (bytes, encoding) in [
        (with(b"\xef\xbb\xbf", text.as_bytes().to_vec()), None),
        (with(b"\xff\xfe", utf16(u16::to_le_bytes)), None),
        (with(b"\xfe\xff", utf16(u16::to_be_bytes)), None),
        (utf16(u16::to_le_bytes), Some(Encoding::Utf16Le)),
        (latin.clone(), Some(Encoding::Windows1252)),
    ] {
        let roster = read_as(&bytes, encoding).unwrap();
        assert_eq!(roster.text(only(&roster), Column::DisplayName), "M\u{fc}ller");
        assert_eq!(roster.text(only(&roster), Column::Email), "kim@example.com");
    }
    let utf8 = text.as_bytes().to_vec();
    for (bytes, encoding, expected) in [
        (latin.clone(), None, "roster.encoding people.csv:2: bytes that are no UTF-8"),
        (
            utf8.clone(),
            Some(Encoding::Windows1252),
            "roster.encoding people.csv:1: the file is UTF-8",
        ),
        (with(b"\xff\xfe", utf8.clone()), None, "roster."),
        (
            b"Email\na\x81@b.c\n".to_vec(),
            Some(Encoding::Windows1252),
            "roster.encoding people.csv:2: bytes that are no letters in windows-1252",
        ),
        (
            with(b"\xef\xbb\xbf", utf8),
            Some(Encoding::Utf16Le),
            "roster.encoding people.csv:1: the file is marked as utf-8",
        ),
        (
            with(b"\xff\xfe", vec![0x41]),
            None,
            "roster.encoding people.csv:1: bytes that are no UTF-16",
        ),
    ] {
        let found = refusal(read_as(&bytes, encoding));
        assert!(found.starts_with(expected), "{found}");
    }
}

#[test]
fn spreadsheets_write_csv_in_their_ways() {
    for text in [
        "Employee ID;Name;Email\n0042;\"Lee; Kim\";kim@example.com\n",
        "Employee ID\tName\tEmail\r\n0042\tLee; Kim\tkim@example.com\r\n",
        "sep=|\nEmployee ID|Name|Email\n0042|Lee; Kim|kim@example.com",
        "Email,EMPLOYEE_ID,name,\n\nkim@example.com,0042,Lee; Kim,,,\n,,,\n",
        "\"Employee ID\",\"Name\",\"Email\"\n\"0042\",\"Lee; Kim\",\"kim@example.com\"\n",
        "\u{feff}Employee ID,Name (long),Email [work]\n0042,Lee; Kim,kim@example.com\n",
    ] {
        let roster = plain(text).unwrap_or_else(|refused| panic!("{refused}: {text}"));
        let kim = only(&roster);
        assert_eq!(roster.text(kim, Column::EmployeeNumber), "0042", "{text}");
        assert_eq!(roster.text(kim, Column::DisplayName), "Lee; Kim");
        assert_eq!(roster.text(kim, Column::Email), "kim@example.com");
    }
}

#[test]
fn a_quote_that_swallows_lines_is_noticed() {
    let mut text = "Email,Name\na@b.c,\"A\n".to_owned();
    for number in 0..500 {
        writeln!(text, "p{number}@example.com,P").unwrap();
    }
    text += "z@b.c,\"Z\n";
    let found = refusal(plain(&text));
    assert!(
        found.starts_with("roster.too_large people.csv:2, `display_name`: a cell has"),
        "{found}"
    );
}

#[test]
fn nothing_makes_the_reader_panic() {
    use proptest::prelude::*;
    proptest!(|(bytes in proptest::collection::vec(any::<u8>(), 0..200), text in "[\\[{\"a@.,;\n}\\]: 0-9-]{0,80}")| {
        for preset in Preset::ALL {
            let _seen = read(&bytes, &form(preset), &lenient(), None).is_ok();
            let _seen = read(text.as_bytes(), &form(preset), &lenient(), None).is_ok();
        }
    });
}
