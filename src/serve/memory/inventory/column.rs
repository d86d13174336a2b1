//! What all accounts hold in one attribute: each value once, and which of them is whose.

use super::texts::{Sorted, in_order};
use crate::model::account::Value;

/// What a value was when it was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Text,
    Flag,
    Number,
}

/// An account's number, and what it holds.
pub(super) type Entry<'a> = (u32, Kind, &'a str);

/// One attribute of all accounts.
#[derive(Debug)]
pub struct Column {
    values: Sorted,
    /// `None`: all are texts.
    kinds: Option<Box<[Kind]>>,
    rows: Rows,
}

/// Which value is whose.
#[derive(Debug)]
enum Rows {
    /// Of each account; [`NONE`]: it has none.
    All(Box<[u32]>),
    /// Of those that have one, by their numbers.
    Few(Box<[(u32, u32)]>),
}

const NONE: u32 = u32::MAX;

impl Column {
    /// `count`: how many accounts there are.
    pub(super) fn of(count: usize, mut entries: Vec<Entry<'_>>) -> Option<Self> {
        entries.sort_unstable_by(|one, other| {
            in_order(one.2, other.2).then(one.1.cmp(&other.1)).then(one.0.cmp(&other.0))
        });
        let mut distinct: Vec<(Kind, &str)> = Vec::new();
        let mut rows = Vec::with_capacity(entries.len());
        for (row, kind, text) in entries {
            if distinct.last() != Some(&(kind, text)) {
                distinct.push((kind, text));
            }
            rows.push((row, u32::try_from(distinct.len()).ok()? - 1));
        }
        let is_text = distinct.iter().all(|(kind, _)| *kind == Kind::Text);
        let kinds = (!is_text).then(|| distinct.iter().map(|(kind, _)| *kind).collect());
        let values = Sorted::of(distinct.iter().map(|(_, text)| *text))?;
        Some(Self { values, kinds, rows: Rows::of(count, rows) })
    }

    /// Every value that occurs.
    pub fn values(&self) -> &Sorted {
        &self.values
    }

    /// The number of an account's value; `None`: it holds nothing.
    pub fn number(&self, account: usize) -> Option<usize> {
        let number = match &self.rows {
            Rows::All(all) => *all.get(account).filter(|number| **number != NONE)?,
            Rows::Few(few) => {
                let at = few.binary_search_by(|(row, _)| (*row as usize).cmp(&account)).ok()?;
                few.get(at)?.1
            }
        };
        Some(number as usize)
    }

    /// What an account holds.
    pub fn text(&self, account: usize) -> Option<&str> {
        self.number(account).map(|number| self.values.texts().get(number))
    }

    /// The same as it was read.
    pub(super) fn value(&self, account: usize) -> Option<Value> {
        let number = self.number(account)?;
        let text = self.values.texts().get(number);
        let kinds = self.kinds.as_deref().unwrap_or_default();
        Some(match kinds.get(number).unwrap_or(&Kind::Text) {
            Kind::Text => Value::Text(text.to_owned()),
            Kind::Flag => Value::Flag(text == "true"),
            Kind::Number => {
                text.parse().map_or_else(|_| Value::Text(text.to_owned()), Value::Number)
            }
        })
    }
}

impl Rows {
    fn of(count: usize, mut rows: Vec<(u32, u32)>) -> Self {
        if rows.len() < count / 2 {
            rows.sort_unstable();
            return Self::Few(rows.into());
        }
        let mut all = vec![NONE; count];
        for (row, number) in rows {
            if let Some(place) = all.get_mut(row as usize) {
                *place = number;
            }
        }
        Self::All(all.into())
    }
}
