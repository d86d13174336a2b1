//! What operators do: they approve and reject what waits, pause, resume, try again.

use super::forging::Flaw;
use super::{CONTROL, DEPLOYMENT, Said, Sent, enforced};
use crate::command::instruction::{Destructive, Scope};
use crate::decode::command;
use crate::engine::Record;
use crate::model::{Effect, HoldDigest, RawRecord, RuleName, TenantName};
use crate::pen::NAMESPACE;
use crate::simulation::company::Content;
use crate::simulation::happening::Happening;
use crate::simulation::log::PartitionName;
use crate::simulation::manners::Manner;
use crate::simulation::owner::OwnerNumber;
use crate::simulation::world::World;
use jiff::SignedDuration;
use serde_json::json;
use std::collections::BTreeSet;
use std::sync::Arc;

/// How long a command lives.
const LIFE: SignedDuration = SignedDuration::from_hours(1);

/// What somebody sets out to do.
#[derive(Clone, Debug)]
pub enum Errand {
    Any,
    /// Another operator says the same.
    Second {
        tenant: TenantName,
        said: Said,
        not: String,
    },
    /// What was said not to be somebody's is theirs.
    Bind(Said),
    /// All that is paused is resumed.
    ResumeAll,
}

impl World {
    /// Somebody sends a command, or something like one.
    pub(in crate::simulation) fn command(&mut self, errand: Errand) {
        // Commands count from when a shard has first listened for them.
        if self.tally.commits < 2 {
            return;
        }
        match errand {
            Errand::Any => self.any_errand(),
            Errand::Second { tenant, said, not } => {
                let other = self.orders.pens.iter().position(|pen| pen.name != not);
                self.utter(other.unwrap_or(0), Some(tenant), said, Flaw::Nothing);
            }
            Errand::Bind(said) => self.bind_again(said),
            Errand::ResumeAll => self.resume_all(),
        }
    }

    fn any_errand(&mut self) {
        let who = self.manners.braking.index(self.orders.pens.len());
        if self.manners.has(Manner::Overrides) && self.manners.braking.happens(400) {
            return self.override_somebody(who);
        }
        if self.manners.has(Manner::Undoes) && self.manners.braking.happens(400) {
            return self.undo_something(who);
        }
        if self.manners.has(Manner::Reasserts) && self.manners.braking.happens(300) {
            return self.reassert(who);
        }
        if self.manners.has(Manner::Binds) && self.manners.braking.happens(300) {
            return self.bind_somebody(who);
        }
        if self.manners.has(Manner::Replays) && self.manners.braking.happens(400) {
            return self.replay_something(who);
        }
        if self.manners.has(Manner::WhoIsWho) && self.manners.braking.happens(400) {
            return self.say_who_is_who(who);
        }
        if self.manners.has(Manner::Inventories) && self.manners.braking.happens(50) {
            let tenant = self.some_tenant();
            return self.utter(who, Some(tenant), Said::Refresh, Flaw::Nothing);
        }
        match self.manners.braking.below(16) {
            0..=4 => self.judge_rows(who),
            5 | 6 => {
                let (tenant, scope) = self.some_scope();
                self.utter(who, tenant, Said::Pause(scope), Flaw::Nothing);
            }
            7 => self.resume_one(who),
            8 => {
                let tenant = self.some_tenant();
                self.utter(who, Some(tenant), Said::Retry, Flaw::Nothing);
            }
            9..=11 => self.forge(who),
            12 => self.send_again(),
            13 => self.approve_what_is_over(who),
            14 => self.race(),
            _ if self.manners.braking.happens(150) => self.flood(),
            _ => self.judge_rows(who),
        }
    }

    /// Digests of what waits for a tenant.
    pub(super) fn some_rows(&mut self) -> Option<(TenantName, BTreeSet<HoldDigest>)> {
        let tenant = self.some_tenant();
        let rows = self.orders.rows.values().flatten();
        let all = rows.filter(|hold| matches!(hold.effect, Effect::Operation(_)));
        let all: BTreeSet<HoldDigest> = all.map(|hold| hold.digest.clone()).collect();
        let chance = &mut self.manners.braking;
        let takes_all = chance.happens(300);
        let some: BTreeSet<HoldDigest> =
            all.into_iter().filter(|_| takes_all || chance.happens(400)).collect();
        (!some.is_empty()).then_some((tenant, some))
    }

