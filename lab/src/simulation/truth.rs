//! No result says more than was read after its last write.

use super::checks::{Invariant, Violation};
use super::seen::{Found, GroupSight, Place};
use super::world::World;
use crate::engine::record::Kept;
use crate::engine::record::decode;
use crate::engine::state::{Person, Seat};
use crate::model::decision::{ResultRecord, ResultWord};
use crate::model::{AuditEntry, Commit, Membership, PersonId, ScimId, Value};

impl World {
    /// What a transaction says of accounts was seen before it was handed out.
    pub(super) fn says_what_was_read(&self, commit: &Commit) -> Result<(), Violation> {
        for entry in &commit.audit {
            let AuditEntry::Result(record) = entry else { continue };
            if !record.verified
                || !matches!(record.word, ResultWord::Applied | ResultWord::AlreadySo)
            {
                continue;
            }
            let key = format!("{}/{}", record.tenant, record.person);
            let write = commit.state.iter().find(|write| write.key == key);
            let Some(value) = write.and_then(|write| write.value.as_ref()) else { continue };
            let Kept { person, seats } = decode(&key, value)
                .map_err(|unreadable| Invariant::Contract.broken(None, unreadable.to_string()))?;
            // Of an earlier revision nobody knows any more what it wished.
            let seat = seats.get(&record.target);
            let Some(seat) = seat.filter(|seat| seat.revision == record.revision) else { continue };
            if let Some(why) = self.why_untrue(record, seat, &person) {
                let number = self.audit.person(&record.person);
                let what = format!(
                    "revision {} at {} is {:?} and verified, and {why}",
                    record.revision, record.target, record.word
                );
                return Err(Invariant::Truth.broken(number, what));
            }
        }
        Ok(())
    }

    fn why_untrue(&self, record: &ResultRecord, seat: &Seat, person: &Person) -> Option<String> {
        let place = (record.tenant.clone(), record.target.clone());
        let wish = &seat.wish;
        if wish.active.is_none() && wish.attributes.is_empty() && wish.groups.is_empty() {
            return None;
        }
        let Some(account) = record.account.as_deref().map(ScimId::new) else {
            return self.why_not_absent(&place, person);
        };
        if wish.active.is_some() || !wish.attributes.is_empty() {
            let Some(seen) = self.seen.account(&place, &account, &record.person) else {
                return Some(format!("{account} was not read since it was changed"));
            };
            if wish.active.is_some() && wish.active != seen.active {
                return Some(format!("{account} was last seen with active {:?}", seen.active));
            }
            let differs = wish.attributes.iter().find(|(name, wished)| {
                let seen = seen.attributes.get(*name).map(Value::to_text);
                seen != wished.value().map(Value::to_text)
            });
            if let Some((name, _)) = differs {
                return Some(format!("{account} was last seen with another {name}"));
            }
        }
        wish.groups.iter().find_map(|(group, wished)| {
            let is_member = match self.seen.group(&place, group, &account) {
                None => return Some(format!("{group} was not read since {account} was changed")),
                Some(GroupSight::Several) => {
                    return Some(format!("several groups are called {group}, and none was read"));
                }
                Some(GroupSight::Missing) => false,
                Some(GroupSight::Members(members)) => members.contains(&account),
            };
            let should = *wished == Membership::Member;
            (is_member != should)
                .then(|| format!("{account} was last seen in {group}: {is_member}"))
        })
    }

    /// That there is no account must have been seen, too.
    fn why_not_absent(&self, place: &Place, person: &Person) -> Option<String> {
        let mut ids: Vec<&PersonId> = person.merged.iter().collect();
        ids.push(&person.id);
        let found = ids.into_iter().filter_map(|id| self.seen.found(place, id));
        let found: Vec<Found> = found.collect();
        if found.contains(&Found::Nobody) {
            return None;
        }
        Some(format!("no look-up has shown that there is no account: {found:?}"))
    }
}
