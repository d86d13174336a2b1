//! What is told of findings: each once, as an event in `usher.events`.
//!
//! An event has the id of its finding: the account, what is said of it, and since when. Nobody is told to
//! be an orphan or a leaver by one list alone, nor for a likeness; and an account is told to be somebody's
//! after all only where it was seen to be.

use super::compare::{Findings, Surely};
use super::finding::{Evidence, Finding, Kind, Proposed};
use super::memory::Memory;
use crate::model::StateWrite;
use crate::model::event_kind::EventKind;
use crate::model::ids::{TargetName, TenantName};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};

/// The `source` of all of them.
pub const SOURCE: &str = "urn:usher:reconcile";

/// What was told last of an account, or of somebody who has none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    pub kind: EventKind,
    pub since: Timestamp,
}

/// A finding that is to be told.
struct News<'a> {
    target: &'a TargetName,
    subject: &'a str,
    told: Told,
    /// None: it is somebody's after all.
    finding: Option<&'a Finding>,
}

/// What is to be written because of `findings`, and what to remember. `before`: what was told so far.
pub fn tell(
    findings: &Findings<'_>,
    tenant: &TenantName,
    before: &Memory,
    now: Timestamp,
) -> (Vec<StateWrite>, Memory) {
    let mut memory = before.clone();
    memory.history = findings.history.to_be_kept();
    for list in findings.question.lists {
        if let Ok(roster) = list.roster {
            memory.census.insert(list.name.to_owned(), roster.census().clone());
        }
    }
    let mut news = Vec::new();
    let mut found: BTreeMap<&TargetName, BTreeSet<&str>> = BTreeMap::new();
    for finding in &findings.all {
        let Some((target, subject, kind)) = findings.news_of(finding) else { continue };
        found.entry(target).or_default().insert(subject);
        let told = Told { kind, since: finding.first_seen };
        let known = before.told.get(target).and_then(|all| all.get(subject));
        if known != Some(&told) {
            news.push(News { target, subject, told, finding: Some(finding) });
        }
    }
    for (target, subject) in findings.spoken_for_of(before) {
        let is_found = found.get(target).is_some_and(|all| all.contains(subject));
        if !is_found {
            let told = Told { kind: EventKind::AccountCleared, since: now };
            news.push(News { target, subject, told, finding: None });
        }
    }
    findings.forget_what_is_over(&found, &mut memory);
    let mut events = Vec::new();
    for one in news {
        let known = before.told.get(one.target).and_then(|all| all.get(one.subject));
        let is_own = one.told.kind.takes_access() || one.told.kind.only_informs();
        let all = memory.told.entry(one.target.clone()).or_default();
        if is_own {
            all.insert(one.subject.to_owned(), one.told.clone());
        } else {
            all.remove(one.subject);
        }
        events.push(event(findings, tenant, (&one, known), now));
    }
    memory.told.retain(|_, all| !all.is_empty());
    (events, memory)
}

