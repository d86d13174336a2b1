//! Cells to rows to a roster.

use super::column::Column;
use super::form::Form;
use super::keys::{Keys, Space};
use super::refused::Why;
use super::row::{Row, Seen, Standing};
use super::texts::{Text, Texts};
use super::{Noted, Oddities, date, value};

/// What a list may have at the most.
pub(super) const ROWS_MAX: u64 = 5_000_000;
pub(super) const CELL_BYTES_MAX: usize = 4096;

/// What is known of the people of a list while it is read.
pub(super) struct Writer<'f> {
    form: &'f Form,
    scheme: Option<&'f str>,
    pub(super) texts: Texts,
    pub(super) rows: Vec<Row>,
    pub(super) keys: Keys,
    pub(super) oddities: Oddities,
    /// All rows, with those that name nobody.
    pub(super) lines: u64,
    /// Numbers that begin with a zero.
    pub(super) zero_led: u64,
    /// Which columns were there, a bit each.
    present: u32,
    row: Row,
    /// Which columns of the row have said something.
    filled: u32,
    enabled: Option<bool>,
}

impl<'f> Writer<'f> {
    pub(super) fn new(form: &'f Form) -> Self {
        Self {
            form,
            scheme: form.scheme(),
            texts: Texts::default(),
            rows: Vec::new(),
            keys: Keys::default(),
            oddities: Oddities::default(),
            lines: 0,
            zero_led: 0,
            present: 0,
            row: Row::empty(0),
            filled: 0,
            enabled: None,
        }
    }

    /// Another row, at that line.
    pub(super) fn begin(&mut self, line: u64) {
        self.row = Row::empty(u32::try_from(line).unwrap_or(u32::MAX));
        self.filled = 0;
        self.enabled = None;
    }

    /// The column is there, whether it says something or not.
    pub(super) fn note_present(&mut self, column: Column) {
        self.present |= bit(column);
    }

    pub(super) fn was_present(&self, column: Column) -> bool {
        self.present & bit(column) != 0
    }

    /// A cell of the row.
    pub(super) fn put(&mut self, column: Column, cell: &str) -> Result<(), Why> {
        if cell.len() > CELL_BYTES_MAX {
            return Err(Why::CellTooLong { bytes: cell.len() });
        }
        let cell = value::said(cell);
        if cell.is_empty() {
            return Ok(());
        }
        if self.filled & bit(column) != 0 {
            return Err(Why::ColumnTwice);
        }
        self.filled |= bit(column);
        match column {
            Column::Status => {
                let said = self.form.standing(cell);
                if said.is_none() {
                    self.oddities.unknown_words.note(self.row.line);
                }
                self.row.said = Some(said.unwrap_or(Standing::Unclear));
            }
            Column::Enabled => self.enable(value::flag(cell))?,
            Column::Blocked => self.enable(value::flag(cell).map(|it| !it))?,
            Column::StartDate => self.row.starts = self.day(cell)?,
            Column::EndDate => self.row.ends = self.day(cell)?,
            Column::LastSeen => {
                self.row.seen = self.day(cell)?.map_or(Seen::Never, Seen::On);
            }
            text => self.put_text(text, cell)?,
        }
        Ok(())
    }

    fn enable(&mut self, flag: Option<bool>) -> Result<(), Why> {
        let flag = flag.ok_or(Why::Flag)?;
        self.enabled = Some(self.enabled.unwrap_or(true) && flag);
        Ok(())
    }

    fn day(&self, cell: &str) -> Result<Option<jiff::civil::Date>, Why> {
        match date::day(cell, self.form.days()) {
            Ok(date::Day::On(day)) => Ok(Some(day)),
            Ok(date::Day::None) => Ok(None),
            Err(date::NoDay::Ambiguous) => Err(Why::DayAmbiguous),
            Err(date::NoDay::Unreadable) => Err(Why::DayUnreadable),
        }
    }

    fn put_text(&mut self, column: Column, cell: &str) -> Result<(), Why> {
        debug_assert!(column.is_text());
        if column.is_number() && value::is_scientific(cell) {
            return Err(Why::Scientific);
        }
        if column == Column::EmployeeNumber {
            self.check_number(cell)?;
        }
        let text = if column.space().is_some() {
            value::name(column, cell, self.scheme).map_or(Text::NONE, |name| self.texts.add(&name))
        } else if column.is_own() {
            self.texts.add(cell)
        } else {
            self.texts.intern(cell)
        };
        if let Some(place) = self.row.texts.get_mut(column as usize) {
            *place = text;
        }
        Ok(())
    }

