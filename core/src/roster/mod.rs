//! Lists of people from files: HR rosters, and what an identity provider exports.
//!
//! Bytes come in, and a `Roster` goes out, or `Refused`: where, what, and the cure. A list that is
//! cut, halved, stale or spoilt is refused as a whole, and nothing is concluded from it; a single
//! cell is never guessed. A value of anybody's is in no error.
//!
//! ```
//! use usher_core::roster::{self, Column, Expect, Form, Guard};
//!
//! let export = b"Employee ID;Work email;Hire date\n0042;kim@example.com;2024-03-01\n";
//! let now = "2026-10-01T06:00:00Z".parse()?;
//! let expect = Expect { rows_least: Some(1), ..Expect::default() };
//! let guard = Guard { modified_at: Some(now), ..Guard::new(now, expect) };
//! let form = Form { file: "people.csv".into(), ..Form::default() };
//!
//! let roster = roster::read(export, &form, &guard, None)?;
//! let kim = roster.people().next().expect("one person");
//! assert_eq!(roster.text(kim, Column::EmployeeNumber), "0042");
//!
//! // The next one is judged by what is remembered of this one.
//! let next = roster::read(b"Work email\n", &form, &guard, Some(roster.census()));
//! assert_eq!(next.unwrap_err().code(), usher_core::model::Code::RosterEmpty);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod column;
mod date;
mod encoding;
mod form;
pub(crate) mod guard;
mod header;
mod json;
pub(crate) mod keys;
mod preset;
mod refused;
mod row;
mod table;
pub(crate) mod texts;
pub(crate) mod value;
mod writer;

pub use column::Column;
pub use date::DayOrder;
pub(crate) use date::{Day, NoDay, day};
pub use encoding::{Encoding, EncodingFlaw};
pub use form::{Form, Syntax};
pub use guard::{Census, Expect, Guard, Manifest, Stamp};
pub(crate) use header::usual_column;
pub use keys::Space;
pub use preset::Preset;
pub use refused::{Refused, Why};
pub use row::{Row, Seen, Standing};

#[cfg(test)]
mod tests;

use jiff::civil::Date;
use jiff::tz::Offset;
use keys::Keys;
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::Arc;
use texts::{Text, Texts};
use writer::Writer;

/// More bytes are no list of people.
const BYTES_MAX: u64 = 1 << 30;

/// A list that was taken.
#[derive(Clone)]
pub struct Roster {
    file: Arc<str>,
    texts: Texts,
    rows: Vec<Row>,
    keys: Keys,
    census: Census,
    oddities: Oddities,
}

/// Somebody in a roster: all rows about them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Listed(u32);

impl Listed {
    /// Which of the roster's it is.
    pub(crate) fn number(self) -> u32 {
        self.0
    }
}

/// What somebody should look at, though the list was taken.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Oddities {
    /// Rows that name nobody.
    pub nobody: Noted,
    /// Rows about somebody who had one already.
    pub doubled: Noted,
    /// Words for a status that nobody has explained; those people stand as unclear.
    pub unknown_words: Noted,
}

/// How often, and where first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Noted {
    pub times: u64,
    pub lines: Vec<u32>,
}

impl Noted {
    const LINES_MAX: usize = 20;
}

/// Reads a list, and takes it if it may be believed. `previous`: what is remembered of the last one of
/// the same source that was taken.
pub fn read(
    bytes: &[u8],
    form: &Form,
    guard: &Guard,
    previous: Option<&Census>,
) -> Result<Roster, Refused> {
    let refused =
        |why: Why| Refused { file: Arc::clone(&form.file), line: None, column: None, why };
    if bytes.len() as u64 > BYTES_MAX {
        return Err(refused(Why::TooLarge { most: BYTES_MAX, what: "bytes" }));
    }
    if bytes.is_empty() {
        return Err(refused(Why::Empty));
    }
    let sha256 = format!("{:x}", Sha256::digest(bytes));
    guard.check_before(&sha256).map_err(refused)?;
    let text = encoding::decode(bytes, form.encoding, &form.file)?;
    let mut writer = Writer::new(form);
    match form.syntax.unwrap_or_else(|| Syntax::of(&text)) {
        Syntax::Csv => table::read(&text, form, &mut writer)?,
        Syntax::Json => json::read(&text, form, &mut writer)?,
        Syntax::JsonLines => json::read_lines(&text, form, &mut writer)?,
    }
    if writer.rows.is_empty() {
        return Err(refused(Why::Empty));
    }
    let unkeyed = writer.oddities.nobody.times;
    if unkeyed * 2 > writer.lines {
        return Err(refused(Why::Unkeyed { unkeyed, rows: writer.lines }));
    }
    let stamp = Stamp { generated_at: guard.generated_at(), sha256 };
    let today = Offset::UTC.to_datetime(guard.now).date();
    let roster = Roster::of(writer, &form.file, stamp, today);
    guard.check_after(&roster.census, previous).map_err(refused)?;
    Ok(roster)
}

