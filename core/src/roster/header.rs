//! Which column is which.

use super::column::Column;
use super::form::Form;
use super::preset::Preset;
use super::refused::{Refused, Why};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// A header as it is compared: small letters and digits alone, without notes in brackets.
pub(super) fn key(header: &str) -> String {
    let mut key = String::with_capacity(header.len());
    let mut depth = 0_u32;
    for sign in header.chars() {
        match sign {
            '[' | '(' => depth += 1,
            ']' | ')' => depth = depth.saturating_sub(1),
            sign if depth == 0 && sign.is_alphanumeric() => key.extend(sign.to_lowercase()),
            _blank => {}
        }
    }
    key
}

/// What a header, or a member of JSON, usually means.
pub(crate) fn usual_column(header: &str) -> Option<Column> {
    let header = key(header);
    Column::ALL.iter().copied().find(|column| column.usual().contains(&header.as_str()))
}

/// What headers mean in one list.
pub(super) struct Headers {
    known: HashMap<String, Column>,
    /// Those that the configuration names; each must be there.
    named: BTreeMap<Column, String>,
}

impl Headers {
    pub(super) fn of(form: &Form) -> Self {
        let mut known = HashMap::new();
        let is_free = |column: &Column| !form.columns.contains_key(column);
        let usual = Column::ALL.iter().filter(|it| is_free(it));
        for (header, column) in form.preset.headers().iter().filter(|(_, it)| is_free(it)) {
            known.insert(key(header), *column);
        }
        if form.preset == Preset::Plain {
            for column in usual {
                known.extend(column.usual().iter().map(|it| ((*it).to_owned(), *column)));
            }
        }
        let named = form.columns.iter();
        known.extend(named.clone().map(|(column, header)| (key(header), *column)));
        Self { known, named: form.columns.clone() }
    }

    pub(super) fn column(&self, header: &str) -> Option<Column> {
        self.known.get(&key(header)).copied()
    }

    /// What each header says; refuses a list without names of people, without a column that the
    /// configuration names, and with two columns of one meaning.
    pub(super) fn lay_out<'a>(
        &self,
        headers: impl Iterator<Item = &'a str> + Clone,
        file: &Arc<str>,
        line: u64,
    ) -> Result<Vec<Option<Column>>, Refused> {
        let refused = |column: Option<Column>, why: Why| Refused {
            file: Arc::clone(file),
            line: Some(line),
            column,
            why,
        };
        let layout: Vec<_> = headers.clone().map(|header| self.column(header)).collect();
        for column in Column::ALL {
            let times = layout.iter().filter(|it| **it == Some(*column)).count();
            if times > 1 {
                return Err(refused(Some(*column), Why::ColumnTwice));
            }
            if let Some(header) = self.named.get(column).filter(|_| times == 0) {
                let header = header.clone();
                let why = Why::ColumnMissing { header, there: shown(headers) };
                return Err(refused(Some(*column), why));
            }
        }
        if layout.iter().flatten().all(|column| column.space().is_none()) {
            return Err(refused(None, Why::NoKeyColumn { there: shown(headers) }));
        }
        Ok(layout)
    }
}

/// How many headers an error shows.
const SHOWN_MAX: usize = 30;

/// The headers for an error. A line with an address or a number is somebody's row, not a header.
fn shown<'a>(headers: impl Iterator<Item = &'a str> + Clone) -> String {
    let is_of_a_row = |it: &str| it.contains('@') || it.bytes().any(|byte| byte.is_ascii_digit());
    if headers.clone().any(is_of_a_row) {
        return "none, for its first line looks like somebody's row".to_owned();
    }
    let shown: Vec<_> = headers.filter(|it| !it.trim().is_empty()).take(SHOWN_MAX).collect();
    if shown.is_empty() { "none".to_owned() } else { shown.join(", ") }
}
