//! The steps that a drive takes, and how it ends.

use crate::engine::brakes::counters::Counters;
use crate::engine::brakes::halt::{Demands, Halt};
use crate::engine::brakes::kind::{Bearing, LimitKind};
use crate::engine::brakes::limits::Denominator;
use crate::engine::brakes::limits::Limits;
use crate::engine::brakes::meter::Meter;
use crate::engine::brakes::protect::Stays;
use crate::engine::brakes::sensors::Sensors;
use crate::engine::brakes::{Brakes, Permitted, Withheld};
use crate::engine::deeds::groups::Group;
use crate::engine::people::names::Names;
use crate::engine::settings::TargetSettings;
use crate::engine::state::Seat;
use crate::model::Alias;
use crate::model::call::Request;
use crate::model::decision::Why;
use crate::model::hold::Hold;
use crate::model::ids::{GroupName, PersonId, ScimId};
use crate::model::operation::Operation;
use crate::model::wish::Presence;
use jiff::{SignedDuration, Timestamp};
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
    /// Groups that the person does not leave, so that somebody is left in each.
    pub stays: BTreeMap<GroupName, Stays>,
    /// Names and addresses of administrators and service accounts, as the target lists them, in small
    /// letters.
    pub administrators: &'a BTreeSet<String>,
    /// Until when no account is made.
    pub no_creation_before: Option<Timestamp>,
    /// The account must have been read since before anything is given to it.
    pub read_since: Option<Timestamp>,
    /// Who was changed here lately, and how many accounts are known.
    pub counters: &'a Counters,
    pub accounts: Denominator,
    pub sensors: Sensors<'a>,
    /// What operators have paused, and, where that asks for it, who demands what.
    pub halt: Halt<'a>,
    pub demands: Demands,
    /// What operators have rejected and still stands, though its row ended meanwhile.
    pub rejected: Vec<Hold>,
    pub now: Timestamp,
}

impl Around<'_> {
    /// What may keep a call for the seat; `members`: how many a group has.
    pub fn brakes<'b>(&'b self, seat: &'b Seat, members: &'b Members<'b>) -> Brakes<'b> {
        let is_metered = self.settings.limits != Limits::default();
        let meter = is_metered.then(|| Meter {
            limits: &self.settings.limits,
            counters: self.counters,
            charges: &seat.charges,
            accounts: self.accounts,
            bearing: bearing(seat, self.settings, self.now),
            ahead: &seat.pending,
            sensors: &self.sensors,
            members,
            now: self.now,
        });
        let deletion = self.deletion.as_ref();
        let bearing = bearing(seat, self.settings, self.now);
        let halt = (!self.halt.is_empty()).then_some((&self.halt, bearing, &self.demands));
        let shield = self.shield(seat);
        let (holds, rejected) = (&seat.holds, &self.rejected);
        Brakes { mode: self.settings.mode, deletion, holds, rejected, shield, halt, meter }
    }

    pub fn members(&self, group: &GroupName) -> Option<usize> {
        self.groups.get(group)?.members_known()
    }
}

/// How many members a group has.
pub type Members<'a> = dyn Fn(&GroupName) -> Option<usize> + 'a;

/// What the kinds of calls for a seat hang on.
pub fn bearing<'a>(seat: &Seat, settings: &'a TargetSettings, now: Timestamp) -> Bearing<'a> {
    let is_to_go = seat.wish.active == Some(false) || seat.wish.account == Some(Presence::Absent);
    let made = seat.charges.get(&LimitKind::Create);
    let is_made = made.is_some_and(|it| now.duration_since(it.at) <= A_DAY);
    Bearing { restricting: &settings.restricting_groups, is_to_go, is_made }
}

/// Whose account is so new joins groups by having it.
const A_DAY: SignedDuration = SignedDuration::from_hours(24);

/// What a look at a seat has brought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Look {
    pub step: Step,
    /// What a brake keeps, though other things are done.
    pub withheld: Vec<Withheld>,
    /// What the first of these names, for no row is about it.
    pub besides: Vec<Why>,
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
    /// Everything that may be done is done; the rest is for somebody to release, row by row. And what is
    /// not done besides, which no row is about: the first names it.
    Held(Vec<Withheld>, Vec<Why>),
    /// Not written, only planned; and what would have been left out.
    Observed(Vec<Operation>, Option<Why>),
    Failed(Why),
}

impl Ending {
    /// Waits for somebody, and nothing is left undone besides.
    pub fn held(withheld: Vec<Withheld>) -> Self {
        Self::Held(withheld, Vec::new())
    }
}

/// What a round of look-ups that found nobody is worth.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotFound {
    /// Each of them says so.
    Proved,
    /// One of them says nothing, for this reason.
    Unproved(Why),
}
