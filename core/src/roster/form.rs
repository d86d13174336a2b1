//! What the configuration says of a list: whose export it is, and how it is written.

use super::column::Column;
use super::date::DayOrder;
use super::encoding::Encoding;
use super::preset::Preset;
use super::row::Standing;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

/// How a list is read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Form {
    /// What errors call the file.
    pub file: Arc<str>,
    /// `None`: told from how it begins.
    pub syntax: Option<Syntax>,
    /// `None`: UTF-8, or what the mark at the beginning says.
    pub encoding: Option<Encoding>,
    /// Of CSV; `None`: told from the header line.
    pub delimiter: Option<u8>,
    pub preset: Preset,
    /// Headers by what they say; before those of the preset.
    pub columns: BTreeMap<Column, String>,
    /// What words in the column `status` mean; before those of the preset.
    pub words: BTreeMap<String, Standing>,
    /// Before what the preset knows.
    pub days: DayOrder,
    /// What stands before the ids in the column `external_id`; before that of the preset.
    pub scheme: Option<String>,
    /// How many digits employee numbers have, if all have as many: shorter ones were spoilt.
    pub number_digits: Option<u8>,
}

/// How rows are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Syntax {
    Csv,
    /// A list of objects, or an object with one such list.
    Json,
    /// An object a line.
    JsonLines,
}

impl Syntax {
    /// What `text` looks like.
    pub(super) fn of(text: &str) -> Self {
        let text = text.trim_start();
        let first = text.lines().next().unwrap_or_default().trim_end();
        if text.starts_with('[') {
            return Self::Json;
        }
        if !text.starts_with('{') {
            return Self::Csv;
        }
        // A whole object on the first line, and another behind it.
        let is_whole = serde_json::from_str::<serde::de::IgnoredAny>(first).is_ok();
        let rest = text.get(first.len()..).unwrap_or_default().trim_start();
        if is_whole && rest.starts_with('{') { Self::JsonLines } else { Self::Json }
    }
}

impl Form {
    pub(super) fn scheme(&self) -> Option<&str> {
        self.scheme.as_deref().or(self.preset.scheme())
    }

    pub(super) fn days(&self) -> DayOrder {
        match self.days {
            DayOrder::Unsaid => self.preset.days(),
            said => said,
        }
    }

    /// What a word in the column `status` means, in small letters.
    pub(super) fn standing(&self, word: &str) -> Option<Standing> {
        let said = self.words.iter().find(|(known, _)| known.eq_ignore_ascii_case(word));
        let preset =
            || self.preset.words().iter().find(|(known, _)| known.eq_ignore_ascii_case(word));
        said.map(|(_, standing)| *standing).or_else(|| preset().map(|(_, standing)| *standing))
    }
}
