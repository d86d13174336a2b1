//! Many short texts in one buffer, each known by four bytes.

use super::keys::digest;
use std::collections::HashMap;

/// A text of one `Texts`; the first is none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Text(u32);

impl Text {
    /// Nothing is said.
    pub(crate) const NONE: Self = Self(0);

    /// Whether nothing is said.
    pub(crate) fn is_none(self) -> bool {
        self == Self::NONE
    }
}

/// The buffer. A million people are some twenty million texts, most of which repeat.
#[derive(Clone, Default)]
pub(crate) struct Texts {
    bytes: String,
    /// Where each text ends; it begins where the one before it ends.
    ends: Vec<u32>,
    /// Those that were added by `intern`, by their digest.
    interned: HashMap<u64, Text>,
    /// The buffer was full, so that something is lost.
    is_full: bool,
}

impl Texts {
    /// Keeps a text that will hardly come again.
    pub(crate) fn add(&mut self, text: &str) -> Text {
        if text.is_empty() {
            return Text::NONE;
        }
        let end = u32::try_from(self.bytes.len() + text.len());
        let number = u32::try_from(self.ends.len() + 1);
        let (Ok(end), Ok(number)) = (end, number) else {
            self.is_full = true;
            return Text::NONE;
        };
        self.bytes.push_str(text);
        self.ends.push(end);
        Text(number)
    }

    /// Keeps a text that many have, such as a department.
    pub(crate) fn intern(&mut self, text: &str) -> Text {
        if text.is_empty() {
            return Text::NONE;
        }
        let digest = digest(text);
        if let Some(known) = self.interned.get(&digest).copied()
            && self.get(known) == text
        {
            return known;
        }
        let new = self.add(text);
        self.interned.insert(digest, new);
        new
    }

    /// What it says; nothing for none.
    pub(crate) fn get(&self, text: Text) -> &str {
        let Some(index) = text.0.checked_sub(1).map(|it| it as usize) else { return "" };
        let begin = index.checked_sub(1).and_then(|before| self.ends.get(before)).copied();
        let end = self.ends.get(index).copied().unwrap_or_default();
        let range = begin.unwrap_or_default() as usize..end as usize;
        self.bytes.get(range).unwrap_or_default()
    }

    /// Whether texts were lost, for there were too many.
    pub(crate) fn is_full(&self) -> bool {
        self.is_full
    }

    /// Nothing more will come.
    pub(crate) fn close(&mut self) {
        self.interned = HashMap::new();
        self.bytes.shrink_to_fit();
        self.ends.shrink_to_fit();
    }
}
