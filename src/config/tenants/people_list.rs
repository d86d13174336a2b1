//! Lists of people: HR's roster, and what the identity provider exports.

use crate::config::strict;
use crate::roster::{Column, DayOrder, Encoding, Expect, Form, Preset, Standing, Syntax};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The keys `roster` and `idp` of a tenant.
#[derive(Clone, Debug, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PeopleList {
    /// The export. What its job says of it may lie beside it, in `FILE.manifest.json`.
    pub file: PathBuf,
    /// Whose export it is: what its headers, its words for a status and its days mean.
    #[serde(default, deserialize_with = "strict::deserialize")]
    pub preset: Preset,
    /// Headers by what they say, before those of the preset: { `employee_number`: Staff no }.
    #[serde(default, deserialize_with = "strict::deserialize")]
    pub columns: BTreeMap<Column, String>,
    /// What words for a status mean, before those of the preset: { Dormant: `on_leave` }.
    #[serde(default, deserialize_with = "strict::deserialize")]
    pub words: BTreeMap<String, Standing>,
    /// Which of two numbers before the year is the day, before what the preset knows.
    #[serde(default, deserialize_with = "strict::deserialize")]
    pub days: DayOrder,
    /// How rows are written; `null`: told from how the file begins.
    #[serde(default, deserialize_with = "strict::deserialize")]
    pub syntax: Option<Syntax>,
    /// How letters are written; `null`: UTF-8, or what the mark at the beginning says.
    #[serde(default, deserialize_with = "strict::deserialize")]
    pub encoding: Option<Encoding>,
    /// Between cells of CSV; `null`: told from the header line.
    #[serde(default)]
    pub delimiter: Option<char>,
    /// What stands before the ids in the column `external_id`, before that of the preset.
    #[serde(default)]
    pub scheme: Option<String>,
    /// How many digits employee numbers have, if all have as many: shorter ones were spoilt.
    #[serde(default)]
    pub number_digits: Option<u8>,
    /// Without a manifest beside it the list is not taken.
    #[serde(default)]
    pub requires_manifest: bool,
    /// The source that the manifest must name.
    #[serde(default)]
    pub source: Option<String>,
    /// What must hold of the list.
    #[serde(default)]
    pub expect: Expect,
    /// The SHA-256 of a list that somebody has looked at: it may be as small as it is.
    #[serde(default)]
    pub accepted: Option<String>,
}

impl PeopleList {
    /// How it is read; `file`: what errors call it.
    pub fn form(&self, file: &Path) -> Form {
        Form {
            file: file.display().to_string().into(),
            syntax: self.syntax,
            encoding: self.encoding,
            delimiter: self.delimiter.and_then(|sign| u8::try_from(sign).ok()),
            preset: self.preset,
            columns: self.columns.clone(),
            words: self.words.clone(),
            days: self.days,
            scheme: self.scheme.clone(),
            number_digits: self.number_digits,
        }
    }

    /// Everything that is wrong with it; each begins with the key and ends with the cure.
    pub(super) fn problems(&self, key: &str) -> Vec<String> {
        let mut problems = Vec::new();
        if self.delimiter.is_some_and(|sign| !sign.is_ascii() || sign == '"' || sign == '\n') {
            problems.push(format!("{key}.delimiter: is no sign of ASCII; say ; or , or \\t"));
        }
        for (column, header) in &self.columns {
            if header.trim().is_empty() {
                problems.push(format!(
                    "{key}.columns.{column}: is empty; name a header, or take it out"
                ));
            }
        }
        if self.words.keys().any(|word| word.trim().is_empty()) {
            problems.push(format!("{key}.words: a word is empty; take it out"));
        }
        if !self.requires_manifest && self.expect.rows_least.is_none() {
            problems.push(format!(
                "{key}.expect.rows_least: is missing, and no manifest is required; say how many rows the list \
                 has at least, or `requires_manifest: true`, or a list that was cut short would be believed"
            ));
        }
        for (name, percent) in [
            ("shrink_most", self.expect.shrink_most),
            ("department_shrink_most", self.expect.department_shrink_most),
        ] {
            if percent >= 100 {
                problems.push(format!(
                    "{key}.expect.{name}: {percent} percent lets everybody go at once; say less than 100"
                ));
            }
        }
        let digests = self.accepted.iter().map(|it| it.trim());
        let is_digest =
            |it: &str| it.len() == 64 && it.bytes().all(|sign| sign.is_ascii_hexdigit());
        if digests.into_iter().any(|it| !is_digest(it)) {
            problems.push(format!(
                "{key}.accepted: is no SHA-256; copy the one that the refusal of the list named"
            ));
        }
        problems
    }
}
