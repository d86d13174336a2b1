//! Rows of one record, in few bytes: a hundred thousand accounts are kept, and read at a look.

use crate::inventory::Row;
use crate::model::account::{AttributeName, Value};
use crate::model::ids::ScimId;
use crate::model::listing::{ListedAccount, ListedGroup};
use jiff::Timestamp;
use std::fmt;

/// The accounts of one record, and what it says of groups.
pub(super) struct Packed {
    /// The reading's.
    pub(super) number: u64,
    /// One account behind the other.
    bytes: Box<[u8]>,
    /// Where each begins.
    starts: Box<[u32]>,
    /// The attributes that occur.
    names: Box<[AttributeName]>,
    pub(super) groups: Vec<ListedGroup>,
    /// Members of groups; `None`: they are not shown.
    pub(super) members: Vec<(ScimId, Option<Vec<ScimId>>)>,
}

/// An account as it is kept.
#[derive(Clone, Copy)]
pub struct Account<'a> {
    part: &'a Packed,
    at: usize,
}

/// Reads what `Packer` wrote.
#[derive(Clone, Copy)]
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take<const LENGTH: usize>(&mut self) -> [u8; LENGTH] {
        let (first, rest) = self.0.split_first_chunk().unwrap_or((&[0; LENGTH], &[]));
        self.0 = rest;
        *first
    }

    fn bytes(&mut self) -> &'a [u8] {
        let length = u32::from_le_bytes(self.take()) as usize;
        let (bytes, rest) = self.0.split_at_checked(length).unwrap_or_default();
        self.0 = rest;
        bytes
    }

    fn time(&mut self) -> Option<Timestamp> {
        let seconds = i64::from_le_bytes(self.take());
        (seconds != i64::MIN).then(|| Timestamp::from_second(seconds).ok()).flatten()
    }
}

#[derive(Default)]
struct Packer {
    bytes: Vec<u8>,
    starts: Vec<u32>,
    names: Vec<AttributeName>,
}

impl Packer {
    fn text(&mut self, text: &str) {
        let length = u32::try_from(text.len()).unwrap_or(0);
        self.bytes.extend(length.to_le_bytes());
        self.bytes.extend(if length == 0 { &[] } else { text.as_bytes() });
    }

    fn time(&mut self, at: Option<Timestamp>) {
        let seconds = at.map_or(i64::MIN, Timestamp::as_second);
        self.bytes.extend(seconds.to_le_bytes());
    }

    fn account(&mut self, listed: &ListedAccount) {
        let ListedAccount { account, created } = listed;
        let Ok(start) = u32::try_from(self.bytes.len()) else { return };
        self.starts.push(start);
        self.text(account.id.as_str());
        self.bytes.push(match account.active {
            None => 2,
            Some(active) => u8::from(active),
        });
        self.time(*created);
        self.time(account.changed.as_ref().and_then(|changed| changed.at));
        let count = u16::try_from(account.attributes.len()).unwrap_or(u16::MAX);
        self.bytes.extend(count.to_le_bytes());
        for (name, value) in account.attributes.iter().take(count.into()) {
            let known = self.names.iter().position(|it| it == name).unwrap_or_else(|| {
                self.names.push(name.clone());
                self.names.len() - 1
            });
            self.bytes.extend(u16::try_from(known).unwrap_or(u16::MAX).to_le_bytes());
            self.bytes.push(match value {
                Value::Text(_) => 0,
                Value::Flag(_) => 1,
                Value::Number(_) => 2,
            });
            self.text(&value.to_text());
        }
    }
}

impl Packed {
    pub(super) fn of(number: u64, rows: Vec<Row>) -> Self {
        let mut packer = Packer::default();
        let (mut groups, mut members) = (Vec::new(), Vec::new());
        for row in rows {
            match row {
                Row::Account(account) => packer.account(&account),
                Row::Group(group) => groups.push(group),
                Row::Members { group, accounts } => members.push((group, Some(accounts))),
                Row::MembersUnknown { group } => members.push((group, None)),
                // Nothing of what stands beside accounts and groups is told to programs.
                Row::Found(_) => {}
            }
        }
        Self {
            number,
            bytes: packer.bytes.into(),
            starts: packer.starts.into(),
            names: packer.names.into(),
            groups,
            members,
        }
    }

    pub(super) fn len(&self) -> usize {
        self.starts.len()
    }

    pub(super) fn account(&self, index: usize) -> Option<Account<'_>> {
        let at = *self.starts.get(index)? as usize;
        Some(Account { part: self, at })
    }
}

impl<'a> Account<'a> {
    fn reader(self) -> Reader<'a> {
        Reader(self.part.bytes.get(self.at..).unwrap_or_default())
    }

    pub fn id(self) -> &'a str {
        text(self.reader().bytes())
    }

    /// `None`: the target does not say.
    pub fn active(self) -> Option<bool> {
        self.head().1
    }

    pub fn created(self) -> Option<Timestamp> {
        self.head().2
    }

    pub fn changed(self) -> Option<Timestamp> {
        self.head().3
    }

    /// What stands before the attributes, and a reader of these.
    fn head(self) -> (Reader<'a>, Option<bool>, Option<Timestamp>, Option<Timestamp>) {
        let mut reader = self.reader();
        reader.bytes();
        let active = match reader.take::<1>() {
            [0] => Some(false),
            [1] => Some(true),
            [_] => None,
        };
        let (created, changed) = (reader.time(), reader.time());
        (reader, active, created, changed)
    }

    /// Each attribute that was read: which one, the kind of its value, and the value.
    fn all(self) -> impl Iterator<Item = (u16, u8, &'a [u8])> {
        let mut reader = self.head().0;
        let count = u16::from_le_bytes(reader.take());
        (0..count).map(move |_| {
            let name = u16::from_le_bytes(reader.take());
            let [kind] = reader.take();
            (name, kind, reader.bytes())
        })
    }

    /// The value of an attribute, as text.
    pub fn text(self, name: &AttributeName) -> Option<&'a str> {
        let wanted = self.part.names.iter().position(|it| it == name)?;
        self.all().find(|(name, ..)| usize::from(*name) == wanted).map(|(.., value)| text(value))
    }

    /// All that was read.
    pub fn attributes(self) -> impl Iterator<Item = (&'a AttributeName, Value)> {
        self.all().filter_map(move |(name, kind, value)| {
            let text = text(value);
            let value = match kind {
                1 => Value::Flag(text == "true"),
                2 => text.parse().map_or_else(|_| Value::Text(text.to_owned()), Value::Number),
                _ => Value::Text(text.to_owned()),
            };
            Some((self.part.names.get(usize::from(name))?, value))
        })
    }
}

/// It was text when it was packed.
fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap_or_default()
}

/// Without what it says of people.
impl fmt::Debug for Packed {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { number, starts, .. } = self;
        out.debug_struct("Packed")
            .field("number", number)
            .field("accounts", &starts.len())
            .finish_non_exhaustive()
    }
}

/// Without what it says of somebody.
impl fmt::Debug for Account<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_tuple("Account").field(&self.id()).finish()
    }
}
