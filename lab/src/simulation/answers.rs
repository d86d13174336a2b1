//! What becomes of honest answers: lists that contradict themselves, nobody that is a 404, bodies that
//! are too large.
//!
//! Each is told as the client would tell it that does what it can with such an answer: it asks for the
//! list in every way that it knows, and says of none that it proves more than it shows.

use super::chance::Chance;
use super::rules::{QUARANTINE, VPN};
use super::ways::{Ways, failed, refused};
use crate::model::{Account, AttributeName, Landed, Outcome, Reply, Request, ScimId, Verdict};
use jiff::Timestamp;

/// Of a thousand list answers, so many contradict themselves while they do.
const UNSOUND: u64 = 600;
/// The accounts are told apart by so many remainders; those of one are too large.
const LARGE_ONE_OF: usize = 3;

/// What the client makes of a 404 to a look-up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NoHit {
    /// By the dialect's word, or because the list is known to be there: nobody.
    Known,
    /// That the address is wrong: of a thousand so many, for else the whole list had answered.
    Unknown(u64),
}

impl NoHit {
    pub(super) fn draw(chance: &mut Chance) -> Self {
        if chance.happens(500) {
            return Self::Known;
        }
        Self::Unknown(*chance.pick(&[100, 500, 1000]).unwrap_or(&500))
    }
}

/// What of accounts is too large.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    /// The whole of it, whatever is asked for.
    Account,
    /// The same, in lists as well.
    AccountAndLists,
    /// Their groups: they are read without.
    Groups,
}

/// What is too large.
#[derive(Clone, Debug)]
pub(super) struct Large {
    part: Part,
    /// Which accounts: those with this remainder.
    remainder: usize,
    /// 413, or a body that the client does not read to its end.
    status: u16,
    /// So is this group.
    pub(super) group: Option<&'static str>,
}

impl Large {
    pub(super) fn draw(chance: &mut Chance) -> Self {
        let parts = [Part::Account, Part::AccountAndLists, Part::Groups, Part::Groups];
        Self {
            part: *chance.pick(&parts).unwrap_or(&Part::Groups),
            remainder: chance.index(LARGE_ONE_OF),
            status: *chance.pick(&[200, 413]).unwrap_or(&413),
            group: *chance.pick(&[None, Some(VPN), Some(QUARANTINE)]).unwrap_or(&None),
        }
    }

    fn is_large(&self, account: &ScimId) -> bool {
        let sum: usize = account.as_str().bytes().map(usize::from).sum();
        sum % LARGE_ONE_OF == self.remainder
    }

    /// What is said of these accounts.
    fn trim(&self, accounts: &mut [Account], is_list: bool) -> Option<&'static str> {
        let mut large = accounts.iter_mut().filter(|account| self.is_large(&account.id));
        match self.part {
            Part::Groups => {
                large.for_each(|account| account.groups = None);
                None
            }
            Part::Account if is_list => None,
            Part::Account | Part::AccountAndLists => large.next().map(|_| "too large"),
        }
    }
}

impl Ways {
    /// What is said instead of what is so, and why.
    pub(super) fn twist(
        &self,
        request: &Request,
        (status, mut outcome): (u16, Outcome),
        chance: &mut Chance,
        now: Timestamp,
    ) -> ((u16, Outcome), Option<&'static str>) {
        if let (Some(large), Outcome::Done(reply)) = (&self.large, &mut outcome) {
            let too_large = match (request, reply) {
                (Request::ReadAccount { .. }, Reply::Account(account)) => {
                    large.trim(std::slice::from_mut(account), false)
                }
                (Request::FindAccounts { .. }, Reply::Accounts(found)) => large.trim(found, true),
                _ => None,
            };
            if let Some(why) = too_large {
                return (refused(large.status, why), Some(why));
            }
        }
        let hits = match (request, &outcome) {
            (Request::FindAccounts { .. }, Outcome::Done(Reply::Accounts(found))) => found.len(),
            (Request::FindGroups { .. }, Outcome::Done(Reply::Groups(found))) => found.len(),
            _ => return ((status, outcome), None),
        };
        if self.unsound_lists.is_some_and(|span| span.covers(now)) && chance.happens(UNSOUND) {
            return unsound(request, (status, outcome), chance);
        }
        match self.no_hit.filter(|_| hits == 0) {
            None => ((status, outcome), None),
            Some(NoHit::Unknown(often)) if chance.happens(often) => {
                let closed = failed(404, Verdict::Closed, Landed::No, "404; check the address");
                (closed, Some("nobody is a 404"))
            }
            Some(NoHit::Known | NoHit::Unknown(_)) => ((404, outcome), Some("nobody is a 404")),
        }
    }
}

/// A list that contradicts itself proves nothing but what it holds, and only of what one alone can have.
fn unsound(
    request: &Request,
    (status, outcome): (u16, Outcome),
    chance: &mut Chance,
) -> ((u16, Outcome), Option<&'static str>) {
    let by_user_name = matches!(request, Request::FindAccounts { attribute, .. } if *attribute == AttributeName::USER_NAME);
    let (holds_hits, what) = *chance
        .pick(&[
            (false, "the list is shorter than its own total: nothing of 1"),
            (true, "the list is longer than its own total: each stands there twice"),
            (false, "the list is shorter than its own total: the first is missing"),
            (true, "the list is shorter than its own total: it is cut"),
        ])
        .unwrap_or(&(false, "the list contradicts itself"));
    let has_hit = matches!(&outcome, Outcome::Done(Reply::Accounts(found)) if !found.is_empty());
    if by_user_name && holds_hits && has_hit {
        return ((status, outcome), Some(what));
    }
    (refused(200, what), Some(what))
}
