//! What somebody asks of an account through the API: at which target, of whom, and for which group.

use super::{forms, names, of_nobody};
use crate::decode::refusal::Refusal;
use crate::model::Alias;
use crate::model::code::Code;
use crate::model::decision::Why;
use crate::model::event_kind::EventKind;
use serde_json::{Map, Value};

/// The names of whom it is about; none where the account is named by its id, for then nothing else counts.
pub(super) fn names(
    kind: EventKind,
    data: &Map<String, Value>,
    remarks: &[Why],
) -> Result<Vec<Alias>, Refusal> {
    let part = |name: &str| data.get(name).and_then(Value::as_object);
    if forms::text(part("account"), "data.account", "target")?.is_none() {
        return Err(missing(
            "data.account.target",
            "`data.account.target` does not say at which target something is asked for; send its name",
        ));
    }
    let is_of_a_group =
        matches!(kind, EventKind::MembershipRequested | EventKind::MembershipWithdrawn);
    if is_of_a_group && forms::text(part("request"), "data.request", "group")?.is_none() {
        return Err(missing(
            "data.request.group",
            "`data.request.group` does not say which group is meant; send its name",
        ));
    }
    if forms::text(part("account"), "data.account", "id")?.is_some() {
        return Ok(Vec::new());
    }
    let named = names::read(part("worker"), None)?;
    named.ok_or_else(|| of_nobody(kind, remarks))
}

fn missing(field: &str, text: &str) -> Refusal {
    Why::new(Code::RequestIncomplete, Some(field), text).into()
}