    fn judge_rows(&mut self, who: usize) {
        let Some((tenant, rows)) = self.some_rows() else { return };
        if self.manners.braking.happens(250) {
            self.utter(who, Some(tenant), Said::Reject(rows), Flaw::Nothing);
            return;
        }
        if self.manners.braking.happens(600)
            && let Some(pen) = self.orders.pens.get(who)
        {
            let (tenant, said) = (tenant.clone(), Said::Approve(rows.clone()));
            let errand = Errand::Second { tenant, said, not: pen.name.clone() };
            let later = self.manners.braking.millis(0, 60_000);
            self.plan_in(later, Happening::Command(errand));
        }
        self.utter(who, Some(tenant), Said::Approve(rows), Flaw::Nothing);
    }

    /// Two operators speak of the same rows in one breath, and do not agree.
    fn race(&mut self) {
        let Some((tenant, rows)) = self.some_rows() else { return };
        let mut said = [Said::Approve(rows.clone()), Said::Reject(rows)];
        if self.manners.braking.happens(500) {
            said.reverse();
        }
        for (who, said) in said.into_iter().enumerate() {
            self.utter(who, Some(tenant.clone()), said, Flaw::Nothing);
        }
    }

    /// Somebody has looked at rows long ago.
    fn approve_what_is_over(&mut self, who: usize) {
        let waits: BTreeSet<&HoldDigest> =
            self.orders.rows.values().flatten().map(|hold| &hold.digest).collect();
        let over = self.orders.known.keys().filter(|digest| !waits.contains(digest));
        let over: Vec<HoldDigest> = over.cloned().collect();
        let Some(digest) = self.manners.braking.pick(&over).cloned() else { return };
        let tenant = self.some_tenant();
        self.utter(who, Some(tenant), Said::Approve([digest].into()), Flaw::Nothing);
    }

    pub(super) fn some_tenant(&mut self) -> TenantName {
        let tenants = self.company.tenants.clone();
        let tenant = self.manners.braking.pick(&tenants).cloned();
        TenantName::new(tenant.unwrap_or_default())
    }

    pub(super) fn some_scope(&mut self) -> (Option<TenantName>, Scope) {
        let tenant = self.some_tenant();
        let source =
            |name: &str| serde_json::from_value(json!({ "source": name })).unwrap_or(Scope::Tenant);
        let scope = match self.manners.braking.below(8) {
            0 => return (None, Scope::Everything),
            1 | 2 => Scope::Tenant,
            3 => Scope::Target(enforced()),
            4 => Scope::Destructive(Destructive::Tenant),
            5 => Scope::Destructive(Destructive::Target(enforced())),
            6 => source(&format!("urn:{tenant}.hr-a")),
            _ => Scope::Rule(RuleName::new("terminated")),
        };
        (Some(tenant), scope)
    }

    fn resume_one(&mut self, who: usize) {
        let all: Vec<_> = self.orders.pauses.iter().cloned().collect();
        let Some((tenant, scope)) = self.manners.braking.pick(&all).cloned() else { return };
        self.utter(who, tenant, Said::Resume(scope), Flaw::Nothing);
    }

    fn resume_all(&mut self) {
        let sent = self.orders.sent.values().filter(|sent| sent.is_good);
        let paused = sent.filter_map(|sent| match &sent.said {
            Said::Pause(scope) => Some((sent.tenant.clone(), scope.clone())),
            Said::Approve(_)
            | Said::Reject(_)
            | Said::Resume(_)
            | Said::Override { .. }
            | Said::Undo(_)
            | Said::Reassert(_)
            | Said::Release
            | Said::Refresh
            | Said::Bind { .. }
            | Said::Replay { .. }
            | Said::Link(_)
            | Said::Part(_)
            | Said::Unbind(_)
            | Said::Forged { .. }
            | Said::Retry => None,
        });
        let paused: BTreeSet<_> = paused.collect();
        for (tenant, scope) in paused {
            self.utter(0, tenant, Said::Resume(scope), Flaw::Nothing);
        }
    }

