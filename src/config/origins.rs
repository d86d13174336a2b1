//! Where each value came from. Holds paths and origins, never a value: those may be secrets.

use config::{Value, ValueKind};
use std::collections::BTreeMap;
use std::fmt;

/// Paths such as `tenants[0].name` of everything that was said, with the variable that said it.
#[derive(Clone, Debug, Default)]
pub(super) struct Origins(BTreeMap<String, Option<String>>);

/// Who said it.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Origin<'a> {
    Default,
    File,
    Variable(&'a str),
}

impl Origins {
    /// Of the file and the environment, merged.
    pub(super) fn of(merged: &Value) -> Self {
        let mut origins = Self::default();
        origins.collect("", merged);
        origins
    }

    fn collect(&mut self, path: &str, value: &Value) {
        match &value.kind {
            ValueKind::Table(table) => {
                for (key, value) in table {
                    self.collect(&field(path, key), value);
                }
            }
            ValueKind::Array(array) => {
                for (index, value) in array.iter().enumerate() {
                    self.collect(&element(path, index), value);
                }
            }
            _ => {
                let origin = value.origin().map(str::to_owned);
                self.0.insert(path.to_owned(), origin);
            }
        }
    }

    /// Whether anything was said in the section at `path`.
    pub(super) fn any_below(&self, path: &str) -> bool {
        let section = format!("{path}.");
        self.0.keys().any(|key| key.starts_with(&section))
    }

    pub(super) fn find(&self, path: &str) -> Origin<'_> {
        match self.0.get(path) {
            None => Origin::Default,
            Some(None) => Origin::File,
            Some(Some(variable)) => Origin::Variable(variable),
        }
    }
}

/// The path of a field.
pub(super) fn field(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}

/// The path of an element of a list.
pub(super) fn element(path: &str, index: usize) -> String {
    format!("{path}[{index}]")
}

impl fmt::Display for Origin<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => out.write_str("default"),
            Self::File => out.write_str("file"),
            Self::Variable(name) => out.write_str(name),
        }
    }
}
