//! What to do next about one person at one target. One step at a time, always from the wish.
//!
//! Pure: it says the step, `shard` takes it. The order of the questions below *is* the safety:
//! cuts before reads, reads before grants, everything read back before it is called done.

use crate::engine::brakes::{self, Passed, Withheld};
use crate::engine::deeds::calls;
use crate::engine::deeds::doubts;
use crate::engine::deeds::ending::{
    contested, does_not_stick, ending, ending_of_hidden, held_besides,
};
use crate::engine::deeds::facets;
use crate::engine::deeds::groups::waits_for_account;
use crate::engine::deeds::limits;
use crate::engine::deeds::look::{self, is_contested, look_up};
use crate::engine::deeds::looks::{self, Asked};
use crate::engine::deeds::making;
use crate::engine::deeds::manager;
use crate::engine::deeds::plan::{self, Groups, Plan};
use crate::engine::deeds::shielding;
use crate::engine::deeds::showing;
use crate::engine::deeds::step::{Around, Ending, Look, NotFound, Step};
use crate::engine::deeds::tries;
use crate::engine::deeds::whose;
use crate::engine::moment::Moment;
use crate::engine::settings::Mode;
use crate::engine::state::{Binding, Seat, Stage};
use crate::model::account::AttributeName;
use crate::model::call::Request;
use crate::model::code::Code;
use crate::model::decision::Why;
use crate::model::ids::GroupName;
use crate::model::operation::Operation;
use jiff::Timestamp;
use std::collections::BTreeSet;

/// Takes in what time and others' reads have brought since the last look. Says whether what is kept of
/// the person has changed.
pub fn catch_up(seat: &mut Seat, around: &Around<'_>, moment: Moment) -> bool {
    doubts::arm(seat, around.now, moment);
    look::finish_look_up(seat, around);
    let has_changed = doubts::clear(seat, around.groups);
    if looks::are_due(seat, around.now) {
        let plan = plan_of(seat, around);
        let cuts = plan.cuts.into_iter().map(|operation| (operation, Asked::Cut));
        let grants = plan.grants.into_iter().map(|operation| (operation, Asked::Grant));
        // What a brake keeps by now may have been done before.
        let kept = plan.withheld.into_iter().filter_map(Withheld::into_operation);
        let kept = kept.map(|operation| (operation, Asked::Kept));
        let planned: Vec<(Operation, Asked)> = cuts.chain(grants).chain(kept).collect();
        for undone in looks::judge(seat, around.groups, &planned, around.now) {
            let why = does_not_stick(&undone);
            seat.drive.given_up.push((undone, why));
        }
        looks::arm(seat, &planned, (around.now, moment));
    }
    has_changed
}

/// Says the next step of a seat, and what waits for somebody meanwhile.
pub fn look(seat: &Seat, around: &Around<'_>) -> Look {
    let plan = plan_of(seat, around);
    let mut withheld = plan.withheld.clone();
    let mut besides = Vec::new();
    let step = next_step(seat, plan, around);
    if let Step::End(Ending::Held(rest, named)) = &step {
        withheld.clone_from(rest);
        besides.clone_from(named);
    }
    shielding::after_reading(Look { step, withheld, besides }, seat, around)
}

fn next_step(seat: &Seat, plan: Plan, around: &Around<'_>) -> Step {
    // At rest what is open is a read of a late call, and the cut waits for what it shows.
    let at_rest = matches!(seat.stage, Stage::AtRest { .. } | Stage::Stuck { .. });
    let is_cut_at_once = around.settings.mode == Mode::Enforce
        && !at_rest
        && seat.account().is_some()
        && !seat.drive.is_disproved;
    let cut = tries::next_of(&plan.cuts, seat, around.now).filter(|_| is_cut_at_once);
    if let Some((_, open)) = &seat.drive.open
        && !(cut.is_some() && plan::may_be_abandoned(open, &around.settings.restricting_groups))
    {
        return Step::AwaitAnswer;
    }
    // A read that failed keeps no cut waiting.
    if let Some(cut) = cut {
        return write(seat, cut, &plan, around);
    }
    if let Some(at) = seat.drive.not_before.filter(|at| *at > around.now) {
        return Step::Wait(at);
    }
    if let Some(why) = &seat.drive.refused {
        return Step::End(Ending::Failed(why.clone()));
    }
    if seat.wish.is_empty() && seat.unanswered.is_empty() {
        return Step::End(ending(seat, &Plan::default(), around));
    }
    match &seat.binding {
        Binding::Unknown => look_up(seat, around),
        Binding::NoAccount => without_account(seat, &plan, around),
        Binding::Bound(_) => with_account(seat, plan, around),
    }
}

