//! A provider whose accounts are changed by PUT alone: the client has read the account a moment ago,
//! and sends it back whole, with what is to be changed.
//!
//! What lands late writes what was read early: all that has changed since is undone, unless the provider
//! has versions.

use super::chance::Chance;
use super::provider::Provider;
use super::ways::failed;
use super::world::World;
use crate::model::{Call, Landed, Operation, Outcome, Reply, Request, Verdict};
use crate::provider::directory::User;
use crate::provider::model::{account_of, edits_of, outcome_of};
use jiff::{SignedDuration, Timestamp};

/// Whether the provider notices that somebody else has changed it since it was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Versions {
    Heeded,
    Unknown,
}

impl Versions {
    pub(super) fn draw(chance: &mut Chance) -> Self {
        if chance.happens(400) { Self::Heeded } else { Self::Unknown }
    }
}

/// What the client has read before it sends its change; `None`: there was no such account.
#[derive(Clone, Debug)]
pub struct Put {
    was: Option<User>,
    versions: Versions,
}

impl World {
    /// What a change is based on that leaves now; `None`: on nothing.
    pub(super) fn read_to_put(&self, call: &Call) -> Option<Put> {
        let versions = self.ways.puts?;
        let Request::Write(Operation::Change { account, .. }) = &call.request else {
            return None;
        };
        let provider = self.providers.get(&(call.tenant.clone(), call.target.clone()))?;
        let lag = self.ways.lag();
        let past = (!lag.is_zero()).then(|| provider.as_of(self.now - lag)).flatten();
        let shown = past.as_ref().unwrap_or(&provider.directory).shown_user(account.as_str());
        Some(Put { was: shown.cloned(), versions })
    }
}

impl Provider {
    /// Takes in a change by PUT.
    pub(super) fn put(
        &mut self,
        now: Timestamp,
        lag: SignedDuration,
        put: &Put,
        request: &Request,
    ) -> (u16, Outcome) {
        let (Request::Write(Operation::Change { account, active, attributes }), Some(was)) =
            (request, &put.was)
        else {
            return (404, Outcome::Done(Reply::Gone));
        };
        let is = self.directory.user(account.as_str()).map(|user| user.meta.version);
        if put.versions == Versions::Heeded && is.is_some_and(|is| is != was.meta.version) {
            return failed(412, Verdict::Again, Landed::No, "another version");
        }
        self.remember(now, lag);
        let mut fields = was.fields.clone();
        let mut edits = edits_of(was, *active, attributes);
        let edited = edits.try_for_each(|edit| edit.apply(&mut fields));
        let done = edited.and_then(|()| self.directory.replace_user(account.as_str(), &fields));
        match done {
            Ok(user) => (200, Outcome::Done(Reply::Account(account_of(user)))),
            Err(refusal) => (refusal.status(), outcome_of(&refusal)),
        }
    }
}
