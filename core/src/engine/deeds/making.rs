//! Groups that are to be joined, are not there, and may be made.

use crate::engine::brakes::{self, Withheld};
use crate::engine::deeds::drive::write;
use crate::engine::deeds::groups::{Group, GroupId};
use crate::engine::deeds::plan::Plan;
use crate::engine::deeds::step::{Around, Step};
use crate::engine::deeds::tries;
use crate::engine::state::Seat;
use crate::model::ids::GroupName;
use crate::model::operation::Operation;
use std::collections::BTreeSet;

/// What a brake keeps of them is a row, and all else goes on beside it.
pub fn withhold(plan: &mut Plan, seat: &Seat, around: &Around<'_>) {
    let members = |group: &GroupName| around.members(group);
    let brakes = around.brakes(seat, &members);
    for name in may_be_made(plan, around) {
        let making = Operation::CreateGroup { name: name.clone() };
        let is_next = known(&name, around).is_some_and(|it| it.is_to_be_made(around.now));
        if let Some(why) = brakes::keeps(&making, brakes).filter(|_| is_next) {
            plan.withheld.push(Withheld::operation(making, why));
            plan.missing_groups.remove(&name);
        }
    }
}

/// Each is looked for once more first, and made by one of those who wait for it. While an earlier call may
/// make it, it is only looked for.
pub fn next(seat: &Seat, plan: &Plan, around: &Around<'_>) -> Option<Step> {
    let groups = may_be_made(plan, around);
    let known = |name: &GroupName| known(name, around);
    let is_to_be_made =
        |name: &&GroupName| known(name).is_some_and(|it| it.is_to_be_made(around.now));
    let pauses = groups.iter().filter_map(|name| known(name)?.not_made_before);
    if let Some(until) = pauses.filter(|until| *until > around.now).max() {
        return Some(Step::Wait(until));
    }
    if let Some(name) = groups.iter().find(is_to_be_made) {
        let making = Operation::CreateGroup { name: name.clone() };
        let pause = tries::pause_of(std::slice::from_ref(&making), seat, around.now);
        return Some(pause.map_or_else(|| write(seat, &making, plan, around), Step::Wait));
    }
    let again_at = |name: &GroupName| known(name)?.is_looked_for_again_at(around.now);
    let to_look_for: BTreeSet<GroupName> =
        groups.iter().filter(|name| again_at(name).is_none()).cloned().collect();
    if to_look_for.is_empty() {
        return groups.iter().filter_map(again_at).min().map(Step::Wait);
    }
    Some(Step::AwaitGroups(to_look_for))
}

fn may_be_made(plan: &Plan, around: &Around<'_>) -> BTreeSet<GroupName> {
    let is_one = |name: &&GroupName| {
        known(name, around).is_none_or(|group| {
            group.can_be_made() && matches!(group.id, GroupId::Missing | GroupId::ToMake)
        })
    };
    let makes = around.settings.create_groups;
    plan.missing_groups.iter().filter(|_| makes).filter(is_one).cloned().collect()
}

fn known<'a>(name: &GroupName, around: &Around<'a>) -> Option<&'a Group> {
    around.groups.get(name)
}
