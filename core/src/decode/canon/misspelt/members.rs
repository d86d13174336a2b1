//! Members whose names are near to one that usher reads: of the person, and of what an event means.

use super::stranger::{field, misspelt, says_something};
use super::words::{Nearness, nearness};
use crate::model::decision::Why;
use crate::model::event::{DATA_MEMBERS, Form};
use crate::model::event_kind::EventKind;
use crate::model::fields::{self, Carried};
use crate::model::text::clean;
use serde_json::{Map, Value};

/// Members that change no moment, no person and no meaning, or that nobody reads.
const WITHOUT_CONSEQUENCE: [&str; 3] = ["supersedes", "cancels", "raw_ref"];

/// Of the members that are objects, those whose own members matter.
const INSIDE: [(&str, &[(&str, Form)]); 4] = [
    ("worker", NAMES),
    ("previous", NAMES),
    ("employment", &[("id", Form::Text), ("type", Form::Text), ("status", Form::Text)]),
    (
        "risk",
        &[
            ("level", Form::Text),
            ("previous_level", Form::Text),
            ("original_level", Form::Text),
            ("category", Form::Text),
            ("score", Form::Any),
            ("scale", Form::Any),
            ("reason", Form::Text),
            ("detection_id", Form::Text),
        ],
    ),
];

const NAMES: &[(&str, Form)] = &[
    ("employee_id", Form::Text),
    ("worker_id", Form::Text),
    ("user_name", Form::Text),
    ("work_email", Form::Text),
    ("external_ids", Form::Object),
];

/// Members in the wrong place: where they stand, and where they belong. They count as misspelt by
/// their letters alone.
const ELSEWHERE: [(&[&str], &[&str]); 9] = [
    (&["employee_id"], &["worker", "employee_id"]),
    (&["worker_id"], &["worker", "worker_id"]),
    (&["worker", "employee_number"], &["worker", "employee_id"]),
    (&["employment_id"], &["employment", "id"]),
    (&["employment", "employment_id"], &["employment", "id"]),
    (&["risk_level"], &["risk", "level"]),
    (&["risk", "risk_level"], &["risk", "level"]),
    (&["employment", "legal_hold"], &["legal_hold"]),
    (&["worker", "legal_hold"], &["legal_hold"]),
];

/// The first member of `data` that is near to a known one which is missing, or says something else.
pub(super) fn check(kind: EventKind, members: &Map<String, Value>) -> Result<(), Why> {
    let carried: Vec<(&str, Form)> = DATA_MEMBERS
        .iter()
        .filter(|(name, _)| counts(kind, name) && !WITHOUT_CONSEQUENCE.contains(name))
        .copied()
        .collect();
    object(members, "data", &carried)?;
    for (name, known) in INSIDE {
        if let Some(Value::Object(inside)) = members.get(name).filter(|_| counts(kind, name)) {
            object(inside, &format!("data.{name}"), known)?;
        }
    }
    elsewhere(kind, members)
}

/// Whether events of the type are read for the member: no date counts where access goes at once.
/// Dates near by are left to `dates`, but for what they are reckoned with.
fn counts(kind: EventKind, name: &str) -> bool {
    let is_date = matches!(name, "effective_at" | "effective_date" | "last_day_of_work");
    let dates = matches!(name, "time_zone" | "effective_edge");
    fields::carried(kind, &[name.to_owned()]) != Carried::Never
        && !is_date
        && !(dates && kind == EventKind::AccessRevoked)
}

fn object(members: &Map<String, Value>, path: &str, known: &[(&str, Form)]) -> Result<(), Why> {
    for (name, value) in members.iter().filter(|(_, value)| says_something(value)) {
        let is_known = |name: &str| known.iter().any(|(known, _)| *known == name);
        if is_known(name) || DATA_MEMBERS.iter().any(|(known, _)| path == "data" && known == name) {
            continue;
        }
        let near = known.iter().filter_map(|(known, form)| {
            let nearness = nearness(name, known)?;
            (nearness == Nearness::Same || fits(*form, value)).then_some((nearness, *known))
        });
        let Some((_, meant)) = near.min() else { continue };
        if members.get(meant).filter(|it| says_something(it)).is_none_or(|it| !agree(it, value)) {
            let meant = format!("{path}.{meant}");
            return Err(misspelt(&field(path, name), meant.trim_start_matches("data.")));
        }
    }
    Ok(())
}

fn elsewhere(kind: EventKind, members: &Map<String, Value>) -> Result<(), Why> {
    for (from, to) in ELSEWHERE {
        let Some((name, around)) = from.split_last() else { continue };
        if !to.first().is_some_and(|root| counts(kind, root)) {
            continue;
        }
        let Some(holder) = object_at(members, around) else { continue };
        let known = at(members, to).filter(|it| says_something(it));
        let strays = holder.iter().filter(|(it, value)| {
            nearness(it, name) == Some(Nearness::Same) && says_something(value)
        });
        for (stray, value) in strays {
            if known.is_none_or(|it| !agree(it, value)) {
                let path = [&["data"], around].concat().join(".");
                return Err(misspelt(&field(&path, stray), &to.join(".")));
            }
        }
    }
    Ok(())
}

fn object_at<'a>(members: &'a Map<String, Value>, path: &[&str]) -> Option<&'a Map<String, Value>> {
    path.iter().try_fold(members, |members, name| members.get(*name)?.as_object())
}

fn at<'a>(members: &'a Map<String, Value>, path: &[&str]) -> Option<&'a Value> {
    let (name, around) = path.split_last()?;
    object_at(members, around)?.get(*name)
}

fn fits(form: Form, value: &Value) -> bool {
    match form {
        Form::Object => value.is_object(),
        Form::Text => value.is_string(),
        Form::TextOrNumber => value.is_string() || value.is_number(),
        Form::Flag => value.is_boolean(),
        Form::Any => true,
    }
}

/// Whether both say the same, letters and blanks aside.
fn agree(one: &Value, other: &Value) -> bool {
    match (one.as_str(), other.as_str()) {
        (Some(one), Some(other)) => clean(one).to_lowercase() == clean(other).to_lowercase(),
        (Some(text), None) | (None, Some(text)) => {
            let value = if one.is_string() { other } else { one };
            value.as_number().is_some_and(|number| number.to_string() == text.trim())
        }
        (None, None) => one == other,
    }
}
