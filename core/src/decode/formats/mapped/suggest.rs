//! A description that might fit somebody's JSON, for them to review.
//!
//! It is made of the names of members alone, and of the words in what looks like a status. Which event a
//! word means nobody can tell but who sends it, so what is not plain stands there as a question.

use super::super::vendor::objects;
use crate::decode::json::Json;
use crate::decode::unwrap::{self, Inside};
use crate::model::code::Code;
use crate::model::decision::Why;
use crate::roster::{self, Column};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

/// So many records are looked at.
const RECORDS: usize = 200;
/// A status has few words; more are something else, perhaps names.
const WORDS_MOST: usize = 12;
const DEPTH: usize = 4;

/// A description for what stands in `text`, as YAML.
///
/// # Errors
///
/// Why there is nothing to describe.
pub fn suggest(text: &[u8]) -> Result<String, Why> {
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    let nothing = || {
        let text = "there is no record in it: a JSON object, a list of them, or lines of them";
        Why::new(Code::ValueNotOfFormat, Some("value"), text)
    };
    let Inside::Json(json, _) = unwrap::open(text)? else { return Err(nothing()) };
    let list = list_in(&json.value, "", DEPTH);
    let lists: Vec<&str> = list.iter().map(String::as_str).collect();
    let records = objects(Json { value: json.value, doubled: json.doubled }, &lists);
    let mut leaves = Leaves::new();
    for (record, ..) in records.iter().filter(|(it, ..)| it.is_object()).take(RECORDS) {
        collect(record, "", DEPTH, &mut leaves);
    }
    if leaves.is_empty() {
        return Err(nothing());
    }
    Ok(write(list.as_deref(), &leaves))
}

/// Each place with the words that stand there.
type Leaves = BTreeMap<String, BTreeSet<String>>;

/// Where a list of objects lies in an object.
fn list_in(value: &Value, at: &str, depth: usize) -> Option<String> {
    let members = value.as_object()?;
    let is_list = |value: &Value| {
        value.as_array().is_some_and(|it| it.len() > 1 && it.iter().all(Value::is_object))
    };
    let single = |value: &Value| {
        at.is_empty()
            && members.len() == 1
            && value.as_array().is_some_and(|it| it.iter().all(Value::is_object))
    };
    let found = members.iter().find(|(_, value)| is_list(value) || single(value));
    if let Some((name, _)) = found {
        return Some(format!("{at}/{}", escaped(name)));
    }
    let deeper = depth.checked_sub(1)?;
    members
        .iter()
        .find_map(|(name, value)| list_in(value, &format!("{at}/{}", escaped(name)), deeper))
}

fn escaped(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

fn collect(value: &Value, at: &str, depth: usize, leaves: &mut Leaves) {
    let deeper = depth.checked_sub(1);
    match (value, deeper) {
        (Value::Object(members), Some(deeper)) => {
            for (name, value) in members {
                collect(value, &format!("{at}/{}", escaped(name)), deeper, leaves);
            }
        }
        (Value::Array(items), Some(deeper)) => {
            if let Some(first) = items.first() {
                collect(first, &format!("{at}/0"), deeper, leaves);
            }
        }
        (Value::String(_) | Value::Number(_) | Value::Bool(_), _) => {
            let words = leaves.entry(at.to_owned()).or_default();
            words.extend(super::value::text(value).filter(|_| words.len() <= WORDS_MOST));
        }
        (Value::Null, _) => {
            leaves.entry(at.to_owned()).or_default();
        }
        (Value::Object(_) | Value::Array(_), None) => {}
    }
}

/// The name that tells what stands at a place: that of its member, or of what holds a `value`.
fn name_of(place: &str) -> &str {
    let is_of_none = |it: &&str| !it.eq_ignore_ascii_case("value") && it.parse::<usize>().is_err();
    place.rsplit('/').find(is_of_none).unwrap_or(place)
}

/// The member of an event that a column of a roster is.
fn member(column: Column) -> Option<&'static str> {
    Some(match column {
        Column::EmployeeNumber => "worker.employee_id",
        Column::WorkerId => "worker.worker_id",
        Column::UserName => "worker.user_name",
        Column::Email => "worker.work_email",
        Column::ExternalId => "worker.external_ids.hris",
        Column::DisplayName => "profile.display_name",
        Column::GivenName => "profile.given_name",
        Column::FamilyName => "profile.family_name",
        Column::Title => "profile.title",
        Column::Department => "profile.department",
        Column::Division => "profile.division",
        Column::Organization => "profile.organization",
        Column::CostCenter => "profile.cost_center",
        Column::Location => "profile.location",
        Column::ManagerNumber => "profile.manager_employee_id",
        Column::WorkerType => "employment.type",
        _ => return None,
    })
}

