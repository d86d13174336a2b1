//! Figures of comparisons: when the last was made, what it found, and what it was not made from.

use super::Metrics;
use super::labels::TargetLabels;
use crate::comparison::Outcome;
use crate::model::TenantName;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct TenantLabels {
    tenant: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct KindLabels {
    tenant: String,
    finding: &'static str,
}

/// The figures.
#[derive(Debug, Default)]
pub(super) struct ComparisonFigures {
    made_at: Family<TenantLabels, Gauge>,
    found: Family<KindLabels, Gauge>,
    refused: Family<TenantLabels, Gauge>,
    told: Family<TenantLabels, Counter>,
    failed: Family<TenantLabels, Counter>,
    read_at: Family<TargetLabels, Gauge>,
}

impl ComparisonFigures {
    pub(super) fn register(&self, list: &mut Registry) {
        list.register(
            "reconcile_last_timestamp_seconds",
            "When lists and accounts of a tenant were last compared",
            self.made_at.clone(),
        );
        list.register(
            "reconcile_findings",
            "What the last comparison of a tenant found, by kind",
            self.found.clone(),
        );
        list.register(
            "reconcile_lists_refused",
            "Lists of a tenant from which nothing is concluded now",
            self.refused.clone(),
        );
        list.register(
            "reconcile_events",
            "Events of accounts that were told because of comparisons",
            self.told.clone(),
        );
        list.register(
            "reconcile_failures",
            "Comparisons of a tenant that could not be made",
            self.failed.clone(),
        );
        list.register(
            "inventory_timestamp_seconds",
            "When all that a target has was last read as a whole, as of the last comparison",
            self.read_at.clone(),
        );
    }
}

impl Metrics {
    /// A comparison was made.
    pub fn compared(&self, outcome: &Outcome) {
        let tenant = outcome.tenant.to_string();
        let labels = TenantLabels { tenant: tenant.clone() };
        let figures = &self.comparisons;
        figures.made_at.get_or_create(&labels).set(outcome.at.as_second());
        let refused = i64::try_from(outcome.refused).unwrap_or(i64::MAX);
        figures.refused.get_or_create(&labels).set(refused);
        figures.told.get_or_create(&labels).inc_by(outcome.compared.events.len() as u64);
        for (kind, count) in &outcome.kinds {
            let labels = KindLabels { tenant: tenant.clone(), finding: kind.word() };
            figures.found.get_or_create(&labels).set(i64::try_from(*count).unwrap_or(i64::MAX));
        }
        for (target, read_at) in &outcome.read_at {
            let labels = TargetLabels { tenant: tenant.clone(), target: target.to_string() };
            figures.read_at.get_or_create(&labels).set(read_at.as_second());
        }
    }

    /// A comparison could not be made.
    pub fn comparison_failed(&self, tenant: &TenantName) {
        let labels = TenantLabels { tenant: tenant.to_string() };
        self.comparisons.failed.get_or_create(&labels).inc();
    }
}
