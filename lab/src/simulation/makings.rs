//! Groups that usher makes: one of a name, written ahead, and no second one while the first may come.
//!
//! A provider takes two groups of one name without a word, and from then on nobody knows which is
//! meant. So a call that makes one leaves only after a look that no earlier call can have landed behind.

use super::calls::show;
use super::checks::{Invariant, Violation};
use super::clocks::JUMPS;
use super::log::Log;
use super::manners::Manner;
use super::oracle::Expected;
use super::owner::{OpenCall, OwnerNumber};
use super::rules::VPN;
use super::seen::Place;
use super::world::World;
use crate::engine::record::{Kept, decode};
use crate::model::{
    Answer, Call, CallId, GroupName, Landed, Operation, Outcome, Reply, Request, ScimId,
};
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, BTreeSet};

/// Of a thousand worlds with the manner so many have no VPN group at first.
const LACKS_VPN: u64 = 650;
/// How long it may be since the name was looked for.
const LOOKED_FOR_WITHIN: SignedDuration = SignedDuration::from_mins(1);

/// A group, by its name.
type Named = (Place, GroupName);

/// A call that may have made a group, or may yet.
#[derive(Clone, Copy, Debug)]
struct Making {
    owner: OwnerNumber,
    call: CallId,
    /// From then on it lands no more; `None`: it is open.
    over: Option<Timestamp>,
}

/// An owner was told that no group has the name.
#[derive(Clone, Copy, Debug)]
struct Missed {
    asked_at: Timestamp,
    told_at: Timestamp,
}

/// What usher has made, and may yet make.
#[derive(Debug, Default)]
pub(super) struct Makings {
    /// By name, those that got no answer that would say what came of them.
    open: BTreeMap<Named, Vec<Making>>,
    missed: BTreeMap<(OwnerNumber, Named), Missed>,
    made: BTreeSet<(Place, ScimId)>,
    /// When somebody last deleted the VPN's group.
    deleted_at: Option<Timestamp>,
}

impl Makings {
    /// Whether somebody has deleted the VPN's group, and everybody was out of it.
    pub(super) fn has_lost_vpn(&self) -> bool {
        self.deleted_at.is_some()
    }
}

impl World {
    /// The VPN's group may be missing at first; then nobody was in it.
    pub(super) fn may_begin_without_vpn(&mut self) {
        if !self.manners.has(Manner::MakesGroups) || !self.manners.chance.happens(LACKS_VPN) {
            return;
        }
        let before = self.company.people.iter_mut().filter_map(|it| it.before.as_mut());
        before.for_each(|before| before.in_vpn = false);
        self.providers.values_mut().for_each(|provider| provider.delete_group(VPN));
    }

    /// Somebody deletes the VPN's group.
    pub(super) fn delete_vpn(&mut self) {
        self.providers.values_mut().for_each(|provider| provider.delete_group(VPN));
        self.whose.lost_group(VPN);
        self.makings.deleted_at = Some(self.now);
    }

    /// Who was in the group before usher came is out of it for good once it was deleted; who is to be in
    /// it is let in again when that is seen.
    pub(super) fn may_lack_vpn(&self, expected: &Expected) -> bool {
        let healed = self.settings.timing.group_refresh + self.settings.settle();
        self.makings.deleted_at.is_some_and(|deleted_at| {
            self.now < deleted_at + healed || !expected.claims.contains(&"employed")
        })
    }

    /// A group is made by a call that is written ahead, after a look that shows what earlier calls did.
    pub(super) fn check_making(
        &mut self,
        number: OwnerNumber,
        call: &Call,
    ) -> Result<(), Violation> {
        let Some(named) = made_by(call) else { return Ok(()) };
        let broken = |what: &str| {
            let what = format!("{number} starts {}, {what}", show(&call.request));
            let person = call.person.as_ref().and_then(|id| self.audit.person(id));
            Err(Invariant::OneGroup.broken(person, what))
        };
        if !is_written_ahead(&self.log, call) {
            return broken("and no commit holds it");
        }
        let Some(missed) = self.makings.missed.get(&(number, named.clone())) else {
            return broken("and was not told that there is none");
        };
        if self.now.duration_since(missed.told_at) > LOOKED_FOR_WITHIN + JUMPS {
            return broken("and has not looked for it since long ago");
        }
        for making in self.makings.open.get(&named).into_iter().flatten() {
            match making.over {
                None => return broken("while another call that makes it is open"),
                Some(over) if missed.asked_at < over => {
                    return broken("and an earlier call may have made it since it was looked for");
                }
                Some(_) => {}
            }
        }
        let is_former = self.current != Some(number);
        let over = is_former.then(|| self.inherited_makings_are_over_at());
        let making = Making { owner: number, call: call.id, over };
        self.makings.open.entry(named).or_default().push(making);
        Ok(())
    }