    fn check_number(&mut self, cell: &str) -> Result<(), Why> {
        let is_digits = cell.bytes().all(|it| it.is_ascii_digit());
        if is_digits && cell.len() > 1 && cell.starts_with('0') {
            self.zero_led += 1;
        }
        match self.form.number_digits {
            Some(expected) if is_digits && cell.len() < usize::from(expected) => {
                Err(Why::NumberShort { digits: cell.len(), expected })
            }
            _as_long => Ok(()),
        }
    }

    /// The row is whole.
    pub(super) fn end(&mut self) -> Result<(), Why> {
        self.lines += 1;
        if self.lines > ROWS_MAX {
            return Err(Why::TooLarge { most: ROWS_MAX, what: "rows" });
        }
        let mut row = std::mem::replace(&mut self.row, Row::empty(0));
        if !row.has_a_key() {
            self.oddities.nobody.note(row.line);
            return Ok(());
        }
        if self.enabled == Some(false) && row.said != Some(Standing::Ended) {
            row.said = Some(Standing::Disabled);
        }
        let number = u32::try_from(self.rows.len()).unwrap_or(u32::MAX);
        let Some(head) = self.same_person(&row) else {
            row.head = number;
            self.index(&row);
            self.rows.push(row);
            return Ok(());
        };
        self.oddities.doubled.note(row.line);
        if self.is_repeated(head, &row) {
            return Ok(());
        }
        row.head = head;
        if let Some(first) = self.rows.get_mut(head as usize) {
            row.also = first.also.replace(number);
        }
        self.index(&row);
        self.rows.push(row);
        Ok(())
    }

    /// Nobody is there, though there is a line: a line of totals, say.
    pub(super) fn skip(&mut self) {
        self.lines += 1;
        self.oddities.nobody.note(self.row.line);
    }

    fn index(&mut self, row: &Row) {
        for column in Column::ALL {
            if let Some(space) = column.space() {
                self.keys.add(space, self.texts.get(row.text(*column)), row.head);
            }
        }
    }

    /// The first row about the same person: of one number; or, where there are no numbers, of one
    /// user name, or of one address where there is no user name.
    fn same_person(&self, row: &Row) -> Option<u32> {
        let of = |it: &Row, column| self.texts.get(it.text(column)).to_owned();
        let same = |space: Space, column: Column| {
            let name = of(row, column);
            let asked = name.clone();
            let is_theirs = move |head: u32| {
                self.all_of(head).any(|it| self.texts.get(it.text(column)) == asked)
            };
            self.keys.owners(space, &name, is_theirs).next()
        };
        let numbers =
            [(Space::EmployeeNumber, Column::EmployeeNumber), (Space::WorkerId, Column::WorkerId)];
        let has_number = |it: &Row| numbers.iter().any(|(_, column)| !it.text(*column).is_none());
        if has_number(row) {
            return numbers.into_iter().find_map(|(space, column)| same(space, column));
        }
        let by =
            if row.text(Column::UserName).is_none() { Column::Email } else { Column::UserName };
        let is_like = |head: &u32| {
            self.rows.get(*head as usize).is_some_and(|first| {
                !has_number(first)
                    && (by == Column::UserName || first.text(Column::UserName).is_none())
            })
        };
        same(Space::Name, by).filter(is_like)
    }

    /// All rows about the person whose first row it is.
    fn all_of(&self, head: u32) -> impl Iterator<Item = &Row> {
        let row = |number: u32| self.rows.get(number as usize);
        std::iter::successors(row(head), move |it| it.also.and_then(row))
    }

    fn is_repeated(&self, head: u32, row: &Row) -> bool {
        self.all_of(head).any(|it| {
            let texts = it.texts.iter().zip(&row.texts);
            (it.said, it.starts, it.ends) == (row.said, row.starts, row.ends)
                && texts.into_iter().all(|(one, two)| self.texts.get(*one) == self.texts.get(*two))
        })
    }
}

fn bit(column: Column) -> u32 {
    1 << (column as u32)
}

impl Noted {
    fn note(&mut self, line: u32) {
        self.times += 1;
        if self.lines.len() < Self::LINES_MAX {
            self.lines.push(line);
        }
    }
}
