//! Wish × account as known → operations: the smallest list that turns the one into the other.
//!
//! Cuts come first and need no knowledge; grants come only from what is known. Planning again on
//! the result gives nothing.

use crate::engine::brakes::{self, Brakes, Withheld};
use crate::engine::settings::TargetSettings;
use crate::engine::state::{Binding, Known, Seat};
use crate::model::account::{AttributeName, Value};
use crate::model::call::Request;
use crate::model::decision::Why;
use crate::model::hold::Effect;
use crate::model::ids::{GroupName, ScimId};
use crate::model::operation::{Field, GroupRef, Operation};
use crate::model::wish::{Membership, Presence, Wish};
use std::collections::{BTreeMap, BTreeSet};

/// What a target says about a group, as far as planning needs it.
pub trait Groups {
    /// The group's id; `None` if it is not known (yet), see [`Groups::is_missing`].
    fn reference(&self, name: &GroupName) -> Option<GroupRef>;
    /// The same, or the id under which it is listed, though it cannot be read by it.
    fn listed(&self, name: &GroupName) -> Option<GroupRef> {
        self.reference(name)
    }
    /// Looked for, and not there, or several times.
    fn is_missing(&self, name: &GroupName) -> bool;
    /// Several groups have this name.
    fn is_ambiguous(&self, _: &GroupName) -> bool {
        false
    }
    /// The target will not show its members, or will not say whether it is there.
    fn is_unreadable(&self, _: &GroupName) -> bool {
        false
    }
    /// Whether `account` is in it; `None` if it must be read first.
    fn is_member(&self, name: &GroupName, account: &ScimId) -> Option<bool>;
    /// Whether it was before usher changed anything; `None` if that is not known for certain.
    fn was_member(&self, name: &GroupName, account: &ScimId) -> Option<bool> {
        self.is_member(name, account)
    }
}

/// What is to be called, and what must be known first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// Take access; the first leaves at once.
    pub cuts: Vec<Operation>,
    /// Give access, or neither; only when no earlier call is in doubt.
    pub grants: Vec<Operation>,
    /// The account must be read before all can be planned.
    pub read_account: bool,
    /// So must these groups.
    pub read_groups: BTreeSet<GroupName>,
    /// Wanted as a member of a group that the target does not have.
    pub missing_groups: BTreeSet<GroupName>,
    /// Wanted outside of a group that the target does not show: it may have another name there.
    pub unfound_groups: BTreeSet<GroupName>,
    /// Several groups of the target have the name; nobody knows which is meant.
    pub ambiguous_groups: BTreeSet<GroupName>,
    /// The target will not even say whether there is such a group.
    pub unreadable_groups: BTreeSet<GroupName>,
    /// Attributes that the target refused.
    pub left_out: Vec<AttributeName>,
    /// Why the target does not do what is still wanted of it.
    pub refused: Vec<Why>,
    /// The target refused every way to make the account.
    pub creation_refused: Option<Why>,
    /// It cannot be undone, so it comes last, and waits for somebody.
    pub deletion: Option<Operation>,
    /// Something was left out, for the target would refuse it.
    pub unfit: Option<Why>,
    /// What a brake keeps. All else goes on beside it.
    pub withheld: Vec<Withheld>,
}

impl Plan {
    /// All that would be called, in its order; where the account is to go, nothing is given before.
    pub fn operations(&self) -> Vec<Operation> {
        let grants = if self.deletion.is_some() { &[][..] } else { &self.grants };
        self.cuts.iter().chain(grants).chain(&self.deletion).cloned().collect()
    }

    /// What is written ahead together: one commit serves it all.
    pub fn ahead(&self) -> Vec<Operation> {
        self.cuts.iter().chain(&self.grants).cloned().collect()
    }

