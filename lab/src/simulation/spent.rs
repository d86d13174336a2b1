//! In no window are more people changed than a target's limits allow, and nobody is who is protected.
//!
//! Counted from the calls that have left, over all owners; no counter of the engine is looked at.

use super::calls::show;
use super::checks::{Invariant, Violation};
use super::clocks::{JUMPS, SKEW};
use super::fact::Deed;
use super::oracle::Expected;
use super::owner::OwnerNumber;
use super::rules::QUARANTINE;
use super::seen::Place;
use super::taken_out::Removals;
use super::world::World;
use crate::engine::brakes::halt;
use crate::engine::brakes::kind::LimitKind;
use crate::model::wish::Facet;
use crate::model::{AttributeName, Call, CallId, Operation, Request};
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, BTreeSet};

/// A call starts so long at most after the commit that counts it.
const UNDER_WAY: SignedDuration = SignedDuration::from_mins(1);
const HOUR: SignedDuration = SignedDuration::from_hours(1);
const DAY: SignedDuration = SignedDuration::from_hours(24);

/// A person whom a call has changed.
#[derive(Clone, Copy, Debug)]
struct Change {
    at: Timestamp,
    person: usize,
    /// A security source has spoken of the person: the reserve may have let it through.
    is_urgent: bool,
}

/// Who was changed, by place and kind.
#[derive(Debug, Default)]
pub(super) struct Spent {
    changes: BTreeMap<(Place, LimitKind), Vec<Change>>,
    /// When the calls started that have not left, and for whom operators had let them go.
    started: BTreeMap<(OwnerNumber, CallId), (Timestamp, BTreeSet<usize>)>,
    pub(super) removals: Removals,
}

impl Spent {
    /// How many people were changed within a window that holds this instant, at most; with those whom
    /// the reserve may have let through, and without.
    fn most_within(
        &self,
        key: &(Place, LimitKind),
        at: Timestamp,
        window: SignedDuration,
    ) -> (usize, usize) {
        let changes = self.changes.get(key).map_or(&[][..], Vec::as_slice);
        let ends = changes.iter().map(|it| it.at).filter(|end| *end >= at && *end < at + window);
        let count = |end: Timestamp| {
            let inside = changes.iter().filter(|it| it.at <= end && it.at > end - window);
            let (mut all, mut others) = (BTreeSet::new(), BTreeSet::new());
            for change in inside {
                all.insert(change.person);
                if !change.is_urgent {
                    others.insert(change.person);
                }
            }
            (all.len(), others.len())
        };
        let counts: Vec<(usize, usize)> = ends.map(count).collect();
        let most = |of: fn(&(usize, usize)) -> usize| counts.iter().map(of).max().unwrap_or(0);
        (most(|it| it.0), most(|it| it.1))
    }
}

impl World {
    /// A call starts: it counts from now on, if it leaves.
    pub(super) fn note_start(&mut self, number: OwnerNumber, call: &Call, people: &[usize]) {
        let orders = &mut self.orders;
        let let_go = people.iter().copied().filter(|person| orders.spend(call, *person));
        self.spent.started.insert((number, call.id), (self.now, let_go.collect()));
    }

    /// A call leaves for the provider: whom it changes, and how, is counted.
    pub(super) fn count_call(&mut self, number: OwnerNumber, call: &Call) -> Result<(), Violation> {
        let Some((at, let_go)) = self.spent.started.remove(&(number, call.id)) else {
            return Ok(());
        };
        if !self.settings.guards.hold() {
            return Ok(());
        }
        if let_go.is_empty() {
            self.count_removal(number, call, at)?;
        }
        let place = (call.tenant.clone(), call.target.clone());
        for person in self.concerned(call) {
            // What somebody has approved is not counted.
            let kind =
                self.kind(number, (call, person), &place).filter(|_| !let_go.contains(&person));
            let Some(kind) = kind else { continue };
            let change = Change { at, person, is_urgent: self.is_urgent(person) };
            let key = (place.clone(), kind);
            self.spent.changes.entry(key.clone()).or_default().push(change);
            self.check_limit(&key, change)?;
        }
        Ok(())
    }

    fn check_limit(
        &self,
        key: &(Place, LimitKind),
        Change { at, person, .. }: Change,
    ) -> Result<(), Violation> {
        let kind = key.1;
        let skew = if self.settings.skews { SKEW * 2 + JUMPS } else { SignedDuration::ZERO };
        let (hour, day) = self.settings.guards.most(kind, self.company.people.len());
        let reserve = if kind == LimitKind::Cut { self.settings.guards.reserve() } else { 0 };
        for (window, most, reserve) in [(HOUR, hour, reserve), (DAY, day, reserve * 25)] {
            let Some(most) = most else { continue };
            let (all, others) = self.spent.most_within(key, at, window - skew - UNDER_WAY);
            if others > most || all > most + reserve {
                let what = format!(
                    "{all} people ({others} of whom no sensor spoke) are changed at {} within \
                     {window:#} by `{kind}`, and {most} may be",
                    key.0.1
                );
                return Err(Invariant::Brakes.broken(Some(person), what));
            }
        }
        Ok(())
    }

