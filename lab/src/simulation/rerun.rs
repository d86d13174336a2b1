//! A worker that knows the history alone meets the accounts as they are, and must change none.

use super::calls::{is_grant, show};
use super::checks::{Invariant, Violation, breach};
use super::oracle::identity::{self, Part};
use super::provider::Provider;
use super::world::World;
use crate::engine::state::Person;
use crate::engine::{Input, Shard, will::wish};
use crate::host::{Host, Turn};
use crate::model::{Answer, Call, Operation, Precedence, Request, ScimId, TargetName, TenantName};
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// Longer than this it may not take to look at everybody once, at the slowest quota.
const PATIENCE: SignedDuration = SignedDuration::from_mins(4);
/// More steps than this, and it does not come to rest.
const STEPS: usize = 20_000;

/// A target of a tenant.
type Place = (TenantName, TargetName);

/// The worker, alone with providers that answer at once.
struct Rerun {
    host: Host,
    providers: BTreeMap<Place, Provider>,
    now: Timestamp,
    inputs: VecDeque<Input>,
    disputed: BTreeSet<(Place, ScimId)>,
}

impl World {
    /// Planning again on the result is empty: nothing is granted, and nothing ends different.
    ///
    /// A cut may be called though it is already so: cuts do not wait for knowledge. Whose an account
    /// is that two parts of a person find depends on who found it first, so it is left out; and what was
    /// denied to the first worker this one finds.
    pub(super) fn finds_all_as_it_should_be(&self, host: Host) -> Result<(), Violation> {
        let now = self.people_time_now();
        let (providers, inputs) = (self.providers.clone(), VecDeque::new());
        let mut disputed = self.disputed();
        disputed.extend(self.half_forgotten(host.shard()));
        let mut rerun = Rerun { host, providers, now, inputs, disputed };
        // The commit that was handed out first is in; from then on there is a lease.
        rerun.inputs.extend(rerun.host.under_way().map(Input::Committed));
        rerun.go_on(now + PATIENCE)?;
        for (key, before) in &self.providers {
            let after = rerun.providers.get(key).map(Provider::picture).unwrap_or_default();
            for (was, is) in before.picture().iter().zip(&after) {
                if was != is && !rerun.disputed.contains(&(key.clone(), was.0.id.clone())) {
                    let what = format!("planning again at {} makes of {was:?}: {is:?}", key.1);
                    return Err(Invariant::OrderFree.broken(None, what));
                }
            }
        }
        Ok(())
    }

    /// Accounts of whom so much was said that some of it was forgotten, so that it counts in which order
    /// the first and this worker heard it: this one takes more, or gives less, and says so.
    fn half_forgotten(&self, shard: &Shard) -> BTreeSet<(Place, ScimId)> {
        let now = self.people_time_now();
        let first = self.current.and_then(|number| self.owners.get(&number));
        let mut accounts = BTreeSet::new();
        for old in first.into_iter().flat_map(|owner| owner.host.shard().people()) {
            let is_crowded = |new: &&Person| !new.last_words.is_empty();
            let mut same = shard.people().filter(|new| new.aliases == old.aliases);
            let Some(new) = same.next().filter(is_crowded) else { continue };
            let (takes, gives) = in_force(new, now);
            let (took, gave) = in_force(old, now);
            let number = self.audit.person(&old.id);
            let person = number.and_then(|number| self.company.people.get(number));
            let Some(person) = person else { continue };
            if (&takes, &gives) != (&took, &gave)
                && takes.is_superset(&took)
                && gives.is_subset(&gave)
            {
                for (key, provider) in &self.providers {
                    let of_person = provider.accounts_of(person).into_iter();
                    accounts.extend(of_person.map(|account| (key.clone(), account.id)));
                }
            }
        }
        accounts
    }

    /// Accounts that two parts of one person may find, or that were denied.
    fn disputed(&self) -> BTreeSet<(Place, ScimId)> {
        let mut disputed = BTreeSet::new();
        for (number, person) in self.company.people.iter().enumerate() {
            let facts = self.facts(number);
            // Nobody has told it who is one.
            let parts = identity::parts(&facts, &[]).into_iter();
            let are_several = parts.filter(Part::finds_accounts).count() > 1;
            for (key, provider) in &self.providers {
                if are_several || self.is_denied(number, &key.1) {
                    let accounts = provider.accounts_of(person).into_iter();
                    disputed.extend(accounts.map(|account| (key.clone(), account.id)));
                }
            }
        }
        disputed
    }
}

/// A claim's name, and what tells it apart.
type Which = (String, String);

/// The claims in force that take access, and those that give it.
fn in_force(person: &Person, now: Timestamp) -> (BTreeSet<Which>, BTreeSet<Which>) {
    let standing = wish::standing(person, now).into_iter();
    let (takes, gives): (Vec<_>, Vec<_>) =
        standing.partition(|it| it.span.assertion.precedence > Precedence::Profile);
    let which = |all: Vec<wish::Standing<'_>>| {
        all.iter().map(|it| (it.instance.name.clone(), format!("{:?}", it.instance.by))).collect()
    };
    (which(takes), which(gives))
}

impl Rerun {
    /// Lets it do all it wants to do until then.
    fn go_on(&mut self, end: Timestamp) -> Result<(), Violation> {
        for _ in 0..STEPS {
            let input = match (self.inputs.pop_front(), self.host.due()) {
                (Some(input), _) => input,
                (None, Some(at)) if at <= end => {
                    self.now = self.now.max(at);
                    Input::Tick
                }
                (None, _) => return Ok(()),
            };
            let turn = self.host.step(self.now, input).map_err(breach)?;
            self.carry_out(turn)?;
        }
        Err(Invariant::OrderFree.broken(None, "planning again does not come to rest"))
    }

    fn carry_out(&mut self, turn: Turn) -> Result<(), Violation> {
        if let Some(commit) = turn.commit {
            self.inputs.push_back(Input::Committed(commit.id));
        }
        for call in turn.calls {
            if is_grant(&call.request) && !self.is_disputed(&call) {
                let what = format!("planning again grants: {}", show(&call.request));
                return Err(Invariant::OrderFree.broken(None, what));
            }
            self.answer(&call);
        }
        Ok(())
    }

    /// An account that is made is somebody's who found none, because another part had it.
    fn is_disputed(&self, call: &Call) -> bool {
        let key = (call.tenant.clone(), call.target.clone());
        let is_disputed =
            |account: &ScimId| self.disputed.contains(&(key.clone(), account.clone()));
        match &call.request {
            Request::Write(
                Operation::Change { account, .. }
                | Operation::AddMember { account, .. }
                | Operation::RemoveMember { account, .. },
            ) => is_disputed(account),
            Request::AddMembers { accounts, .. } => accounts.iter().all(is_disputed),
            _ => !self.disputed.is_empty(),
        }
    }

    fn answer(&mut self, call: &Call) {
        let key = (call.tenant.clone(), call.target.clone());
        if let Some(provider) = self.providers.get_mut(&key) {
            let outcome = provider.apply(&call.request);
            self.inputs.push_back(Input::Answer(Answer::new(call.id, outcome)));
        }
    }
}
