//! Whom a removal took besides: usher stops taking people out of groups there, and puts them back.
//!
//! Only those are put back who were seen in the group just before the removal, whose wish allows it, and whom
//! nobody else can have taken: each spends a grant. All others whom usher knows are rows.

use super::{Desk, Turn};
use crate::engine::brakes::removals::RemovalStop;
use crate::engine::deeds::groups::Missing;
use crate::engine::state::{Before, Seat};
use crate::model::decision::NoteWord;
use crate::model::ids::{GroupName, PersonId, ScimId};
use crate::model::operation::Operation;
use crate::model::wish::{Facet, Membership, Presence, Wanted};

/// What a removal took besides.
#[derive(Debug)]
pub(in crate::engine) struct Took {
    pub stop: RemovalStop,
    missing: Missing,
}

impl Desk {
    /// Judges what a reading has shown to be missing after a removal, and tells whose removal it was.
    pub(super) fn judge_missing(
        &mut self,
        group: &GroupName,
        missing: Missing,
        turn: &mut Turn<'_>,
    ) -> Option<Took> {
        // A hidden account has no owner: nobody sees it. Whose it was is known all the same.
        let hidden =
            |account: &ScimId| self.seats.values().find(|seat| seat.shut.as_ref() == Some(account));
        let seat_of = |account: &ScimId| match self.owners.of(account) {
            Some(id) => self.seats.get(id),
            None => hidden(account),
        };
        let is_to_go = |account: &ScimId| {
            seat_of(account).is_some_and(|it| is_to_go(it, group) || may_be_out(it, account, group))
        };
        let gone: Vec<ScimId> = missing.gone.iter().filter(|it| !is_to_go(it)).cloned().collect();
        if !missing.is_too_many(gone.len()) {
            return None;
        }
        let strangers = gone.iter().filter(|it| self.owners.of(it).is_none()).count();
        let stop = RemovalStop {
            tenant: self.tenant.clone(),
            target: self.settings.name.clone(),
            group: group.clone(),
            missing: gone.len(),
            since: turn.books.today(),
        };
        for account in &missing.asked {
            let Some(id) = self.owners.of(account) else { continue };
            let Some(seat) = self.seats.get_mut(id) else { continue };
            let place = (&self.tenant, &self.settings.name, id);
            let note = (NoteWord::Held, stop.told(strangers));
            turn.books.ledger.note_once(place, seat, note, turn.books.now);
        }
        Some(Took { stop, missing: Missing { gone, ..missing } })
    }

    /// Notes the way back of those who went. Says who they are.
    pub(in crate::engine) fn note_taken(
        &mut self,
        took: &Took,
        turn: &mut Turn<'_>,
    ) -> Vec<PersonId> {
        let group = &took.stop.group;
        let mut back = Vec::new();
        for account in &took.missing.gone {
            let Some(id) = self.owners.of(account).cloned() else { continue };
            let Some(seat) = self.seats.get_mut(&id) else { continue };
            if !seat.wish.groups.contains_key(group) {
                let was = Before::Was(Wanted::Group(Membership::Member));
                let before = if took.missing.is_sure { was } else { Before::Unknown };
                seat.baseline.before.entry(Facet::Group(group.clone())).or_insert(before);
                turn.books.touch(&id);
            }
            back.push(id);
        }
        back
    }
}

/// Whether an earlier call without an answer, be it the last owner's, may have taken the account out.
fn may_be_out(seat: &Seat, account: &ScimId, group: &GroupName) -> bool {
    seat.unanswered.iter().any(|call| match &call.operation {
        Operation::RemoveMember { account: out, group: of } => out == account && of.name == *group,
        Operation::Create { .. }
        | Operation::Change { .. }
        | Operation::AddMember { .. }
        | Operation::CreateGroup { .. }
        | Operation::Delete { .. } => false,
    })
}

/// Whether the person may be gone by what is wanted of them, or was.
fn is_to_go(seat: &Seat, group: &GroupName) -> bool {
    seat.wish.active == Some(false)
        || seat.wish.account == Some(Presence::Absent)
        || seat.wish.groups.get(group) == Some(&Membership::Outside)
        || seat.shut.is_some()
}
