//! What operators have paused, or usher itself has stopped, as far as it concerns one target.

use super::kind::{Bearing, LimitKind, kind_of};
use super::meter::Sensors;
use super::removals::RemovalStop;
use crate::command::instruction::{CommandId, Scope};
use crate::model::code::Code;
use crate::model::decision::Why;
use crate::model::ids::{RuleName, TenantName};
use crate::model::operation::Operation;
use crate::model::wish::Facet;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

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

    /// Why a call waits; `None`: no pause keeps it. `demands`: who decides each facet.
    pub fn keeps(
        &self,
        operation: &Operation,
        bearing: Bearing<'_>,
        demands: &Sensors,
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
        let demanded = || demanded.iter().filter_map(|facet| demands.get(facet));
        let of_source =
            |(source, _): &&(&str, &PauseOrder)| demanded().any(|(said, _)| said == source);
        let of_rule =
            |(rule, _): &&(&RuleName, &PauseOrder)| demanded().any(|(_, said)| said == *rule);
        // What nobody demands goes back to what it was, on whose word nobody sees here: while a source or a
        // rule is paused, nothing is given so.
        let goes_back = demanded().next().is_none() && !takes;
        let any = self.sources.first().map(|it| it.1).or(self.rules.first().map(|it| it.1));
        if let Some(order) = any.filter(|_| goes_back) {
            return Some(paused(order));
        }
        let source = self.sources.iter().find(of_source).map(|(_, order)| order);
        let order = source.or_else(|| self.rules.iter().find(of_rule).map(|(_, order)| order));
        order.map(|order| paused(order))
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