impl Findings<'_> {
    /// What is told of a finding, and of what; `None`: nothing is.
    fn news_of<'f>(&'f self, finding: &'f Finding) -> Option<(&'f TargetName, &'f str, EventKind)> {
        let kind = match (finding.kind, finding.proposed) {
            (Kind::Orphaned, Proposed::Disable | Proposed::Delete) => EventKind::AccountOrphaned,
            (Kind::LeftButActive, Proposed::Disable) => EventKind::AccountLeftActive,
            (Kind::Missing, Proposed::Create) => EventKind::AccountMissing,
            (Kind::Drifted, Proposed::Correct) => EventKind::AccountDrifted,
            (
                Kind::Orphaned
                | Kind::LeftButActive
                | Kind::Missing
                | Kind::Drifted
                | Kind::Several
                | Kind::Unmanaged
                | Kind::Unused
                | Kind::Service
                | Kind::Administrator
                | Kind::WronglyBound
                | Kind::Ambiguous
                | Kind::Unclear,
                _,
            ) => return None,
        };
        let inventory = self.question.inventories.get(usize::from(finding.inventory))?;
        let account = finding.account.and_then(|number| inventory.account(number));
        let id = account.map(|kept| inventory.texts.get(kept.id));
        Some((&inventory.target, id.or(finding.subject.as_deref())?, kind))
    }

    /// Accounts of which was told that they are nobody's or a leaver's, and which somebody has.
    fn spoken_for_of<'m>(&self, before: &'m Memory) -> Vec<(&'m TargetName, &'m str)> {
        let mut cleared = Vec::new();
        for (inventory, account, surely) in &self.spoken_for {
            let Some(inventory) = self.question.inventories.get(usize::from(*inventory)) else {
                continue;
            };
            let Some((target, told)) = before.told.get_key_value(&inventory.target) else {
                continue;
            };
            let kept = inventory.account(*account);
            let id = kept.map_or("", |kept| inventory.texts.get(kept.id));
            let Some((id, told)) = told.get_key_value(id) else { continue };
            // Whoever has it: nobody is not who has it. A leaver has it still if nobody is sure.
            let is_orphan = told.kind == EventKind::AccountOrphaned;
            let is_leaver = told.kind == EventKind::AccountLeftActive;
            if is_orphan || is_leaver && *surely == Surely::Yes {
                cleared.push((target, id.as_str()));
            }
        }
        cleared
    }

    /// What only informs, and is found no more; and accounts that are not there any more. Of what nothing
    /// was concluded everything stays.
    fn forget_what_is_over(
        &self,
        found: &BTreeMap<&TargetName, BTreeSet<&str>>,
        memory: &mut Memory,
    ) {
        let none = BTreeSet::new();
        for inventory in self.question.inventories {
            let is_concluded = !self.unconcluded.iter().any(|one| one.is_of(&inventory.target));
            let Some(told) = memory.told.get_mut(&inventory.target).filter(|_| is_concluded) else {
                continue;
            };
            let here: BTreeSet<&str> =
                inventory.accounts.iter().map(|kept| inventory.texts.get(kept.id)).collect();
            let found = found.get(&inventory.target).unwrap_or(&none);
            told.retain(|subject, told| {
                found.contains(subject.as_str())
                    || told.kind.takes_access() && here.contains(subject.as_str())
            });
        }
    }
}

/// One event, keyed by its tenant.
fn event(
    findings: &Findings<'_>,
    tenant: &TenantName,
    (news, before): (&News<'_>, Option<&Told>),
    now: Timestamp,
) -> StateWrite {
    let News { target, subject, told, finding } = news;
    let mut data = Map::new();
    let mut account = Map::new();
    account.insert("target".to_owned(), json!(target));
    if let Some(finding) = finding {
        let row = findings.row(finding);
        if let Some(active) = row.active {
            account.insert("active".to_owned(), json!(active));
        }
        let names = [("user_name", row.user_name), ("work_email", row.email)];
        let names = names.into_iter().filter_map(|(name, said)| Some((name, said?)));
        let names: Map<String, Value> =
            names.map(|(name, said)| (name.to_owned(), json!(said))).collect();
        if !names.is_empty() {
            data.insert("worker".to_owned(), Value::Object(names));
        }
        data.insert(
            "finding".to_owned(),
            json!({
                "misses": finding.misses,
                "first_seen": finding.first_seen,
                "because": finding.evidence.iter().map(without_names).collect::<Vec<_>>(),
            }),
        );
    }
    if !told.kind.only_informs() || finding.is_some_and(|it| it.account.is_some()) {
        account.insert("id".to_owned(), json!(subject));
    }
    data.insert("account".to_owned(), Value::Object(account));
    let event = json!({
        "specversion": "1.0",
        "id": id_of(target, subject, told, before),
        "source": SOURCE,
        "type": format!("io.usher.{}.v1", told.kind),
        "time": now,
        "datacontenttype": "application/json",
        "data": data,
    });
    StateWrite { key: tenant.to_string(), value: Some(event.to_string().into_bytes()) }
}

/// The same finding has the same id.
fn id_of(target: &TargetName, subject: &str, told: &Told, before: Option<&Told>) -> String {
    let mut digest = Sha256::new();
    // What is taken back is known by what was told.
    let since = before.filter(|_| told.kind == EventKind::AccountCleared).unwrap_or(told).since;
    for text in [told.kind.word(), target.as_str(), subject, &since.to_string()] {
        digest.update((text.len() as u64).to_be_bytes());
        digest.update(text.as_bytes());
    }
    let digest = format!("{:x}", digest.finalize());
    digest.get(..32).unwrap_or(&digest).to_owned()
}

/// Evidence names nobody; a group's name is the target's own.
fn without_names(evidence: &Evidence) -> Value {
    serde_json::to_value(evidence).unwrap_or(Value::Null)
}