impl Roster {
    fn of(writer: Writer<'_>, file: &Arc<str>, stamp: Stamp, today: Date) -> Self {
        let Writer { mut texts, mut rows, keys, oddities, lines, zero_led, .. } = writer;
        texts.close();
        rows.shrink_to_fit();
        let census = Census {
            stamp,
            rows: lines,
            current: 0,
            departments: BTreeMap::new(),
            domains: BTreeMap::new(),
            zero_led,
        };
        let mut roster = Self { file: Arc::clone(file), texts, rows, keys, census, oddities };
        roster.count(today);
        roster
    }

    fn count(&mut self, today: Date) {
        let mut departments: HashMap<Text, u64> = HashMap::new();
        let mut domains: HashMap<&str, u64> = HashMap::new();
        let mut current = 0;
        for person in self.people() {
            let Some(row) = self.row(person) else { continue };
            if let Some((_, domain)) = self.texts.get(row.text(Column::Email)).split_once('@') {
                *domains.entry(domain).or_default() += 1;
            }
            match self.standing(person, today) {
                Standing::Ended | Standing::Disabled => {}
                Standing::Unclear | Standing::Future | Standing::OnLeave | Standing::Current => {
                    current += 1;
                    *departments.entry(row.text(Column::Department)).or_default() += 1;
                }
            }
        }
        departments.remove(&Text::NONE);
        let named =
            departments.into_iter().map(|(it, count)| (self.texts.get(it).to_owned(), count));
        let departments = named.collect();
        let domains = domains.into_iter().map(|(it, count)| (it.to_owned(), count)).collect();
        self.census = Census { current, departments, domains, ..self.census.clone() };
    }

    /// What errors and findings call it.
    pub fn file(&self) -> &str {
        &self.file
    }

    /// What to remember of it.
    pub fn census(&self) -> &Census {
        &self.census
    }

    pub fn oddities(&self) -> &Oddities {
        &self.oddities
    }

    /// Everybody, in the order of the file.
    pub fn people(&self) -> impl Iterator<Item = Listed> + '_ {
        let heads = (0_u32..).zip(&self.rows).filter(|(number, row)| row.head == *number);
        heads.map(|(number, _)| Listed(number))
    }

    /// The first row about somebody.
    pub fn row(&self, person: Listed) -> Option<&Row> {
        self.rows.get(person.0 as usize)
    }

    /// All rows about somebody.
    pub fn rows(&self, person: Listed) -> impl Iterator<Item = &Row> {
        let row = |number: u32| self.rows.get(number as usize);
        std::iter::successors(row(person.0), move |it| it.also.and_then(row))
    }

    /// What a column says of somebody, in the first row that says something; names in canonical form.
    pub fn text(&self, person: Listed, column: Column) -> &str {
        let said = self.rows(person).map(|row| self.texts.get(row.text(column)));
        said.into_iter().find(|text| !text.is_empty()).unwrap_or_default()
    }

    /// How somebody stands on that day: who goes on in one employment has not left by another.
    pub fn standing(&self, person: Listed, today: Date) -> Standing {
        self.rows(person).map(|row| row.standing(today)).max().unwrap_or(Standing::Unclear)
    }

    /// Everybody who goes by a canonical name.
    pub fn named<'a>(&'a self, space: Space, name: &'a str) -> impl Iterator<Item = Listed> + 'a {
        let is_theirs = move |number: u32| {
            self.rows(Listed(number)).any(|row| {
                let columns = Column::ALL.iter().filter(|it| it.space() == Some(space));
                columns.into_iter().any(|it| self.texts.get(row.text(*it)) == name)
            })
        };
        self.keys.owners(space, name, is_theirs).map(Listed)
    }
}

/// Without what it says of people.
impl fmt::Debug for Roster {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, rows, .. } = self;
        out.debug_struct("Roster")
            .field("file", file)
            .field("rows", &rows.len())
            .finish_non_exhaustive()
    }
}