    fn is_urgent(&self, person: usize) -> bool {
        let is_of_sensor = |deed: &Deed| deed.is_security();
        self.facts(person).iter().any(|fact| is_of_sensor(&fact.deed))
    }

    /// What a call surely is to a person; `None`: nothing that counts, or nobody can tell from here.
    fn kind(
        &self,
        number: OwnerNumber,
        (call, person): (&Call, usize),
        place: &Place,
    ) -> Option<LimitKind> {
        // Whoever was made lately joins and gets access with that.
        let is_made = || {
            let known = self.company.people.get(person);
            let accounts = self.providers.get(place).zip(known);
            let accounts = accounts.map(|(provider, known)| provider.accounts_of(known));
            // Somebody else may have deleted it since: then the call is about nothing.
            let meant = match &call.request {
                Request::Write(operation) => operation.account().cloned(),
                _ => None,
            };
            let accounts = accounts.into_iter().flatten().map(|account| account.id);
            let mut accounts = accounts.chain(meant);
            accounts.any(|account| self.whose.is_made_by_usher(place, &account))
        };
        let granted = || (!is_made()).then_some(LimitKind::Grant);
        match &call.request {
            Request::AddMembers { group, .. } if group.name.as_str() == QUARANTINE => {
                Some(LimitKind::Cut)
            }
            Request::AddMembers { .. } => granted(),
            Request::Write(operation) => match operation {
                Operation::Create { .. } => Some(LimitKind::Create),
                Operation::Delete { .. } => Some(LimitKind::Delete),
                Operation::Change { active: Some(false), .. } => Some(LimitKind::Cut),
                Operation::Change { active: None, attributes, .. } => {
                    let is_lost = attributes.iter().any(|(name, field)| {
                        *name == AttributeName::USER_NAME || field.value().is_none()
                    });
                    is_lost.then_some(LimitKind::Change)
                }
                Operation::AddMember { group, .. } if group.name.as_str() == QUARANTINE => {
                    Some(LimitKind::Cut)
                }
                Operation::Change { active: Some(true), .. } | Operation::AddMember { .. } => {
                    granted()
                }
                Operation::RemoveMember { group, .. } if group.name.as_str() == QUARANTINE => {
                    Some(LimitKind::Grant)
                }
                Operation::RemoveMember { .. } => self.left(number, call, person),
                // Groups are nobody's.
                Operation::CreateGroup { .. } => None,
            },
            Request::FindAccounts { .. }
            | Request::ReadAccount { .. }
            | Request::FindGroups { .. }
            | Request::ListAccounts { .. }
            | Request::ListGroups { .. }
            | Request::ReadScope { .. }
            | Request::ReadMembers { .. } => None,
        }
    }

    /// What it counts as that somebody leaves a group: with a cut if they are to go, by itself if they stay;
    /// `None`: that has changed just now, or nobody knows what was before.
    fn left(&self, number: OwnerNumber, call: &Call, person: usize) -> Option<LimitKind> {
        let owner = self.owners.get(&number).filter(|_| !self.disturbed.contains(&person))?;
        let views = self.views((number, owner), call, person);
        let all = |is: fn(&Expected) -> bool| !views.is_empty() && views.iter().all(is);
        if all(|it| it.is_barred) {
            Some(LimitKind::Cut)
        } else {
            all(|it| it.active && !it.deletion_due).then_some(LimitKind::Leave)
        }
    }

    /// Nothing is written for whoever is protected, nor to such a group.
    pub(super) fn check_protected(&self, call: &Call, people: &[usize]) -> Result<(), Violation> {
        let guards = &self.settings.guards;
        let group = match &call.request {
            Request::AddMembers { group, .. } => Some(group.name.clone()),
            Request::Write(operation) => {
                halt::facets(operation).into_iter().find_map(|facet| match facet {
                    Facet::Group(group) => Some(group),
                    Facet::Account | Facet::Active | Facet::Attribute(_) => None,
                })
            }
            Request::FindAccounts { .. }
            | Request::ReadAccount { .. }
            | Request::FindGroups { .. }
            | Request::ListAccounts { .. }
            | Request::ListGroups { .. }
            | Request::ReadScope { .. }
            | Request::ReadMembers { .. } => return Ok(()),
        };
        let person = people.iter().copied().find(|person| guards.is_protected(*person));
        if person.is_none() && !group.is_some_and(|group| guards.protects_group(&group)) {
            return Ok(());
        }
        let what = format!("{}, and that is protected", show(&call.request));
        Err(Invariant::Brakes.broken(person, what))
    }
}