    /// Takes out what a brake keeps. What contradicts itself keeps back all that gives, and no cut.
    pub fn withhold(&mut self, brakes: Brakes<'_>) {
        if self.cuts.is_empty() && self.grants.is_empty() && self.deletion.is_none() {
            return;
        }
        let ahead = self.ahead();
        let mut deletion: Vec<Operation> = self.deletion.take().into_iter().collect();
        for operations in [&mut self.cuts, &mut self.grants, &mut deletion] {
            self.withheld.extend(brakes::withhold(operations, brakes));
        }
        self.deletion = deletion.pop();
        if !brakes::is_sound(&ahead) {
            let grants = self.grants.drain(..);
            self.withheld.extend(grants.map(|it| Withheld::operation(it, brakes::unsound())));
        }
    }

    /// Whether access is to be taken yet, be it that a brake keeps it: then none is given.
    pub fn takes_access(&self, restricting: &BTreeSet<GroupName>) -> bool {
        let is_withheld = |it: &Withheld| match &it.effect {
            Effect::Operation(Operation::Delete { .. }) | Effect::WayBack(_) | Effect::Identity => {
                false
            }
            Effect::Operation(operation) => is_cut(operation, restricting),
        };
        !self.cuts.is_empty() || self.withheld.iter().any(is_withheld)
    }

