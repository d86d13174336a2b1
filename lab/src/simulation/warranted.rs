//! Nobody's access is changed without a reason in the audit: each call of a result has something that
//! decides the field it touched.

use super::checks::{Audit, Invariant, Violation};
use crate::model::call_record::{Action, CallRecord};
use crate::model::decision::{ResultRecord, ResultWord, WarrantedBy};

impl Audit {
    /// A superseded revision is exempt: what it was made for is over.
    pub(super) fn is_warranted(&self, record: &ResultRecord) -> Result<(), Violation> {
        let broken = |what: String| {
            let person = self.people.get(&record.person).copied();
            let what = format!("revision {} at {}: {what}", record.revision, record.target);
            Err(Invariant::Bounded.broken(person, what))
        };
        let is_silent =
            |by: &WarrantedBy| matches!(by, WarrantedBy::Claim { said, .. } if said.is_none());
        if let Some(silent) = record.warrants.iter().find(|warrant| is_silent(&warrant.by)) {
            return broken(format!("no event is named behind {silent:?}"));
        }
        if record.word == ResultWord::Superseded {
            return Ok(());
        }
        let decided: Vec<&String> = record.warrants.iter().flat_map(|it| &it.fields).collect();
        // What was made for an earlier revision is explained by that one.
        let own = record.calls.iter().filter(|call| call.for_revision.is_none());
        let without = |field: &String| !decided.contains(&field);
        match own.flat_map(touched).find(without) {
            Some(field) => broken(format!("{field} was called for, and nothing decides it")),
            None => Ok(()),
        }
    }
}

/// The fields that a call is about, as warrants name them.
fn touched(call: &CallRecord) -> Vec<String> {
    let each = |kind: &str| call.touched.iter().map(|name| format!("{kind} {name}")).collect();
    match call.action {
        Action::Create | Action::Delete => vec!["account".to_owned()],
        Action::Activate | Action::Deactivate => vec!["active".to_owned()],
        Action::AddMember | Action::RemoveMember | Action::CreateGroup => each("group"),
        Action::Change => each("attribute"),
    }
}
