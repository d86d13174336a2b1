//! Policies that a console has exported to a file, for no interface shows them.
//!
//! How the columns are called is not promised: they are found by what they are about, and a file in which
//! no column names a policy is refused.

use super::lenient::{as_text, member};
use super::policy::Policy;
use csv::{ReaderBuilder, StringRecord};
use serde_json::Value as Json;

/// Why an export cannot be read; each says what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unread {
    #[error("it is empty; export the policies again")]
    Empty,
    #[error("it is no UTF-8 text; export it as CSV or JSON")]
    Encoding,
    #[error("it is no JSON that can be read, and begins like some; it may be cut short")]
    Json,
    #[error("no policy is in it: there is no list of objects with a name")]
    NoPolicies,
    #[error(
        "no column names the policy; there are: {0}. One must be called like `Policy Name` or `Rule Name`"
    )]
    NoName(String),
    #[error(
        "no column names users or groups; there are: {0}. One must be called like `User Group` or `Source`"
    )]
    NoGroups(String),
    #[error("line {0} has fewer fields than the headers: the file is cut short, or not CSV")]
    Cut(u64),
    #[error("line {0} has no name of a policy")]
    Nameless(u64),
}

const NAMES: [&str; 6] = ["policyname", "rulename", "name", "policy", "rule", "ruleid"];
const STATUS: [&str; 4] = ["status", "enabled", "state", "policystatus"];
const ACTION: [&str; 3] = ["action", "policyaction", "actionname"];
const GROUPS: [&str; 7] = [
    "usergroup",
    "usergroups",
    "groups",
    "group",
    "sourcegroup",
    "sourcegroups",
    "sourceusergroup",
];
const USERS: [&str; 5] = ["user", "users", "sourceuser", "sourceusers", "source"];
const UNITS: [&str; 5] =
    ["ou", "organizationunit", "organizationunits", "organizationalunit", "organizationalunits"];
const APPS: [&str; 6] =
    ["application", "applications", "app", "apps", "privateapps", "destination"];
/// Words for "nobody in particular".
const EVERYBODY: [&str; 5] = ["any", "all", "all users", "*", "-"];

/// Reads an export, whichever of the two forms it has.
pub fn export(bytes: &[u8]) -> Result<Vec<Policy>, Unread> {
    let text = std::str::from_utf8(bytes).map_err(|_no_text| Unread::Encoding)?;
    // At the end a cell may be empty, and its delimiter a blank.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text).trim_start();
    match text.chars().next() {
        None => Err(Unread::Empty),
        Some('[' | '{') => json(text),
        Some(_) => table(text),
    }
}

fn json(text: &str) -> Result<Vec<Policy>, Unread> {
    let body: Json = serde_json::from_str(text).map_err(|_no_json| Unread::Json)?;
    let items = items(&body, 3).ok_or(Unread::NoPolicies)?;
    let mut policies = Vec::new();
    for (number, item) in (1..).zip(items) {
        policies.push(object(item).ok_or(Unread::Nameless(number))?);
    }
    if policies.is_empty() { Err(Unread::NoPolicies) } else { Ok(policies) }
}

fn items(body: &Json, depth: u8) -> Option<&Vec<Json>> {
    const NAMES: [&str; 6] = ["policies", "rules", "data", "result", "results", "items"];
    match body {
        Json::Array(items) => Some(items),
        Json::Object(_) if depth > 0 => NAMES
            .iter()
            .filter_map(|name| member(body, &[name]))
            .find_map(|inner| items(inner, depth - 1)),
        _ => None,
    }
}

/// As the interface shows a rule, or with the columns of the table as members.
fn object(item: &Json) -> Option<Policy> {
    if member(item, &["rule_data"]).is_some() {
        return Policy::read(item);
    }
    let cell = |names: &[&str]| {
        let value = member(item, names)?;
        let parts = value.as_array().map(|items| items.iter().filter_map(as_text).collect());
        parts.or_else(|| Some(vec![as_text(value)?]))
    };
    let joined = |names: &[&str]| cell(names).map(|parts: Vec<String>| parts.join(";"));
    Some(policy(&|names| joined(names).unwrap_or_default())).filter(|it| !it.name.is_empty())
}

fn table(text: &str) -> Result<Vec<Policy>, Unread> {
    let first = text.lines().next().unwrap_or_default();
    let delimiter = *b",;\t"
        .iter()
        .max_by_key(|it| first.bytes().filter(|byte| byte == *it).count())
        .unwrap_or(&b',');
    let mut reader = ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter)
        .from_reader(text.as_bytes());
    let mut records = reader.records();
    let headers: StringRecord =
        records.next().ok_or(Unread::Empty)?.map_err(|_no_row| Unread::Encoding)?;
    let plain: Vec<String> = headers.iter().map(plain).collect();
    let place =
        |names: &[&str]| names.iter().find_map(|name| plain.iter().position(|it| it == name));
    let shown = || headers.iter().collect::<Vec<_>>().join(", ");
    place(&NAMES).ok_or_else(|| Unread::NoName(shown()))?;
    place(&GROUPS).or_else(|| place(&USERS)).ok_or_else(|| Unread::NoGroups(shown()))?;
    let mut policies = Vec::new();
    for (line, record) in (2..).zip(records) {
        let record = record.map_err(|_no_row| Unread::Cut(line))?;
        if record.len() < headers.len() {
            return Err(Unread::Cut(line));
        }
        let cell = |names: &[&str]| {
            place(names).and_then(|at| record.get(at)).unwrap_or_default().trim().to_owned()
        };
        let policy = policy(&cell);
        if policy.name.is_empty() {
            return Err(Unread::Nameless(line));
        }
        policies.push(policy);
    }
    if policies.is_empty() { Err(Unread::NoPolicies) } else { Ok(policies) }
}

fn policy(cell: &dyn Fn(&[&str]) -> String) -> Policy {
    let enabled = match cell(&STATUS).to_lowercase().as_str() {
        "enabled" | "enable" | "active" | "on" | "true" | "1" | "yes" => Some(true),
        "disabled" | "disable" | "inactive" | "off" | "false" | "0" | "no" => Some(false),
        _ => None,
    };
    Policy {
        name: cell(&NAMES),
        enabled,
        action: Some(cell(&ACTION)).filter(|action| !action.is_empty()),
        users: list(&cell(&USERS)),
        groups: list(&cell(&GROUPS)),
        units: list(&cell(&UNITS)),
        apps: list(&cell(&APPS)),
    }
}

/// Names in one cell, with semicolons, line breaks or commas between.
fn list(cell: &str) -> Vec<String> {
    let between: &[char] = if cell.contains([';', '\n', '|']) { &[';', '\n', '|'] } else { &[','] };
    let parts = cell.split(between).map(str::trim).filter(|part| !part.is_empty());
    parts
        .filter(|part| !EVERYBODY.contains(&part.to_lowercase().as_str()))
        .map(str::to_owned)
        .collect()
}

fn plain(header: &str) -> String {
    header.chars().filter(char::is_ascii_alphanumeric).map(|it| it.to_ascii_lowercase()).collect()
}