    /// Account and wish agree, as far as anybody knows.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// Plans for a seat whose binding is settled. `wish` is the seat's, in the target's terms.
pub fn build(
    seat: &Seat,
    wish: &Wish,
    (restricting, groups): (&BTreeSet<GroupName>, &impl Groups),
) -> Plan {
    match &seat.binding {
        Binding::Unknown => Plan::default(),
        Binding::NoAccount => plan_creation(wish),
        Binding::Bound(account) => {
            let is_unwanted = wish.account == Some(Presence::Absent);
            let deletion = is_unwanted.then(|| Operation::Delete { account: account.clone() });
            let mut plan = Plan { deletion, ..Plan::default() };
            plan_account(&mut plan, account, wish, seat.known.as_ref());
            plan_groups(&mut plan, account, wish, (restricting, groups));
            plan
        }
    }
}

/// Only a wish for an account creates one, and never while it must not be active.
fn plan_creation(wish: &Wish) -> Plan {
    let mut plan = Plan::default();
    if wish.account == Some(Presence::Present) && wish.active != Some(false) {
        plan.grants.push(Operation::Create {
            active: wish.active.unwrap_or(true),
            attributes: given(wish),
        });
    }
    plan
}

/// What a new account gets; what is to be cleared is not there.
fn given(wish: &Wish) -> BTreeMap<AttributeName, Value> {
    let given = wish.attributes.iter();
    given.filter_map(|(name, field)| Some((name.clone(), field.value()?.clone()))).collect()
}

fn plan_account(plan: &mut Plan, account: &ScimId, wish: &Wish, known: Option<&Known>) {
    let known_active = known.and_then(|known| known.active);
    let active = wish.active.filter(|wanted| known_active != Some(*wanted));
    let Some(known) = known.and_then(|known| known.attributes.as_ref()) else {
        plan.read_account = wish.active.is_some() || !wish.attributes.is_empty();
        if active == Some(false) {
            plan.cuts.push(change(account, active, BTreeMap::new()));
        }
        return;
    };
    let attributes: BTreeMap<AttributeName, Field> = wish
        .attributes
        .iter()
        .filter(|(name, wanted)| !agrees(name, known.get(*name), wanted))
        .map(|(name, wanted)| (name.clone(), wanted.clone()))
        .collect();
    match active {
        // The cut goes alone: a provider that refuses an attribute must not keep the account open.
        Some(false) => {
            plan.cuts.push(change(account, Some(false), BTreeMap::new()));
            if !attributes.is_empty() {
                plan.grants.push(change(account, None, attributes));
            }
        }
        Some(true) => plan.grants.push(change(account, active, attributes)),
        None if !attributes.is_empty() => plan.grants.push(change(account, None, attributes)),
        None => {}
    }
}

fn change(
    account: &ScimId,
    active: Option<bool>,
    attributes: BTreeMap<AttributeName, Field>,
) -> Operation {
    Operation::Change { account: account.clone(), active, attributes }
}

/// Whether a provider's value is what was wanted; names and addresses are compared without case
/// (RFC 7643 §4.1.1), for some providers fold them.
pub fn agrees(name: &AttributeName, known: Option<&Value>, wanted: &Field) -> bool {
    let Some(wanted) = wanted.value() else { return known.is_none() };
    let Some(known) = known.map(Value::to_text) else { return false };
    let wanted = wanted.to_text();
    let folds = *name == AttributeName::USER_NAME || *name == AttributeName::WORK_EMAIL;
    known == wanted || folds && known.to_lowercase() == wanted.to_lowercase()
}

fn plan_groups(
    plan: &mut Plan,
    account: &ScimId,
    wish: &Wish,
    (restricting, groups): (&BTreeSet<GroupName>, &impl Groups),
) {
    for (name, wanted) in &wish.groups {
        let member = *wanted == Membership::Member;
        let is_cut = member == restricting.contains(name);
        // A cut is asked for even there; nobody is let into what may be another group by now.
        let group = if is_cut { groups.listed(name) } else { groups.reference(name) };
        let Some(group) = group else {
            let unknown = if groups.is_ambiguous(name) {
                &mut plan.ambiguous_groups
            } else if groups.is_missing(name) && member {
                &mut plan.missing_groups
            } else if groups.is_missing(name) {
                &mut plan.unfound_groups
            } else if groups.is_unreadable(name) {
                &mut plan.unreadable_groups
            } else {
                &mut plan.read_groups
            };
            unknown.insert(name.clone());
            continue;
        };
        let known = groups.is_member(name, account);
        if known == Some(member) {
            continue;
        }
        // Where nobody can read it, it is asked for unseen: being in or out already does no harm.
        if known.is_none() && !groups.is_unreadable(name) {
            plan.read_groups.insert(name.clone());
            if !is_cut {
                continue;
            }
        }
        let account = account.clone();
        let operation = if member {
            Operation::AddMember { account, group }
        } else {
            Operation::RemoveMember { account, group }
        };
        if is_cut { &mut plan.cuts } else { &mut plan.grants }.push(operation);
    }
}

/// Whether an operation gives access; nothing of the kind is called while an earlier call is in doubt.
pub fn is_cut(operation: &Operation, restricting: &BTreeSet<GroupName>) -> bool {
    match operation {
        Operation::Create { .. } | Operation::CreateGroup { .. } => false,
        Operation::Change { active, attributes, .. } => {
            *active == Some(false) && attributes.is_empty()
        }
        Operation::AddMember { group, .. } => restricting.contains(&group.name),
        Operation::RemoveMember { group, .. } => !restricting.contains(&group.name),
        Operation::Delete { .. } => true,
    }
}

/// A cut need not wait for a reading call or a grant of the same account. A creation is waited for:
/// until it has answered there is no id to cut.
pub fn may_be_abandoned(open: &Request, restricting: &BTreeSet<GroupName>) -> bool {
    match open {
        // A creation of this account, or what is asked for many.
        Request::Write(Operation::Create { .. }) | Request::AddMembers { .. } => false,
        Request::Write(operation) => !is_cut(operation, restricting),
        Request::FindAccounts { .. }
        | Request::ReadAccount { .. }
        | Request::FindGroups { .. }
        | Request::ListAccounts { .. }
        | Request::ListGroups { .. }
        | Request::ReadScope { .. }
        | Request::ReadMembers { .. } => true,
    }
}

/// Whether access is to be taken.
pub fn wants_cut(seat: &Seat, settings: &TargetSettings) -> bool {
    seat.wish.active == Some(false)
        || seat.wish.groups.iter().any(|(group, membership)| {
            let member = *membership == Membership::Member;
            member == settings.restricting_groups.contains(group)
        })
}