fn write(list: Option<&str>, leaves: &Leaves) -> String {
    let mut out = String::from(
        "# Proposed by `usher mapped suggest`, from names alone. Review every line; `usher decode` shows \
         what\n# comes of it. docs/formats.md explains the words.\nsource: hr.example.com\n",
    );
    if let Some(list) = list {
        line(&mut out, format_args!("records: {}", quoted(list)));
    }
    let known = |wanted: Column| {
        leaves.keys().find(|place| roster::usual_column(name_of(place)) == Some(wanted))
    };
    out.push_str("members:\n");
    let mut used: BTreeSet<&str> = BTreeSet::new();
    for column in Column::ALL {
        if let (Some(member), Some(place)) = (member(*column), known(*column)) {
            line(&mut out, format_args!("  {member}: {}", quoted(place)));
            used.insert(place);
        }
    }
    let (start, end) = (known(Column::StartDate), known(Column::EndDate));
    let status = [Column::Status, Column::Enabled].into_iter().find_map(known);
    used.extend([start, end, status].into_iter().flatten().map(String::as_str));
    let date = |place: Option<&String>| {
        place.map_or_else(String::new, |place| {
            format!("\n    members: {{ effective_date: {} }}", quoted(place))
        })
    };
    out.push_str("events:\n");
    match status {
        Some(status) => {
            let words = leaves.get(status).into_iter().flatten();
            events(&mut out, status, words, (&date(start), &date(end)));
        }
        None => out.push_str(
            "  # Nothing here looks like a status or a type of event. Say which record is which event:\n  \
             # - event: worker.terminated\n  #   when: { /status: [Terminated] }\n  - event: \
             worker.updated\n",
        ),
    }
    let ignored: Vec<&str> =
        leaves.keys().map(String::as_str).filter(|it| !used.contains(it)).collect();
    if !ignored.is_empty() {
        out.push_str("# Not used:\n");
        for place in ignored {
            line(&mut out, format_args!("#   {place}"));
        }
    }
    out
}

/// What words for a status usually mean. Others are asked about, and set aside until somebody answers.
fn events<'a>(
    out: &mut String,
    status: &str,
    words: impl Iterator<Item = &'a String>,
    (start, end): (&str, &str),
) {
    let (mut ended, mut leave, mut active, mut unknown) = (vec![], vec![], vec![], vec![]);
    for word in words {
        match word.trim().to_lowercase().as_str() {
            "terminated" | "left" | "t" | "ended" => ended.push(word.as_str()),
            "on leave" | "leave" | "l" => leave.push(word.as_str()),
            "active" | "current" | "employed" | "a" | "true" => active.push(word.as_str()),
            _ => unknown.push(word.as_str()),
        }
    }
    let groups = [
        ("worker.terminated", ended, end),
        ("worker.leave.started", leave, ""),
        ("worker.hired", active, start),
    ];
    for (event, words, date) in groups {
        if !words.is_empty() {
            let words: Vec<String> = words.into_iter().map(quoted).collect();
            let (place, words) = (quoted(status), words.join(", "));
            line(out, format_args!("  - event: {event}\n    when: {{ {place}: [{words}] }}{date}"));
        }
    }
    if unknown.len() > WORDS_MOST {
        line(out, format_args!("  # What stands at {status} are many words; it may be no status."));
    } else {
        for word in unknown {
            let (place, word) = (quoted(status), quoted(word));
            line(
                out,
                format_args!(
                    "  # Which event is this? Until somebody says it, such records are parked.\n  # - \
                     event: ?\n  #   when: {{ {place}: [{word}] }}"
                ),
            );
        }
    }
}

/// YAML reads JSON's quotes; plain names need none.
fn quoted(text: &str) -> String {
    let is_plain = |sign: char| sign.is_alphanumeric() || "/_-".contains(sign);
    let is_word = text.starts_with('/') || text.starts_with(char::is_alphabetic);
    // YAML takes these for something else.
    let is_taken = ["true", "false", "null", "yes", "no", "on", "off", "y", "n"];
    if is_word && text.chars().all(is_plain) && !is_taken.contains(&text.to_lowercase().as_str()) {
        text.to_owned()
    } else {
        Value::from(text).to_string()
    }
}

fn line(out: &mut String, text: std::fmt::Arguments<'_>) {
    // Writing to a string cannot fail.
    let _infallible = writeln!(out, "{text}");
}
