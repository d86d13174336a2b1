//! Two writers: what somebody else keeps changing back is no war.
//!
//! A facet that was seen to be as it is wanted, and is found otherwise three times within a day, is
//! contested until nobody has changed it for a day. What takes access is corrected on sight, with pauses
//! of up to five minutes; all else hourly.

use crate::engine::brakes::halt;
use crate::engine::deeds::plan::is_cut;
use crate::engine::state::{Contest, Seat};
use crate::model::account::{AttributeName, Changed};
use crate::model::code::Code;
use crate::model::decision::Why;
use crate::model::ids::GroupName;
use crate::model::operation::Operation;
use crate::model::wish::{Facet, Wish};
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeSet;

/// Facets remembered per seat.
const KEPT: usize = 16;
/// Between two corrections of what gives access, and of attributes.
const PAUSE: SignedDuration = SignedDuration::from_hours(1);
/// Between the first two cuts of what is contested; doubled with each, up to the second.
const CUT_FIRST: SignedDuration = SignedDuration::from_secs(10);
const CUT_LONGEST: SignedDuration = SignedDuration::from_mins(5);

/// Somebody else has changed what each of these operations puts right. Gives what is contested from now on.
pub fn found(
    seat: &mut Seat,
    operations: &[Operation],
    restricting: &BTreeSet<GroupName>,
    now: Timestamp,
) -> Vec<Facet> {
    let mut news = Vec::new();
    for operation in operations {
        let is_cut = is_cut(operation, restricting);
        for facet in halt::facets(operation).into_iter().filter(is_theirs) {
            let at = seat.contests.iter().position(|one| one.facet == facet);
            let known = at.map(|at| seat.contests.remove(at));
            let mut contest = known.unwrap_or_else(|| Contest::new(facet.clone(), now));
            let is_new = contest.found(now);
            contest.by = shown(seat, &facet);
            if is_new {
                news.push(facet);
            }
            let pause = match contest.since(now) {
                None => SignedDuration::ZERO,
                Some(_) if is_cut => pause_of_cut(contest.times()),
                Some(_) => PAUSE,
            };
            contest.correct_after(pause, now);
            make_room(&mut seat.contests);
            seat.contests.push(contest);
        }
    }
    news
}

/// Who has changed it, as far as the target shows that. An account tells nothing of who changes groups.
fn shown(seat: &Seat, facet: &Facet) -> Option<Changed> {
    match facet {
        Facet::Account | Facet::Active | Facet::Attribute(_) => {
            seat.drive.changed.as_deref().cloned()
        }
        Facet::Group(_) => None,
    }
}

/// Whose account a manager's is usher says, and that changes without anybody's doing.
fn is_theirs(facet: &Facet) -> bool {
    match facet {
        Facet::Attribute(name) => *name != AttributeName::MANAGER,
        Facet::Account | Facet::Active | Facet::Group(_) => true,
    }
}

fn pause_of_cut(times: u32) -> SignedDuration {
    let doubled = 2_i32.checked_pow(times.saturating_sub(1));
    let pause = doubled.and_then(|doubled| CUT_FIRST.checked_mul(doubled));
    pause.unwrap_or(CUT_LONGEST).min(CUT_LONGEST)
}

/// Makes room for one more facet: whoever was changed longest ago is forgotten.
fn make_room(contests: &mut Vec<Contest>) {
    while contests.len() >= KEPT {
        let oldest = contests.iter().enumerate().min_by_key(|(_, one)| one.last());
        let Some((oldest, _)) = oldest else { return };
        contests.remove(oldest);
    }
}

/// Of what is wanted otherwise than before nobody has changed anything back; and peace ends a contest.
pub fn begin_anew(seat: &mut Seat, before: &Wish, now: Timestamp) {
    let wish = &seat.wish;
    seat.contests
        .retain(|one| !one.is_over(now) && before.wanted(&one.facet) == wish.wanted(&one.facet));
}

/// Pauses that an earlier owner has set.
pub fn inherit(seat: &mut Seat, now: Timestamp) {
    seat.contests.iter_mut().for_each(|one| one.inherit(PAUSE, now));
}

/// Until when an operation is not made, for what it changes is contested; `None`: it may be made.
pub fn pause(seat: &Seat, operation: &Operation, now: Timestamp) -> Option<Timestamp> {
    if seat.contests.is_empty() {
        return None;
    }
    let due = |facet: &Facet| {
        let contest = seat.contests.iter().find(|one| one.facet == *facet);
        contest.filter(|one| one.since(now).is_some() && one.due() > now).map(Contest::due)
    };
    if let Some(access) = operation.access() {
        return due(&access);
    }
    // What is not contested keeps nothing waiting, and takes the rest along.
    let facets = halt::facets(operation);
    let dues: Option<Vec<Timestamp>> = facets.iter().map(due).collect();
    dues?.into_iter().min()
}

/// Whether something of a seat waits only because it is contested.
pub fn waits(seat: &Seat, now: Timestamp) -> bool {
    seat.contests.iter().any(|one| one.since(now).is_some() && one.due() > now)
}

/// Who it was, in words.
pub fn by(changed: Option<&Changed>) -> String {
    changed.map_or_else(|| "the target does not show who".to_owned(), ToString::to_string)
}

/// What is told when a contest begins.
pub fn why(seat: &Seat, facets: &[Facet]) -> Why {
    let names: Vec<String> = facets.iter().map(Facet::to_string).collect();
    let by: BTreeSet<String> = facets.iter().map(|facet| by(shown(seat, facet).as_ref())).collect();
    let text = format!(
        "another writer has changed {} back three times within a day ({}); what takes access is corrected \
         on sight, with pauses of up to five minutes, all else hourly, until nobody changes it for a day",
        names.join(", "),
        by.into_iter().collect::<Vec<_>>().join("; ")
    );
    Why::new(Code::ValueContested, names.first().map(String::as_str), text)
}
