//! What a shard on the bench is set to: its rules, and its one target.

use crate::command::Operators;
use crate::decode::SourceSettings;
use crate::engine::brakes::limits::Limits;
use crate::engine::brakes::protect::Protected;
use crate::engine::settings::{
    Approvals, Mode, Quota, ShardSettings, TargetSettings, TenantSettings, Timing,
};
use crate::inventory::Wanted;
use crate::model::ids::{GroupName, ShardNumber, TargetName, TenantName};
use crate::model::{AttributeName, CustomLimits};
use crate::rules::{RuleFile, RuleSet};
use jiff::SignedDuration;
use std::sync::Arc;

pub(super) const RULES: &str = r"
profile:
  on: [worker.hired, worker.updated]
  attributes: { userName: worker.user_name, title: profile.title, custom.badge: worker.badge, enterprise.manager: profile.manager }
rules:
  - name: hired
    on: [worker.hired]
    assert: { claim: employed, precedence: profile, want: { account: present, groups: { add: [VPN] } } }
  - name: terminated
    on: [worker.terminated]
    assert:
      claim: terminated
      precedence: leaver
      from: effective_at
      want: { active: false, groups: { remove: [VPN] } }
      then: [{ after: 30d, want: { account: absent } }]
  - name: vpn
    on: [worker.transferred]
    assert: { claim: vpn, precedence: profile, want: { groups: { add: [VPN] } } }
  - name: vpn-over
    on: [worker.hire.cancelled]
    withdraw: vpn
  - name: rescinded
    on: [worker.termination.cancelled]
    withdraw: terminated
  - name: quarantine
    on: [risk.raised]
    urgency: urgent
    assert:
      claim: quarantine
      precedence: security
      for: 24h
      want: { groups: { add: [Quarantine], remove: [VPN] } }
  - name: cleared
    on: [risk.cleared]
    withdraw: quarantine
  - name: away
    on: [worker.leave.started]
    assert: { claim: away, precedence: leave, want: { attributes: { nickName: Away } } }
  - name: back
    on: [worker.leave.ended]
    withdraw: away
";

/// The topic that brings operators' commands to the shards on the bench.
pub(super) const CONTROL: &str = "usher.control";

/// What tells one bench's target from another's.
#[derive(Clone, Debug)]
pub(super) struct Like {
    pub(super) mode: Mode,
    pub(super) quota: Quota,
    pub(super) create_groups: bool,
    pub(super) looks_up_addresses: bool,
    pub(super) limits: Limits,
    pub(super) operators: Operators,
    pub(super) protected: Protected,
    pub(super) max_event_age: Option<SignedDuration>,
    pub(super) inventory_every: Option<SignedDuration>,
    /// What is read with the inventory.
    pub(super) reads: Wanted,
    /// In place of the usual rules.
    pub(super) rules: Option<String>,
}

impl Like {
    pub(super) fn usual(mode: Mode) -> Self {
        let quota = Quota::per_second(100_000.0);
        let limits = Limits::default();
        Self {
            mode,
            quota,
            create_groups: false,
            looks_up_addresses: false,
            limits,
            operators: Operators::default(),
            protected: Protected::default(),
            max_event_age: None,
            inventory_every: None,
            reads: Wanted::default(),
            rules: None,
        }
    }
}

/// What the records of the topic `hr` are read as.
pub(super) fn hr() -> SourceSettings {
    serde_json::from_value(serde_json::json!({
        "topic": "hr",
        "format": "cloudevents",
        "types": ["worker.*", "risk.*"],
        "time_zone": "UTC",
    }))
    .unwrap()
}

pub(super) fn settings(like: Like) -> ShardSettings {
    let text = like.rules.unwrap_or_else(|| RULES.to_owned());
    let rules = RuleFile { name: "rules.yaml".to_owned(), text };
    ShardSettings {
        number: ShardNumber(0),
        tenants: vec![TenantSettings {
            name: TenantName::new("acme"),
            rules: Arc::new(RuleSet::load(&[rules]).unwrap()),
            topics: vec!["hr".to_owned()],
            targets: vec![TargetSettings {
                name: TargetName::new("main"),
                mode: like.mode,
                restricting_groups: [GroupName::new("Quarantine")].into(),
                lookup: [AttributeName::USER_NAME, AttributeName::WORK_EMAIL]
                    .into_iter()
                    .take(1 + usize::from(like.looks_up_addresses))
                    .collect(),
                custom_attributes: Some(CustomLimits {
                    value_chars_max: Some(8),
                    ..CustomLimits::default()
                }),
                concurrency: 4,
                quota: like.quota,
                members_per_call: 100,
                create_groups: like.create_groups,
                formerly: vec![TargetName::new("once")],
                limits: like.limits,
                protected: like.protected,
                inventory_every: like.inventory_every,
                reads: like.reads,
                imported_policies: None,
            }],
        }],
        control: Some(CONTROL.to_owned()),
        findings: Some("usher.events".to_owned()),
        sources: [("hr".to_owned(), hr())].into(),
        operators: like.operators,
        approvals: Approvals::default(),
        timing: Timing { max_event_age: like.max_event_age, ..Timing::default() },
    }
}
