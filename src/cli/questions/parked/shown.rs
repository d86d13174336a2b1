//! One parked record, whole, with the reason and its cure.

use super::super::text;
use super::super::time::Zone;
use crate::view::masked::masked;
use crate::view::parked::{Found, Part, Row};
use serde_json::Value;

/// Headers that say nothing of people.
const OF_ENVELOPES: &[&str] =
    &["content-type", "ce_specversion", "ce_type", "ce_source", "ce_id", "ce_time"];

/// The page of one record. `found`: the whole, if somebody has it.
pub(super) fn record(row: &Row, found: Option<&Found>, how: (&Zone, bool)) -> String {
    let (zone, is_unmasked) = how;
    let mut out = text::line(&format!("{}, set aside {}", row.position, zone.show(row.since)));
    let mut tell = |name: &str, told: Option<String>| {
        out.extend(told.map(|told| text::line(&format!("{name:8} {told}"))));
    };
    let field = row.field.as_ref().map(|field| format!(" ({field})")).unwrap_or_default();
    tell("why", Some(format!("{}{field}: {}", row.code, row.text)));
    tell("cure", row.code.known().and_then(|code| cure(code.page())));
    tell("tenant", row.tenant.as_ref().map(ToString::to_string));
    tell("event", row.event.as_ref().map(event));
    tell("person", row.person.as_ref().map(ToString::to_string));
    tell("cut", row.takes_access.then(|| "it would probably have taken access".to_owned()));
    let again = row.replayed.as_ref();
    tell("replayed", again.map(|again| format!("{}, {}", again.decision, zone.show(again.at))));
    if let Some(found) = found {
        tell("time", found.is_timed.then(|| zone.show(found.raw.timestamp)));
        for (name, value) in &found.raw.headers {
            tell("header", Some(header(name, value.as_deref(), is_unmasked)));
        }
        out.push_str(&value(found, is_unmasked));
    }
    out
}

/// What the page of a code says is to be done.
fn cure(page: &str) -> Option<String> {
    let (_, cure) = page.split_once("**What to do.** ")?;
    let cure = cure.split("\n\n").next()?;
    Some(cure.split_whitespace().collect::<Vec<_>>().join(" "))
}

fn event(label: &crate::view::parked::Label) -> String {
    let part = |part: Option<&String>| part.map_or("?".to_owned(), Clone::clone);
    format!(
        "{} `{}` of {}",
        part(label.kind.as_ref()),
        part(label.id.as_ref()),
        part(label.source.as_ref())
    )
}

fn header(name: &str, value: Option<&[u8]>, is_unmasked: bool) -> String {
    let is_shown = is_unmasked || OF_ENVELOPES.iter().any(|it| it.eq_ignore_ascii_case(name));
    let value = match value {
        None => "null".to_owned(),
        Some(value) if is_shown => String::from_utf8_lossy(value).into_owned(),
        Some(value) => format!("({} bytes)", value.len()),
    };
    format!("{name}: {value}")
}

fn value(found: &Found, is_unmasked: bool) -> String {
    let Some(bytes) = found.raw.value.as_deref() else {
        return text::line("\nthere is no value");
    };
    let (rest, is_whole) = match found.part {
        Part::Whole | Part::OneOfSeveral => ("", true),
        Part::Beginning => ("; it was too large, and the rest is not here", false),
    };
    let head = text::line(&format!("\nvalue, {} bytes{rest}:", bytes.len()));
    let json = is_whole.then(|| serde_json::from_slice::<Value>(bytes).ok()).flatten();
    let told = match (json, is_unmasked) {
        (Some(json), false) => format!("{:#}", masked(&json)),
        (Some(json), true) => format!("{json:#}"),
        (None, true) => String::from_utf8_lossy(bytes).into_owned(),
        (None, false) => "(no JSON; --unmasked shows it as it is)".to_owned(),
    };
    head + &told.lines().map(text::line).collect::<String>()
}

#[cfg(test)]
mod tests {
    use super::cure;
    use crate::model::code::Code;

    #[test]
    fn every_code_has_a_cure_in_one_line() {
        for code in Code::ALL {
            let cure = cure(code.page());
            assert!(cure.is_some_and(|cure| !cure.contains('\n')), "{code}");
        }
    }
}
