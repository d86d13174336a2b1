//! Canonical events become events of the model: whom each is about, and when it takes effect. The
//! same for all formats.

mod effective;
mod forms;
mod misspelt;
mod names;
mod request;

use crate::model::code::Code;
pub(in crate::decode) use effective::{instant, instant_of_number};
pub use names::names_of_worker;
pub(in crate::decode) use names::names_somebody;

use super::canonical::Canonical;
use super::refusal::Refusal;
use super::settings::SourceSettings;
use crate::model::Alias;
use crate::model::decision::Why;
use crate::model::event::{AccountRef, Event, EventClass};
use crate::model::event_kind::EventKind;
use crate::model::ids::{ScimId, TargetName};
use effective::Effective;
use jiff::Timestamp;
use serde_json::Value;

/// The event, which was `recorded` when its source does not say when it happened.
pub(super) fn event(
    mut canonical: Canonical,
    recorded: Timestamp,
    source: &SourceSettings,
) -> Result<Event, Refusal> {
    let facts = Facts::read(&mut canonical, recorded, source)
        .map_err(|refusal| refusal.of(canonical.kind.get()).labelled(canonical.label()))?;
    Ok(Event {
        source: canonical.source,
        id: canonical.id,
        kind: canonical.kind.get(),
        time: canonical.time.unwrap_or(recorded),
        is_timed: canonical.time.is_some(),
        sequence: canonical.sequence,
        aliases: facts.aliases,
        employment_id: facts.employment_id,
        detection_id: facts.detection_id,
        effective_at: facts.effective.at,
        calendar: facts.effective.calendar,
        correlation_id: canonical.correlation_id,
        trace: canonical.trace,
        data: Value::Object(canonical.data),
        remarks: facts.remarks,
    })
}

/// What the engine must know of an event beyond its envelope.
struct Facts {
    aliases: Vec<Alias>,
    employment_id: Option<String>,
    detection_id: Option<String>,
    effective: Effective,
    remarks: Vec<Why>,
}

impl Facts {
    /// Reads `data`; cleans the names in it, and brings the risk levels to lower case.
    fn read(
        event: &mut Canonical,
        recorded: Timestamp,
        source: &SourceSettings,
    ) -> Result<Self, Refusal> {
        let kind = event.kind.get();
        misspelt::check_members(event)?;
        forms::check(&event.data)?;
        names::tidy(&mut event.data);
        let remarks = names::take_placeholders_out(&mut event.data, source);
        forms::normalise_risk_levels(&mut event.data)?;
        let part = |name: &str| event.data.get(name).and_then(Value::as_object);
        let detection_id = match forms::text(part("risk"), "data.risk", "detection_id")? {
            Some(id) => Some(id),
            None => forms::text(Some(&event.data), "data", "detection_id")?,
        };
        let aliases = match kind.class() {
            EventClass::Hr | EventClass::Security => {
                let Some(aliases) = names::read(part("worker"), part("previous"))? else {
                    return Err(of_nobody(kind, &remarks));
                };
                aliases
            }
            EventClass::Account => names_of_account(kind, &event.data)?,
            EventClass::Request => request::names(kind, &event.data, &remarks)?,
        };
        let effective = effective::read(kind, &event.data, source)?;
        misspelt::check_dates(event, &effective, event.time.unwrap_or(recorded))?;
        let employment_id = forms::text(part("employment"), "data.employment", "id")?;
        Ok(Self {
            aliases,
            employment_id: employment_id.map(str::to_owned),
            detection_id: detection_id.map(str::to_owned),
            effective,
            remarks,
        })
    }
}

/// The account's own name, which stands for its id, and then what it is called.
fn names_of_account(
    kind: EventKind,
    data: &serde_json::Map<String, Value>,
) -> Result<Vec<Alias>, Refusal> {
    let account = data.get("account").and_then(Value::as_object);
    let target = forms::text(account, "data.account", "target")?;
    let id = forms::text(account, "data.account", "id")?;
    let named = target.zip(id).map(|(target, id)| {
        AccountRef { target: TargetName::new(target), id: ScimId::new(id) }.alias()
    });
    let own = named.flatten();
    if own.is_none() && !kind.only_informs() {
        return Err(Why::new(
            Code::AccountUnnamed,
            Some("data.account"),
            "`data.account` does not hold the `target` and the `id` of an account; usher's own events always \
             do, so something else has written this one: look who may write to the topic",
        )
        .into());
    }
    let worker = data.get("worker").and_then(Value::as_object);
    let called = worker.map(names_of_worker).transpose()?.unwrap_or_default();
    Ok(own.into_iter().chain(called).collect())
}

/// Sensors report `-` or `unknown` where they know nobody, and each of those words left a remark.
fn of_nobody(kind: EventKind, remarks: &[Why]) -> Refusal {
    if kind.class() == EventClass::Security && !remarks.is_empty() {
        return Refusal::skip(Why::new(
            Code::SubjectMachine,
            Some("data.worker"),
            "the event names nobody, only words for none such as `-` or `unknown`; nothing to do, \
             unless the source should name the person who was at work there",
        ));
    }
    Why::new(
        Code::WorkerNoIdentifier,
        Some("data.worker"),
        "`data.worker` holds none of `employee_id`, `worker_id`, `user_name`, `work_email` and \
         `external_ids`, or only words for none such as `N/A`; send at least one",
    )
    .into()
}
