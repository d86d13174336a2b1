//! The steps that a drive takes, and how it ends.

use crate::engine::brakes::{Brakes, Permitted, Withheld};
use crate::engine::deeds::groups::Group;
use crate::engine::people::names::Names;
use crate::engine::settings::TargetSettings;
use crate::model::Alias;
use crate::model::call::Request;
use crate::model::decision::Why;
use crate::model::ids::{GroupName, PersonId, ScimId};
use crate::model::operation::Operation;
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

/// Everything a step depends on besides the seat.
pub struct Around<'a> {
    pub id: &'a PersonId,
    pub aliases: &'a BTreeSet<Alias>,
    /// Whose each name of the tenant is.
    pub names: &'a Names,
    /// Why the account is not deleted, if it is to be.
    pub deletion: Option<Why>,
    /// The account of the person's manager, if it is known.
    pub manager: Option<&'a ScimId>,
    pub settings: &'a TargetSettings,
    pub groups: &'a BTreeMap<GroupName, Group>,
    /// Until when no account is made.
    pub no_creation_before: Option<Timestamp>,
    pub now: Timestamp,
}

impl Around<'_> {
    /// What may keep a call to the target.
    pub fn brakes(&self) -> Brakes<'_> {
        Brakes { mode: self.settings.mode, deletion: self.deletion.as_ref() }
    }
}

/// What a look at a seat has brought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Look {
    pub step: Step,
    /// What a brake keeps, though other things are done.
    pub withheld: Vec<Withheld>,
}

/// The next thing to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Start this reading call.
    Ask(Request),
    /// Call it, once all that goes ahead with it is committed as pending.
    Write(Permitted),
    /// These groups must be read first.
    AwaitGroups(BTreeSet<GroupName>),
    /// An answer will come.
    AwaitAnswer,
    /// Nothing before this instant.
    Wait(Timestamp),
    End(Ending),
}

/// How a drive ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ending {
    /// Account and wish agree, read back.
    Agrees,
    /// There is no account and none is wanted.
    NoAccount,
    /// It was made inactive, and is not shown since.
    Hidden,
    /// No account was found, and a cut was wanted: look again.
    Unverified(NotFound),
    /// Everything that may be done is done; the rest is for somebody to release, row by row.
    Held(Vec<Withheld>),
    /// Not written, only planned; and what would have been left out.
    Observed(Vec<Operation>, Option<Why>),
    Failed(Why),
}

/// What a round of look-ups that found nobody is worth.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotFound {
    /// Each of them says so.
    Proved,
    /// One of them says nothing, for this reason.
    Unproved(Why),
}