/// What is to be done, without what was given up and what waits for somebody.
fn plan_of(seat: &Seat, around: &Around<'_>) -> Plan {
    let wish = manager::resolved(&seat.wish, around.manager);
    let around_groups = (&around.settings.restricting_groups, around.groups);
    let mut plan = plan::build(seat, &wish, around_groups);
    let known = seat.known.as_ref().and_then(|known| known.attributes.as_ref());
    limits::trim(&mut plan, known, around.settings.custom_attributes);
    facets::arrange(&mut plan, seat, around.now);
    let why = |operation: &Operation| {
        let mut given_up = seat.drive.given_up.iter();
        given_up.find(|(refused, _)| refused == operation).map(|(_, why)| why.clone())
    };
    plan.refused = plan.cuts.iter().chain(&plan.grants).filter_map(why).collect();
    plan.cuts.retain(|operation| why(operation).is_none());
    plan.grants.retain(|operation| why(operation).is_none());
    // What is only observed is told whole.
    if around.settings.mode == Mode::Enforce {
        let members = |group: &GroupName| around.members(group);
        plan.withhold(around.brakes(seat, &members));
        if !plan.missing_groups.is_empty() && !is_nobodys_yet(seat, around) {
            making::withhold(&mut plan, seat, around);
        }
    }
    plan
}

fn without_account(seat: &Seat, plan: &Plan, around: &Around<'_>) -> Step {
    // The account is gone, and what a call in doubt has done in a group is not known all the same.
    let groups = doubts::groups_to_read(seat);
    if !groups.is_empty() {
        return Step::AwaitGroups(groups);
    }
    // The account is there, hidden; another one beside it is no cure.
    if let Some(why) = showing::why_not_open(seat, plan) {
        return Step::End(Ending::Failed(why));
    }
    let reopening = showing::reopening(seat, plan);
    let Some(grant) = reopening.as_ref().or(plan.grants.first()) else {
        let refused = plan.refused.first().or(plan.creation_refused.as_ref());
        return Step::End(match refused {
            Some(why) => Ending::Failed(why.clone()),
            None if !plan.withheld.is_empty() => Ending::held(plan.withheld.clone()),
            None if seat.shut.is_some() => ending_of_hidden(seat),
            None if calls::has_deleted(seat) => Ending::NoAccount,
            None if plan::wants_cut(seat, around.settings) => Ending::Unverified(NotFound::Proved),
            None => Ending::NoAccount,
        });
    };
    if is_contested(around) || look::is_named_as_another(seat, around) {
        return Step::End(Ending::held(vec![contested()]));
    }
    if reopening.is_none() && seat.wish.value(&AttributeName::USER_NAME).is_none() {
        return Step::End(Ending::Failed(Why::new(
            Code::CreateNoUserName,
            Some("userName"),
            "an account is wanted, but no event gave a user name; \
             map `userName` in the rules' `profile`, or send it",
        )));
    }
    let grants = reopening.as_ref().map_or(plan.grants.as_slice(), std::slice::from_ref);
    let pause = match &reopening {
        Some(opening) => tries::pause_of_unseen(seat, opening, around.now),
        None => tries::pause_of(grants, seat, around.now),
    };
    let pause = pause.or(around.no_creation_before);
    let besides = || plan.grants.iter().find_map(|it| doubts::lands_besides(seat, it, around.now));
    // A hidden account has the groups that it had, and what was called in them may land yet.
    let reopens = || reopening.as_ref().and_then(|it| waits_until(it, seat, around));
    let in_doubt = doubts::not_readable_before(seat).or_else(besides).or_else(reopens);
    let alone = Plan { grants: grants.to_vec(), unfit: plan.unfit.clone(), ..Plan::default() };
    let waits = in_doubt.or(pause).filter(|_| around.settings.mode == Mode::Enforce);
    waits.map_or_else(|| write(seat, grant, &alone, around), Step::Wait)
}

