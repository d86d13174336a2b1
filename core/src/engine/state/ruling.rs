//! What operators have said of whose an account is, at one target.

use super::Seat;
use crate::model::ids::ScimId;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// How many accounts can be ruled out for a person at one target.
pub const RULED_OUT_MOST: usize = 16;

/// Which account is the person's by an operator's word, and which are not.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ruling {
    /// The person's, whatever it is called. It stands until that account is lost.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    account: Option<ScimId>,
    /// Not the person's, whatever leads to them.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    ruled_out: BTreeSet<ScimId>,
}

impl Ruling {
    pub fn is_empty(&self) -> bool {
        self.account.is_none() && self.ruled_out.is_empty()
    }

    /// The account that is the person's by an operator's word.
    pub fn account(&self) -> Option<&ScimId> {
        self.account.as_ref()
    }

    /// Whether nothing that operators said speaks against this account.
    pub fn allows(&self, account: &ScimId) -> bool {
        !self.ruled_out.contains(account) && self.account.as_ref().is_none_or(|it| it == account)
    }

    pub(in crate::engine) fn bind(&mut self, account: &ScimId) {
        self.ruled_out.remove(account);
        self.account = Some(account.clone());
    }

    /// Says whether there was room to remember it.
    pub(in crate::engine) fn rule_out(&mut self, account: &ScimId) -> bool {
        let has_room = self.ruled_out.len() < RULED_OUT_MOST || self.ruled_out.contains(account);
        if has_room {
            self.ruled_out.insert(account.clone());
            self.lose(account);
        }
        has_room
    }

    /// The account is not there any more, or its id is another's now: the word was about what it was.
    pub(in crate::engine) fn lose(&mut self, account: &ScimId) {
        self.account = self.account.take().filter(|it| it != account);
    }

    /// Takes in what was said of another record of the same person, who is `bound`. Gives the account
    /// that was said to be the person's and cannot be beside that.
    pub(in crate::engine) fn unite(
        &mut self,
        gone: Self,
        bound: Option<&ScimId>,
    ) -> Option<ScimId> {
        self.ruled_out.extend(gone.ruled_out);
        let own = self.account.as_ref().or(bound).cloned();
        let stray = match (&own, gone.account) {
            (Some(own), Some(other)) if *own != other => Some(other),
            (Some(_), Some(other)) => {
                self.account = Some(other);
                None
            }
            (None, other) => {
                self.account = other;
                None
            }
            (Some(_), None) => None,
        };
        for theirs in own.iter().chain(&self.account) {
            self.ruled_out.remove(theirs);
        }
        while self.ruled_out.len() > RULED_OUT_MOST {
            self.ruled_out.pop_first();
        }
        stray
    }
}

impl Seat {
    /// The account that is bound, or hidden, or to be read by an operator's word.
    pub fn own_account(&self) -> Option<&ScimId> {
        self.account().or(self.shut.as_ref()).or(self.ruling.account())
    }

    /// The account that an operator has bound and that was not read yet.
    pub fn ruled_account(&self) -> Option<&ScimId> {
        let account = self.ruling.account()?;
        (self.account() != Some(account) && self.shut.as_ref() != Some(account)).then_some(account)
    }

    /// Whether it is the person's account by an operator's word.
    pub fn is_bound_by_order(&self) -> bool {
        self.account().is_some() && self.account() == self.ruling.account()
    }
}
