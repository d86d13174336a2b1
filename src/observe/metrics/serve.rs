//! Figures of `usher serve`: logins, looks at names, and how long pages take.

use super::{Metrics, durations};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};
use std::time::Duration;

/// What came of a token that somebody typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LoginEnd {
    In,
    Wrong,
    TooMany,
    Unusable,
}

impl LoginEnd {
    const ALL: [Self; 4] = [Self::In, Self::Wrong, Self::TooMany, Self::Unusable];

    fn word(self) -> &'static str {
        match self {
            Self::In => "in",
            Self::Wrong => "wrong",
            Self::TooMany => "too_many",
            Self::Unusable => "unusable",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct LoginLabels {
    outcome: &'static str,
}

/// The figures.
#[derive(Debug)]
pub(super) struct ServeFigures {
    logins: Family<LoginLabels, Counter>,
    unmasked: Counter,
    pages: Histogram,
    listeners: Gauge,
}

impl Default for ServeFigures {
    fn default() -> Self {
        Self {
            logins: Family::default(),
            unmasked: Counter::default(),
            pages: durations(),
            listeners: Gauge::default(),
        }
    }
}

impl ServeFigures {
    pub(super) fn register(&self, list: &mut Registry) {
        list.register("logins", "Tokens typed at the pages, by outcome", self.logins.clone());
        list.register(
            "unmasked_looks",
            "Pages on which somebody saw names and values",
            self.unmasked.clone(),
        );
        list.register_with_unit(
            "page",
            "From a request for a page to its answer",
            Unit::Seconds,
            self.pages.clone(),
        );
        list.register(
            "page_listeners",
            "Browsers that are told when something is new",
            self.listeners.clone(),
        );
        for end in LoginEnd::ALL {
            drop(self.logins.get_or_create(&LoginLabels { outcome: end.word() }));
        }
    }
}

impl Metrics {
    /// Somebody typed a token.
    pub fn login(&self, end: LoginEnd) {
        self.serve.logins.get_or_create(&LoginLabels { outcome: end.word() }).inc();
    }

    /// Somebody sees names and values.
    pub fn unmasked(&self) {
        self.serve.unmasked.inc();
    }

    /// A page was made.
    pub fn page(&self, took: Duration) {
        self.serve.pages.observe(took.as_secs_f64());
    }

    /// So many browsers are told of news.
    pub fn page_listeners(&self, listeners: usize) {
        self.serve.listeners.set(i64::try_from(listeners).unwrap_or(i64::MAX));
    }
}