fn with_account(seat: &Seat, plan: Plan, around: &Around<'_>) -> Step {
    if around.settings.mode == Mode::Observe {
        return observe(seat, plan, around);
    }
    // At rest, a cut that is planned for want of knowledge can wait for the knowledge.
    let at_rest = matches!(seat.stage, Stage::AtRest { .. } | Stage::Stuck { .. });
    if at_rest && let Some(step) = settle_doubts(seat, &plan, around) {
        return step;
    }
    if let Some(cut) = tries::next_of(&plan.cuts, seat, around.now) {
        return write(seat, cut, &plan, around);
    }
    if let Some(step) = settle_doubts(seat, &plan, around) {
        return step;
    }
    if let Some(step) = delete(seat, &plan, around) {
        return step;
    }
    let is_contested = is_nobodys_yet(seat, around);
    if !is_contested && let Some(step) = grant(seat, &plan, around) {
        return step;
    }
    let groups = if is_contested { None } else { making::next(seat, &plan, around) };
    if let Some(step) = groups.or_else(|| read_back(seat, &plan, around)) {
        return step;
    }
    if let Some(at) = tries::pause_of(&plan.cuts, seat, around.now) {
        return Step::Wait(at);
    }
    if is_contested && !(plan.grants.is_empty() && plan.missing_groups.is_empty()) {
        return Step::End(held_besides(contested(), seat, &plan, around));
    }
    let waits = plan.grants.iter().filter_map(|it| waits_until(it, seat, around));
    let waits = waits.chain(tries::pause_of(&plan.grants, seat, around.now)).min();
    if let Some(at) = waits {
        return Step::Wait(at);
    }
    let ending = ending(seat, &plan, around);
    // Who is held is not read when the shard changes hands; who is no longer held is.
    if ending == Ending::Agrees && seat.drive.read_moment == 0 {
        return ask_account(seat);
    }
    Step::End(ending)
}

/// Whether a name leads two people to the account: that takes nothing from one that a number or an
/// operator proves.
fn is_nobodys_yet(seat: &Seat, around: &Around<'_>) -> bool {
    is_contested(around) && !whose::is_surely_theirs(seat, around.aliases)
}

/// What is given next. While a cut pauses no access is given; an attribute gives none. Whatever it is,
/// it is given to an account that was seen to be the person's since the revision began.
fn grant(seat: &Seat, plan: &Plan, around: &Around<'_>) -> Option<Step> {
    let takes_access = plan.takes_access(&around.settings.restricting_groups);
    let may_go: Vec<Operation> = plan
        .grants
        .iter()
        .filter(|it| !takes_access || gives_no_access(it))
        .filter(|it| waits_until(it, seat, around).is_none())
        .cloned()
        .collect();
    let next = tries::next_of(&may_go, seat, around.now)?;
    if !is_met(seat, around) {
        return Some(ask_account(seat));
    }
    Some(write(seat, next, plan, around))
}

/// The account goes, once somebody has let it go: last of all, and only if it was seen to be the
/// person's since the revision began. Nothing is given before.
fn delete(seat: &Seat, plan: &Plan, around: &Around<'_>) -> Option<Step> {
    let deletion = plan.deletion.as_ref().filter(|_| plan.cuts.is_empty())?;
    if !is_met(seat, around) {
        return Some(ask_account(seat));
    }
    let pause = tries::pause_of(std::slice::from_ref(deletion), seat, around.now);
    Some(pause.map_or_else(|| write(seat, deletion, plan, around), Step::Wait))
}

/// Whether the account was seen to be the person's lately enough: since the revision began, since they
/// were last held, and since the target was last away.
fn is_met(seat: &Seat, around: &Around<'_>) -> bool {
    let is_after = |since| seat.drive.read_at.is_some_and(|at| at >= since);
    seat.drive.read_moment >= seat.drive.met_need
        && (seat.account().is_none() || around.read_since.is_none_or(is_after))
}

fn gives_no_access(operation: &Operation) -> bool {
    matches!(operation, Operation::Change { active: None, .. })
}

/// Until when an earlier call keeps what is to be given.
fn waits_until(grant: &Operation, seat: &Seat, around: &Around<'_>) -> Option<Timestamp> {
    let unseen = doubts::unseen_until(seat);
    let unseen = unseen.filter(|at| *at > around.now && !gives_no_access(grant));
    doubts::lands_besides(seat, grant, around.now).max(unseen)
}

