//! What the audit and the topic of parked records say of late.

use crate::audit::line::{Line, LineKind};
use crate::model::RawRecord;
use crate::model::code::WrittenCode;
use crate::model::decision::NoteWord;
use crate::model::ids::TenantName;
use crate::model::ordered::CommandOutcome;
use jiff::Timestamp;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// What is gathered of it, for some tenants.
#[derive(Debug)]
pub struct Lately {
    since: Timestamp,
    tenants: BTreeSet<TenantName>,
    parked: BTreeMap<WrittenCode, (usize, Timestamp)>,
    refused: BTreeMap<WrittenCode, (usize, Timestamp)>,
    protected: usize,
}

/// What of late somebody should know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Told {
    pub since: Timestamp,
    /// Records that were set aside for somebody, by the reason.
    pub parked: Vec<Recurring>,
    /// Commands that were refused, by the reason.
    pub commands_refused: Vec<Recurring>,
    /// How often whom or what the configuration protects would have been touched.
    pub protected: usize,
}

/// How often, and when last.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Recurring {
    pub code: WrittenCode,
    pub times: usize,
    pub last: Timestamp,
}

impl Lately {
    /// Nothing yet. `tenants`: whose records are meant, besides those of nobody.
    pub fn since(since: Timestamp, tenants: &[TenantName]) -> Self {
        Self {
            since,
            tenants: tenants.iter().cloned().collect(),
            parked: BTreeMap::new(),
            refused: BTreeMap::new(),
            protected: 0,
        }
    }

    /// Takes in a record of the topic of parked records.
    pub fn take_parked(&mut self, record: &RawRecord) {
        let text = |name| record.header(name).map(String::from_utf8_lossy);
        let Some(code) = text("usher-reason-code") else { return };
        if self.is_meant(text("usher-tenant").as_deref()) {
            count(&mut self.parked, WrittenCode::read(&code), record.timestamp);
        }
    }

    /// Takes in a record of the audit topic.
    pub fn take_audit(&mut self, record: &RawRecord) {
        let Some(line) = record.value.as_deref().and_then(Line::read) else { return };
        let Some(at) = line.at().filter(|_| self.is_meant(line.metadata.tenant_uid.as_deref()))
        else {
            return;
        };
        let own = line.unmapped;
        match own.kind {
            LineKind::Command if own.outcome == CommandOutcome::REFUSED => {
                if let Some(why) = own.why {
                    count(&mut self.refused, why.code, at);
                }
            }
            LineKind::Note if own.outcome == NoteWord::Protected.word() => self.protected += 1,
            LineKind::Command
            | LineKind::Note
            | LineKind::Decision
            | LineKind::Result
            | LineKind::Reading => {}
        }
    }

    fn is_meant(&self, tenant: Option<&str>) -> bool {
        tenant.is_none_or(|name| self.tenants.iter().any(|tenant| tenant.as_str() == name))
    }

    pub fn told(self) -> Told {
        Told {
            since: self.since,
            parked: times(self.parked),
            commands_refused: times(self.refused),
            protected: self.protected,
        }
    }
}

fn count(
    by_code: &mut BTreeMap<WrittenCode, (usize, Timestamp)>,
    code: WrittenCode,
    at: Timestamp,
) {
    let (times, last) = by_code.entry(code).or_insert((0, at));
    *times += 1;
    *last = (*last).max(at);
}

fn times(by_code: BTreeMap<WrittenCode, (usize, Timestamp)>) -> Vec<Recurring> {
    by_code.into_iter().map(|(code, (times, last))| Recurring { code, times, last }).collect()
}
