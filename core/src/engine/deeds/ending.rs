//! What is said when nothing is left to do: the worst first.

use crate::engine::brakes::Withheld;
use crate::engine::deeds::facets;
use crate::engine::deeds::groups::Group;
use crate::engine::deeds::plan::Plan;
use crate::engine::deeds::step::{Around, Ending};
use crate::engine::people::remark;
use crate::engine::state::Seat;
use crate::model::call_record::Action;
use crate::model::code::Code;
use crate::model::decision::Why;
use crate::model::hold::Effect;
use crate::model::ids::GroupName;
use crate::model::operation::Operation;
use crate::model::wish::Facet;

pub(in crate::engine) fn ending(seat: &Seat, plan: &Plan, around: &Around<'_>) -> Ending {
    let trouble = trouble(seat, plan, around);
    let is_call = |it: &Withheld| matches!(it.effect, Effect::Operation(_));
    // Whoever lets a call go must not find the person stuck for a day over something else.
    if let Some(why) = trouble.clone().filter(|_| !plan.withheld.iter().any(is_call)) {
        return Ending::Failed(why);
    }
    let left_out = plan.unfit.clone().or_else(|| facets::why_left_out(&plan.left_out));
    // What waits for somebody goes before an attribute, and names it: no other row would.
    let mut withheld = plan.withheld.clone();
    withheld.extend(no_way_back(seat));
    if !withheld.is_empty() {
        return besides(withheld, trouble.into_iter().chain(left_out).collect());
    }
    left_out.map_or(Ending::Agrees, Ending::Failed)
}

/// What keeps the person from being where they should be, and nobody can let go.
fn trouble(seat: &Seat, plan: &Plan, around: &Around<'_>) -> Option<Why> {
    if let Some(why) = plan.refused.first() {
        return Some(why.clone());
    }
    if let Some(group) = plan.missing_groups.first() {
        return Some(missing(group, around));
    }
    if let Some(why) = group_trouble(seat, plan, around) {
        return Some(why);
    }
    let text = "the person was known as two and each has an account here; all was done for one of them; \
                say by `usher bind` which one is theirs, or delete or rename the other at the target";
    let is_several = !seat.strays.is_empty();
    is_several.then(|| Why::new(Code::AccountSeveral, Some("userName"), text))
}

/// Who is held for another reason, and is not where they should be besides: no other row would say so.
pub(in crate::engine) fn held_besides(
    held: Withheld,
    seat: &Seat,
    plan: &Plan,
    around: &Around<'_>,
) -> Ending {
    let refused = plan.refused.first().cloned();
    let trouble = refused.or_else(|| group_trouble(seat, plan, around));
    let withheld = std::iter::once(held).chain(plan.withheld.iter().cloned()).collect();
    besides(withheld, trouble.into_iter().collect())
}

/// What no row of its own tells is told with the first.
fn besides(mut withheld: Vec<Withheld>, left_out: Vec<Why>) -> Ending {
    if let Some(first) = withheld.first_mut() {
        for why in &left_out {
            first.why.text = format!("{}. Besides, {}", first.why.text, why.text);
        }
    }
    Ending::Held(withheld, left_out)
}

/// A name of the person's is somebody else's, too.
pub(in crate::engine) fn contested() -> Withheld {
    Withheld { effect: Effect::Identity, why: remark::contested() }
}

/// The account that usher has made inactive is not shown, and nothing is to be called for it.
pub(in crate::engine) fn ending_of_hidden(seat: &Seat) -> Ending {
    let is_asked = seat.unreturnable.contains(&Facet::Active);
    if is_asked { Ending::held(no_way_back(seat).collect()) } else { Ending::Hidden }
}

/// A row for each facet; the first names them all.
fn no_way_back(seat: &Seat) -> impl Iterator<Item = Withheld> {
    let row = |facet: &Facet| Withheld {
        effect: Effect::WayBack(facet.clone()),
        why: why_no_way_back(seat),
    };
    seat.unreturnable.iter().map(row)
}

fn why_no_way_back(seat: &Seat) -> Why {
    let facets: Vec<String> = seat.unreturnable.iter().map(Facet::to_string).collect();
    let text = format!(
        "the claim has ended, but nobody saw what was so before it ({}); what usher gave \
         for it is taken back, all else is left as it is, and somebody must say whether access is given",
        facets.join(", ")
    );
    Why::new(Code::BaselineUnknown, facets.first().map(String::as_str), text)
}

fn missing(group: &GroupName, around: &Around<'_>) -> Why {
    let refused = around.groups.get(group).and_then(Group::why_not_made);
    let refused = refused.map(|what| format!(", and would not make it ({what})"));
    let refused = refused.unwrap_or_default();
    let text =
        format!("the target has no group `{group}`{refused}; create it there, or mend the rule");
    Why::new(Code::GroupMissing, Some("groups"), text)
}

/// Nothing was proved of these groups, so nothing is said of them but that.
fn group_trouble(seat: &Seat, plan: &Plan, around: &Around<'_>) -> Option<Why> {
    if let Some(group) = plan.ambiguous_groups.first() {
        let text = format!(
            "the target has several groups `{group}`, and nobody knows which is meant; nobody was let \
             in or taken out; rename all but one of them there"
        );
        return Some(Why::new(Code::GroupAmbiguous, Some("groups"), text));
    }
    if let Some(group) = plan.unfound_groups.first() {
        let text = format!(
            "the person is to be out of `{group}`, and the target shows no such group: it may have \
             another name there; name it so again, or mend the rule"
        );
        return Some(Why::new(Code::GroupNotFound, Some("groups"), text));
    }
    if let Some(group) = plan.unreadable_groups.first() {
        let text = format!(
            "the target does not say whether there is a group `{group}`, or lists it and does not have it; \
             nobody was let in or taken out; look there"
        );
        return Some(Why::new(Code::GroupUnreadable, Some("groups"), text));
    }
    let unproved = seat.drive.group_needs.iter().find(|(name, need)| {
        let group = around.groups.get(*name);
        seat.wish.groups.contains_key(*name)
            && group.is_some_and(|group| group.is_unproved(seat.account(), **need))
    });
    let (group, _) = unproved?;
    let text = format!(
        "the target does not show the members of `{group}`: what was to be done was asked for, and \
         nobody can see whether it was; look there"
    );
    Some(Why::new(Code::GroupUnreadable, Some("groups"), text))
}

pub(in crate::engine) fn does_not_stick(operation: &Operation) -> Why {
    let text = format!(
        "the target said yes to `{}` and did not show it, however often it was looked at",
        Action::of(operation).word()
    );
    Why::new(Code::ChangeDoesNotStick, None, text)
}