/// Reads what must be known before anything is granted.
fn settle_doubts(seat: &Seat, plan: &Plan, around: &Around<'_>) -> Option<Step> {
    if let Some(at) = doubts::not_readable_before(seat) {
        return Some(Step::Wait(at));
    }
    let doubtful = seat.unanswered.iter().any(|call| !call.read);
    let is_asked = plan.read_account || waits_for_account(around.groups, &plan.grants);
    if is_asked || doubtful && seat.drive.read_moment < seat.drive.account_need {
        return Some(ask_account(seat));
    }
    let mut groups = plan.read_groups.clone();
    if doubtful {
        groups.extend(unread_groups(seat, around));
    }
    (!groups.is_empty()).then_some(Step::AwaitGroups(groups))
}

/// Reads back what was changed; `applied` is said of nothing less. While something fails, only what
/// the target has said yes to.
fn read_back(seat: &Seat, plan: &Plan, around: &Around<'_>) -> Option<Step> {
    let mut planned = plan.cuts.iter().chain(&plan.grants);
    let fails = planned.any(|operation| tries::has_failed(seat, operation, around.now));
    let reads_account = !fails || tries::has_said_yes(seat, None);
    if reads_account && seat.drive.read_moment < seat.drive.account_need {
        return Some(ask_account(seat));
    }
    let reads = |group: &GroupName| !fails || tries::has_said_yes(seat, Some(group));
    let groups: BTreeSet<GroupName> = unread_groups(seat, around).filter(reads).collect();
    if !groups.is_empty() {
        return Some(Step::AwaitGroups(groups));
    }
    let is_done = plan.cuts.is_empty() && plan.grants.is_empty();
    (is_done && seat.drive.read_moment < seat.drive.id_need).then(|| ask_account(seat))
}

fn observe(seat: &Seat, plan: Plan, around: &Around<'_>) -> Step {
    if plan.read_account {
        return ask_account(seat);
    }
    if !plan.read_groups.is_empty() {
        return Step::AwaitGroups(plan.read_groups);
    }
    if let Some(step) = read_back(seat, &plan, around) {
        return step;
    }
    Step::End(Ending::Observed(plan.operations(), plan.unfit))
}

/// What is written ahead with the next call of a plan. Whatever else is wrong with the plan, it keeps no
/// cut back.
pub(in crate::engine) fn ahead_of(operation: &Operation, plan: &Plan) -> Vec<Operation> {
    let mut ahead = plan.ahead();
    if !ahead.contains(operation) {
        ahead.push(operation.clone());
    }
    if plan.cuts.contains(operation) && !brakes::is_sound(&ahead) {
        ahead = vec![operation.clone()];
    }
    ahead
}

/// The next call of a plan, if no brake keeps it.
pub(super) fn write(seat: &Seat, operation: &Operation, plan: &Plan, around: &Around<'_>) -> Step {
    let members = |group: &GroupName| around.members(group);
    match brakes::pass(operation, ahead_of(operation, plan), around.brakes(seat, &members)) {
        Passed::Permitted(permitted) => Step::Write(permitted),
        Passed::Held(why) => {
            let mut withheld = plan.withheld.clone();
            withheld.push(Withheld::operation(operation.clone(), why));
            Step::End(Ending::held(withheld))
        }
        Passed::Observed => Step::End(Ending::Observed(plan.operations(), plan.unfit.clone())),
    }
}

fn ask_account(seat: &Seat) -> Step {
    match seat.account() {
        Some(account) => Step::Ask(Request::ReadAccount { account: account.clone() }),
        None => Step::End(Ending::NoAccount),
    }
}

/// Groups whose last read is older than what was done to them.
fn unread_groups(seat: &Seat, around: &Around<'_>) -> impl Iterator<Item = GroupName> {
    let is_unread = |(name, need): &(&GroupName, &Moment)| {
        let read = around.groups.get(*name).map_or(0, |group| group.read_moment);
        let groups = around.groups;
        read < **need && !groups.is_missing(name) && !groups.is_unreadable(name)
    };
    seat.drive.group_needs.iter().filter(is_unread).map(|(name, _)| name.clone())
}
