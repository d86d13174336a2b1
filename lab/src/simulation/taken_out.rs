//! How many members may be taken out of a group within an hour: a share of those who were in it.
//!
//! Counted from the calls that have left, and from who is in the group in truth.

use super::checks::{Invariant, Violation};
use super::clocks::{JUMPS, SKEW};
use super::manners::Manner;
use super::owner::OwnerNumber;
use super::rules::QUARANTINE;
use super::seen::Place;
use super::world::World;
use crate::model::{Call, GroupName, Operation, Request, ScimId};
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, BTreeSet};

const HOUR: SignedDuration = SignedDuration::from_hours(1);
/// A call starts so long at most after the commit that counts it.
const UNDER_WAY: SignedDuration = SignedDuration::from_mins(1);
/// Where others change groups or accounts, or groups are not shown as they are, usher cannot know how
/// many are in one.
const BLURS: [Manner; 9] = [
    Manner::Vanishing,
    Manner::MovedAccounts,
    Manner::MovedGroup,
    Manner::DoubledGroup,
    Manner::MakesGroups,
    Manner::HugeGroup,
    Manner::LookAlikeGroups,
    Manner::LateReads,
    Manner::TooLarge,
];

/// Somebody was taken out.
#[derive(Clone, Debug)]
struct TakenOut {
    at: Timestamp,
    account: ScimId,
    /// How many were in it right before.
    members: usize,
}

/// Who was taken out of which group.
#[derive(Debug, Default)]
pub(super) struct Removals(BTreeMap<(Place, GroupName), Vec<TakenOut>>);

impl World {
    /// A call that nobody has let go leaves: it takes no more members out of a group than it may lose.
    pub(super) fn count_removal(
        &mut self,
        number: OwnerNumber,
        call: &Call,
        at: Timestamp,
    ) -> Result<(), Violation> {
        let Request::Write(Operation::RemoveMember { account, group }) = &call.request else {
            return Ok(());
        };
        let is_blurred = BLURS.into_iter().any(|manner| self.manners.has(manner));
        if group.name.as_str() == QUARANTINE || is_blurred || self.current != Some(number) {
            return Ok(());
        }
        let place = (call.tenant.clone(), call.target.clone());
        let Some(provider) = self.providers.get(&place) else { return Ok(()) };
        let groups = provider.groups_called(group.name.as_str());
        let Some(there) = groups.first() else { return Ok(()) };
        let members = there.members.len();
        // Who is not in it is taken out of nothing.
        if !there.members.iter().any(|member| member.as_str() == account.as_str()) {
            return Ok(());
        }
        let key = (place, group.name.clone());
        let all = self.spent.removals.0.entry(key).or_default();
        all.push(TakenOut { at, account: account.clone(), members });
        let skew = if self.settings.skews { SKEW * 2 + JUMPS } else { SignedDuration::ZERO };
        let since = at - (HOUR - skew - UNDER_WAY);
        let (mut gone, mut most) = (BTreeSet::new(), 0);
        for one in all.iter().filter(|one| one.at > since) {
            most = most.max(one.members + gone.len());
            gone.insert(&one.account);
        }
        match self.settings.guards.most_of_group(most) {
            Some(may) if gone.len() > may => {
                let what = format!(
                    "{} of {most} members of {} are taken out within an hour, and {may} may be",
                    gone.len(),
                    group.name
                );
                Err(Invariant::Brakes.broken(None, what))
            }
            _ => Ok(()),
        }
    }
}
