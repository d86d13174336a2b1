//! How far the drive of a seat has come: what is in flight, what was looked up, what must be read yet.

use crate::engine::moment::Moment;
use crate::model::account::{AttributeName, Changed};
use crate::model::call::{CallId, Request};
use crate::model::commit::CommitId;
use crate::model::decision::Why;
use crate::model::ids::{GroupName, ScimId};
use crate::model::operation::Operation;
use crate::model::wish::Facet;
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, BTreeSet};

/// Reads in a row that fail before more events make them no more frequent.
const FAILS_ON: u32 = 3;
/// How long such reads wait at most after something new is asked for.
const SOON: SignedDuration = SignedDuration::from_secs(4);

/// Where the drive of a seat stands; lost with the owner, and rebuilt by reading.
#[derive(Clone, Debug, Default)]
pub struct Drive {
    /// What claims spoke of when the wish was asked last; `None`: not by this owner yet.
    pub claimed: Option<BTreeSet<Facet>>,
    /// The call in flight.
    pub open: Option<(CallId, Request)>,
    /// The revision that it was made for.
    pub open_for: u64,
    /// When this owner took the revision over: when it began an earlier one's clock said, which may not
    /// be ours.
    pub inherited_at: Option<Timestamp>,
    /// Reads in a row that failed, and the pause after the last. The pauses of writes are `Seat::tries`.
    pub attempt: u32,
    pub not_before: Option<Timestamp>,
    /// Calls in a row that missed their lease.
    pub not_sent: u32,
    /// The commit that must be in before `Seat::pending` may be called; `None`: it is.
    pub ahead_in: Option<CommitId>,
    /// What was looked up by in this round; what a person is looked up by may change meanwhile.
    looked_up: BTreeSet<(AttributeName, String)>,
    /// Why this round shows nothing, though it found nobody: one of its look-ups could not be made,
    /// or what it found contradicts the person.
    pub unproved: Option<Why>,
    /// The look-up in flight is of an earlier round: what it does not find proves nothing of this one.
    pub look_up_is_old: bool,
    /// What the seat is bound to is not the person's, as is known now: let go of with the answer to the
    /// call in flight.
    pub is_disproved: bool,
    /// The account that was let go of: the way back is its own.
    pub let_go_of: Option<ScimId>,
    /// Who has changed the account last, as the target told when it was read last.
    pub changed: Option<Box<Changed>>,
    /// When the last read of the account began.
    pub read_moment: Moment,
    /// And when it came back, by the clock.
    pub read_at: Option<Timestamp>,
    /// The account must have been read since.
    pub account_need: Moment,
    /// So it must before its groups are said to be as they should: of an account that has another id by
    /// now a group shows nothing.
    pub id_need: Moment,
    /// It must have been read since before anything but a cut is written: its id may be somebody else's
    /// by now.
    pub met_need: Moment,
    /// So must these groups.
    pub group_needs: BTreeMap<GroupName, Moment>,
    /// Operations that the provider will not do for this person, and why.
    pub given_up: Vec<(Operation, Why)>,
    /// When those are asked for again of somebody who is held: no other row would bring them back.
    pub ask_again_at: Option<Timestamp>,
    /// Attributes in one change, after one that was refused as a whole.
    pub apart: Option<usize>,
    /// How many ways to make the account were refused, and why the last was.
    pub creation: usize,
    pub creation_refused: Option<Why>,
    /// A reading call that the provider refused for this person.
    pub refused: Option<Why>,
    /// When the look-ups of this round began.
    pub lookup_moment: Moment,
    /// How many may go together in one call, after one that failed as a whole; `None`: as many as the
    /// target takes.
    pub together_most: Option<usize>,
}

impl Drive {
    /// Every look-up is to be made again.
    pub fn begin_round(&mut self) {
        self.looked_up.clear();
        self.unproved = None;
    }

    /// A look-up of this round has come back. Values are alike without case (RFC 7643 §4.1.1).
    pub fn has_looked_up(&mut self, attribute: &AttributeName, value: &str) {
        self.looked_up.insert((attribute.clone(), value.to_lowercase()));
    }

    /// Whether this round has a look-up by it behind it.
    pub fn was_looked_up(&self, attribute: &AttributeName, value: &str) -> bool {
        self.looked_up.contains(&(attribute.clone(), value.to_lowercase()))
    }

    pub fn has_begun_round(&self) -> bool {
        !self.looked_up.is_empty()
    }

    /// A look-up has come back, and does not say whether there is an account.
    pub fn show_nothing(&mut self, attribute: &AttributeName, value: &str, why: Why) {
        self.has_looked_up(attribute, value);
        self.unproved.get_or_insert(why);
    }

    /// Something new is asked for: a read that has failed is made again at once, and one that fails again
    /// and again soon. However much is said of a person, their reads work no sooner for it.
    pub fn read_soon(&mut self, now: Timestamp) {
        if self.attempt < FAILS_ON {
            (self.attempt, self.not_before) = (0, None);
        }
        let soon = now.checked_add(SOON).unwrap_or(now);
        self.not_before = self.not_before.map(|at| at.min(soon));
    }

    /// Begins a round of look-ups anew: what the person is looked up by may have changed.
    pub fn look_up_anew(&mut self) {
        self.begin_round();
        self.look_up_is_old = matches!(self.open, Some((_, Request::FindAccounts { .. })));
    }
}