    pub(super) fn utter(&mut self, who: usize, tenant: Option<TenantName>, said: Said, flaw: Flaw) {
        self.orders.made += 1;
        let Some(pen) = self.orders.pens.get(who) else { return };
        let signs = match flaw {
            Flaw::Stranger => self.orders.stranger.as_ref(),
            Flaw::OtherKey => self.orders.pens.iter().find(|other| other.name != pen.name),
            Flaw::Nothing
            | Flaw::Unsigned
            | Flaw::AlteredByte
            | Flaw::OtherDeployment
            | Flaw::OtherNamespace
            | Flaw::UnknownMember
            | Flaw::Expired => Some(pen),
        };
        let (word, args) = said.words();
        let id = format!("0193a5f0-7c1e-7a3b-8f00-{:012x}", self.orders.made);
        let age = if flaw == Flaw::Expired { LIFE * 2 } else { SignedDuration::ZERO };
        let mut value = json!({
            "v": 1,
            "id": id,
            "deployment": if flaw == Flaw::OtherDeployment { "trial" } else { DEPLOYMENT },
            "operator": pen.name,
            "command": word,
            "args": args,
            "reason": "seen and judged",
            "issued_at": (self.now - age).to_string(),
            "expires_at": (self.now - age + LIFE).to_string(),
        });
        if let (Some(tenant), Some(members)) = (&tenant, value.as_object_mut()) {
            members.insert("tenant".to_owned(), json!(tenant));
        }
        if let (Flaw::UnknownMember, Some(members)) = (flaw, value.as_object_mut()) {
            members.insert("force".to_owned(), json!(true));
        }
        let mut bytes = value.to_string().into_bytes();
        let namespace = if flaw == Flaw::OtherNamespace { "git" } else { NAMESPACE };
        let signature =
            signs.filter(|_| flaw != Flaw::Unsigned).map(|pen| pen.sign(namespace, &bytes));
        if flaw == Flaw::AlteredByte
            && let Some(byte) = bytes.iter_mut().rfind(|byte| **byte == b'j')
        {
            *byte = b'J';
        }
        let operator = pen.name.clone();
        let headers = signature.map(|it| ("usher-signature".to_owned(), Some(it.into_bytes())));
        let raw = RawRecord {
            topic: CONTROL.to_owned(),
            partition: 0,
            offset: 0,
            timestamp: self.now,
            key: None,
            headers: headers.into_iter().collect(),
            value: Some(bytes),
        };
        let is_good = flaw == Flaw::Nothing;
        self.append_command(Sent { id, tenant, operator, said, is_good, raw });
    }

    /// The record reaches the log.
    pub(super) fn append_command(&mut self, sent: Sent) {
        let name = control();
        let offset = self.log.end(&name);
        self.history.note(self.now, None, || {
            let word = if sent.is_good { "good" } else { "bad" };
            format!(
                "log      {name}@{offset}: a {word} command of {}: {:?}",
                sent.operator, sent.said
            )
        });
        let raw = RawRecord { offset, timestamp: self.now, ..sent.raw.clone() };
        let items = command::decode(&raw);
        if raw.headers.is_empty() {
            self.audit.appended(&name, offset, &[Content::Garbage]);
        } else {
            self.orders.sent.insert(offset, sent);
        }
        self.log.append(&name, |_| Record { raw: Arc::new(raw), items });
        let owners: Vec<OwnerNumber> = self.owners.keys().copied().collect();
        for owner in owners {
            self.wake_reader(owner, &name);
        }
    }
}

/// The partition of the one shard.
pub(super) fn control() -> PartitionName {
    PartitionName { topic: CONTROL.to_owned(), partition: 0 }
}
