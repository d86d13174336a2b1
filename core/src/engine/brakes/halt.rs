//! What operators have paused, or usher itself has stopped, as far as it concerns one target.

use super::kind::{Bearing, LimitKind, kind_of};
use super::removals::RemovalStop;
use super::sensors::Claimants;
use crate::command::instruction::{CommandId, Scope};
use crate::engine::said::claims::{Instance, Word};
use crate::model::code::Code;
use crate::model::decision::Why;
use crate::model::ids::{RuleName, TenantName};
use crate::model::operation::Operation;
use crate::model::wish::Facet;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// A pause that an operator ordered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PauseOrder {
    /// None: all tenants.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tenant: Option<TenantName>,
    pub scope: Scope,
    pub since: Timestamp,
    /// The operator's name.
    pub by: String,
    pub reason: String,
    pub command: CommandId,
}

impl PauseOrder {
    /// Whether it pauses exactly this.
    pub fn is_of(&self, tenant: Option<&TenantName>, scope: &Scope) -> bool {
        self.tenant.as_ref() == tenant && self.scope == *scope
    }
}

/// The pauses that may keep a call.
#[derive(Clone, Debug, Default)]
pub struct Halt<'a> {
    /// This replica was stopped by a file beside it.
    pub here: bool,
    pub all: Option<&'a PauseOrder>,
    /// Only what takes access or a value.
    pub destructive: Option<&'a PauseOrder>,
    pub sources: Vec<(&'a str, &'a PauseOrder)>,
    pub rules: Vec<(&'a RuleName, &'a PauseOrder)>,
    /// A removal has taken too many: nobody is taken out of a group.
    pub removals: Option<&'a RemovalStop>,
}

/// Who decides what of somebody at a target, and who has said anything of them.
#[derive(Clone, Debug, Default)]
pub struct Demands {
    pub facets: Claimants,
    pub sources: BTreeSet<String>,
    pub rules: BTreeSet<RuleName>,
    /// Something was taken back, and by which rule is not kept.
    pub takes_back: bool,
}

impl Demands {
    pub fn new(facets: Claimants, claims: &[Instance]) -> Self {
        let mut demands = Self { facets, ..Self::default() };
        for mark in claims.iter().flat_map(|claim| &claim.marks) {
            demands.sources.insert(mark.source.clone());
            match &mark.word {
                Word::Assert(assertion) => drop(demands.rules.insert(assertion.rule.clone())),
                Word::Withdraw { .. } => demands.takes_back = true,
            }
        }
        demands
    }
}

impl Halt<'_> {
    pub fn is_empty(&self) -> bool {
        !self.is_paused() && self.removals.is_none()
    }

    /// Whether an operator has paused anything.
    pub fn is_paused(&self) -> bool {
        self.here || self.all.is_some() || self.destructive.is_some() || self.asks_who()
    }

    /// Whether it must be known who demands what.
    pub fn asks_who(&self) -> bool {
        !(self.sources.is_empty() && self.rules.is_empty())
    }

    /// Why a call waits; `None`: no pause keeps it.
    pub fn keeps(
        &self,
        operation: &Operation,
        bearing: Bearing<'_>,
        demands: &Demands,
    ) -> Option<Why> {
        if self.here {
            return Some(stopped_here());
        }
        if let Some(order) = self.all {
            return Some(paused(order));
        }
        if let (Some(stop), Operation::RemoveMember { .. }) = (self.removals, operation) {
            return Some(stop.why());
        }
        let takes = kind_of(operation, bearing).is_some_and(takes);
        if let Some(order) = self.destructive.filter(|_| takes) {
            return Some(paused(order));
        }
        let demanded = facets(operation);
        let demanded = || demanded.iter().filter_map(|facet| demands.facets.get(facet));
        if demanded().next().is_none() {
            return self.keeps_what_goes_back(takes, demands).map(paused);
        }
        let of_source =
            |(source, _): &&(&str, &PauseOrder)| demanded().any(|(said, _)| said == source);
        let of_rule =
            |(rule, _): &&(&RuleName, &PauseOrder)| demanded().any(|(_, said)| said == *rule);
        let source = self.sources.iter().find(of_source).map(|(_, order)| order);
        let order = source.or_else(|| self.rules.iter().find(of_rule).map(|(_, order)| order));
        order.map(|order| paused(order))
    }

    /// What nobody demands goes back to what it was, on whose word nobody sees here. While a source or a
    /// rule is paused, nothing is given so; and nothing is taken so from whom they have spoken of.
    fn keeps_what_goes_back(&self, takes: bool, demands: &Demands) -> Option<&PauseOrder> {
        let of_source =
            |(source, _): &&(&str, &PauseOrder)| !takes || demands.sources.contains(*source);
        let of_rule = |(rule, _): &&(&RuleName, &PauseOrder)| {
            !takes || demands.takes_back || demands.rules.contains(*rule)
        };
        let source = self.sources.iter().find(of_source).map(|(_, order)| *order);
        source.or_else(|| self.rules.iter().find(of_rule).map(|(_, order)| *order))
    }
}

fn takes(kind: LimitKind) -> bool {
    match kind {
        LimitKind::Cut | LimitKind::Delete | LimitKind::Leave | LimitKind::Change => true,
        LimitKind::Create | LimitKind::Grant => false,
    }
}

/// What a call is about.
pub fn facets(operation: &Operation) -> Vec<Facet> {
    match operation {
        Operation::Create { .. } | Operation::Delete { .. } => vec![Facet::Account],
        Operation::Change { active, attributes, .. } => {
            let attributes = attributes.keys().cloned().map(Facet::Attribute);
            attributes.chain(active.map(|_| Facet::Active)).collect()
        }
        Operation::AddMember { group, .. } | Operation::RemoveMember { group, .. } => {
            vec![Facet::Group(group.name.clone())]
        }
        Operation::CreateGroup { name } => vec![Facet::Group(name.clone())],
    }
}

fn paused(order: &PauseOrder) -> Why {
    let text =
        format!("paused by {} since {}; it goes on when that is resumed", order.by, order.since);
    Why::new(Code::PauseOrdered, None, text)
}

fn stopped_here() -> Why {
    Why::new(
        Code::PauseFile,
        None,
        "this replica was stopped by the file `pause_file` beside it; it goes on when the file is gone",
    )
}