    /// What former owners have called, or may call yet while their lease lasts, may land until then.
    fn inherited_makings_are_over_at(&self) -> Timestamp {
        self.taken_over_at + self.settings.timing.lease + self.settings.lands_within()
    }

    /// A new owner does not know what became of what is open.
    pub(super) fn doubt_inherited_makings(&mut self) {
        let over = self.inherited_makings_are_over_at();
        for making in self.makings.open.values_mut().flatten() {
            making.over.get_or_insert(over);
        }
    }

    /// An answer tells that there is no group of the name, or what came of making it.
    pub(super) fn note_making(&mut self, number: OwnerNumber, open: &OpenCall, answer: &Answer) {
        let place = (open.call.tenant.clone(), open.call.target.clone());
        if let (Request::FindGroups { name }, Outcome::Done(Reply::Groups(found))) =
            (&open.call.request, &answer.outcome)
        {
            let key = (number, (place, name.clone()));
            self.makings.missed.remove(&key);
            if found.is_empty()
                && let Some(owner) = self.owners.get(&number)
            {
                let asked_at = owner.clock.when(open.started_at);
                self.makings.missed.insert(key, Missed { asked_at, told_at: self.now });
            }
            return;
        }
        let Some(named) = made_by(&open.call) else { return };
        let may_land = match &answer.outcome {
            Outcome::Failed(failure) => failure.landed == Landed::Maybe,
            Outcome::Done(reply) => *reply == Reply::Accepted,
            Outcome::NotSent => false,
        };
        let over = self.now + self.settings.lands_within();
        let Some(all) = self.makings.open.get_mut(&named) else { return };
        let is_this = |it: &Making| (it.owner, it.call) == (number, open.call.id);
        if may_land {
            all.iter_mut().filter(|it| is_this(it)).for_each(|it| {
                it.over.get_or_insert(over);
            });
        } else {
            all.retain(|it| !is_this(it));
        }
    }

    /// The provider has made a group; none that usher has made before is there, too.
    pub(super) fn note_made(&mut self, call: &Call, outcome: &Outcome) -> Result<(), Violation> {
        let (Some((place, name)), Outcome::Done(Reply::Groups(made))) = (made_by(call), outcome)
        else {
            return Ok(());
        };
        let made = made.iter().map(|group| (place.clone(), group.id.clone()));
        self.makings.made.extend(made);
        let groups = self.providers.get(&place).map(|it| it.groups_called(name.as_str()));
        let groups = groups.unwrap_or_default().into_iter();
        let own = |id: String| self.makings.made.contains(&(place.clone(), ScimId::new(id)));
        if groups.filter(|group| own(group.id.clone())).count() > 1 {
            let person = call.person.as_ref().and_then(|id| self.audit.person(id));
            let what = format!("usher has made two groups {name} at {}", place.1);
            return Err(Invariant::OneGroup.broken(person, what));
        }
        Ok(())
    }
}

pub(super) fn makes_group(call: &Call) -> bool {
    made_by(call).is_some()
}

fn made_by(call: &Call) -> Option<Named> {
    let Request::Write(Operation::CreateGroup { name }) = &call.request else { return None };
    Some(((call.tenant.clone(), call.target.clone()), name.clone()))
}

/// Whether the person's record, as it is in the log, holds the call: as one that goes out, or, if
/// somebody else has the shard by now, as one of which nobody knows what came of it.
fn is_written_ahead(log: &Log, call: &Call) -> bool {
    let (Some(person), Request::Write(operation)) = (&call.person, &call.request) else {
        return false;
    };
    let key = format!("{}/{person}", call.tenant);
    let last = log.state().iter().rfind(|write| write.key == key);
    let Some(value) = last.and_then(|write| write.value.as_ref()) else { return false };
    decode::<Kept>(&key, value).is_ok_and(|kept| {
        kept.seats.get(&call.target).is_some_and(|seat| {
            let mut doubted = seat.unanswered.iter();
            seat.pending.contains(operation) || doubted.any(|it| it.operation == *operation)
        })
    })
}
