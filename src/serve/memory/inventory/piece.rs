//! Rows of one record, in few bytes, until a head says that they count.

use super::column::Kind;
use super::texts::Texts;
use crate::inventory::Row;
use crate::inventory::scope::{Found, Policy};
use crate::model::account::{AttributeName, Value};
use crate::model::ids::ScimId;
use crate::model::listing::{ListedAccount, ListedGroup};
use jiff::Timestamp;
use std::fmt;

/// The accounts of one record, and what it says of groups.
pub(super) struct Piece {
    /// The reading's.
    pub(super) number: u64,
    /// One account behind the other.
    bytes: Box<[u8]>,
    /// Where each begins.
    starts: Box<[u32]>,
    /// The attributes that occur.
    names: Box<[AttributeName]>,
    pub(super) groups: Box<[ListedGroup]>,
    /// Members of groups; `None`: they are not shown.
    pub(super) members: Box<[(ScimId, Option<Texts>)]>,
    /// Policies that the target shows, without the users whom they name.
    pub(super) policies: Box<[Policy]>,
}

/// An account that was packed.
#[derive(Clone, Copy)]
pub(super) struct Packed<'a> {
    piece: &'a Piece,
    at: usize,
}

/// What of it is no attribute.
pub(super) struct Head {
    pub(super) active: Option<bool>,
    /// Seconds.
    pub(super) created: Option<i64>,
    pub(super) changed: Option<i64>,
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

    /// It was text when it was packed.
    fn text(&mut self) -> &'a str {
        let length = u32::from_le_bytes(self.take()) as usize;
        let (bytes, rest) = self.0.split_at_checked(length).unwrap_or_default();
        self.0 = rest;
        std::str::from_utf8(bytes).unwrap_or_default()
    }

    fn seconds(&mut self) -> Option<i64> {
        Some(i64::from_le_bytes(self.take())).filter(|seconds| *seconds != i64::MIN)
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

impl Piece {
    pub(super) fn of(number: u64, rows: Vec<Row>) -> Self {
        let mut packer = Packer::default();
        let (mut groups, mut members, mut policies) = (Vec::new(), Vec::new(), Vec::new());
        for row in rows {
            match row {
                Row::Account(account) => packer.account(&account),
                Row::Group(group) => groups.push(group),
                Row::Members { group, accounts } => {
                    let texts = Texts::of(accounts.iter().map(ScimId::as_str));
                    members.push((group, Some(texts.unwrap_or_default())));
                }
                Row::MembersUnknown { group } => members.push((group, None)),
                Row::Found(Found::Policy(policy)) => {
                    policies.push(Policy { users: Vec::new(), ..policy });
                }
                // Nothing else of what stands beside accounts and groups is shown.
                Row::Found(
                    Found::User(_)
                    | Found::Group(_)
                    | Found::Device(_)
                    | Found::Administrator(_)
                    | Found::Token(_),
                ) => {}
            }
        }
        Self {
            number,
            bytes: packer.bytes.into(),
            starts: packer.starts.into(),
            names: packer.names.into(),
            groups: groups.into(),
            members: members.into(),
            policies: policies.into(),
        }
    }

    pub(super) fn accounts(&self) -> impl Iterator<Item = Packed<'_>> {
        self.starts.iter().map(|at| Packed { piece: self, at: *at as usize })
    }
}

impl<'a> Packed<'a> {
    fn reader(self) -> Reader<'a> {
        Reader(self.piece.bytes.get(self.at..).unwrap_or_default())
    }

    pub(super) fn id(self) -> &'a str {
        self.reader().text()
    }

    /// What stands before the attributes.
    pub(super) fn head(self) -> Head {
        self.parts().0
    }

    fn parts(self) -> (Head, Reader<'a>) {
        let mut reader = self.reader();
        reader.text();
        let active = match reader.take::<1>() {
            [0] => Some(false),
            [1] => Some(true),
            [_] => None,
        };
        let (created, changed) = (reader.seconds(), reader.seconds());
        (Head { active, created, changed }, reader)
    }

    /// Each attribute that was read.
    pub(super) fn attributes(self) -> impl Iterator<Item = (&'a AttributeName, Kind, &'a str)> {
        let mut reader = self.parts().1;
        let count = u16::from_le_bytes(reader.take());
        let names = &self.piece.names;
        (0..count).filter_map(move |_| {
            let name = u16::from_le_bytes(reader.take());
            let kind = match reader.take::<1>() {
                [1] => Kind::Flag,
                [2] => Kind::Number,
                [_] => Kind::Text,
            };
            let text = reader.text();
            Some((names.get(usize::from(name))?, kind, text))
        })
    }
}

/// Without what it says of people.
impl fmt::Debug for Piece {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { number, starts, .. } = self;
        out.debug_struct("Piece")
            .field("number", number)
            .field("accounts", &starts.len())
            .finish_non_exhaustive()
    }
}
