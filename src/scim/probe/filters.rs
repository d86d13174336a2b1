//! Look-ups: whether an account is found by an attribute, and nobody by what nobody has.

use super::facts::Fact;
use super::wire::{Heard, Search, ids};
use super::{Finding, Mark, Probe};
use crate::model::account::{Account, AttributeName};
use crate::model::ids::ScimId;
use crate::scim::attribute::Place;
use crate::scim::read;

/// What a filter is worth.
enum Worth {
    /// It finds who is there; `None`: nobody was there to find.
    Finds(Option<ScimId>),
    /// It finds nobody, not even who is there.
    Blind,
    /// It finds whom it should not.
    Ignored,
    Refused(Heard),
}

pub(super) async fn check(probe: &mut Probe, attribute: &AttributeName) -> Finding {
    let Some(own) = Place::of(attribute, &probe.dialect).map(Place::path) else {
        let why = format!("`{attribute}` has no place here: the dialect has no `custom.schema`");
        return Finding::untried("lookup", why);
    };
    let configured = probe.dialect.filters.get(attribute).cloned().unwrap_or_else(|| own.clone());
    let mut first = None;
    for path in paths(attribute, &configured, own) {
        let worth = worth(probe, attribute, &path).await;
        if let Worth::Finds(found) = worth {
            return works(probe, attribute, (&path, path == configured), found.as_ref()).await;
        }
        first.get_or_insert(worth);
    }
    fails(probe, attribute, first.as_ref())
}

/// The configured path, then what else is about.
fn paths(attribute: &AttributeName, configured: &str, own: String) -> Vec<String> {
    let mut paths = vec![configured.to_owned()];
    let list = attribute.as_str().strip_suffix(".work");
    let others = list.map(|list| [format!("{list}.value"), list.to_owned()]);
    for other in std::iter::once(own).chain(others.into_iter().flatten()) {
        if !paths.contains(&other) {
            paths.push(other);
        }
    }
    paths
}

async fn worth(probe: &mut Probe, attribute: &AttributeName, path: &str) -> Worth {
    let nobody = format!("{}@example.invalid", probe.name);
    let heard = search(probe, path, &nobody, "unknown").await;
    let Some(page) = heard.body().and_then(read::page) else {
        return Worth::Refused(heard);
    };
    if !page.items.is_empty() {
        return Worth::Ignored;
    }
    let Some((sample, value)) = sample(&probe.samples, attribute) else {
        return Worth::Finds(None);
    };
    let found = ids(&search(probe, path, &value, "known").await);
    if found.contains(&sample) { Worth::Finds(Some(sample)) } else { Worth::Blind }
}

async fn search(probe: &mut Probe, path: &str, value: &str, shown: &str) -> Heard {
    let search = Search { path, value, shown, query: "" };
    let ask = search.ask("Users", probe.wire.address.users());
    probe.wire.ask(ask).await
}

/// An account that has a value.
fn sample(samples: &[Account], attribute: &AttributeName) -> Option<(ScimId, String)> {
    samples.iter().find_map(|account| {
        let value = account.attributes.get(attribute)?;
        Some((account.id.clone(), value.to_text()))
    })
}

async fn works(
    probe: &mut Probe,
    attribute: &AttributeName,
    (path, is_configured): (&str, bool),
    found: Option<&ScimId>,
) -> Finding {
    let mut mark = Mark::Good;
    let mut conclusion = match found {
        Some(_) => format!("an account is found by `{path}`, and nobody by an unknown value"),
        None => format!("`{path}` finds nobody by an unknown value; no account was there to find"),
    };
    let other_letters = sample(&probe.samples, attribute)
        .map(|(_, value)| (swapped(&value), value))
        .filter(|(swapped, value)| swapped != value && found.is_some());
    if let Some((swapped, _)) = other_letters {
        let heard = ids(&search(probe, path, &swapped, "known, other letter case").await);
        if !heard.iter().any(|id| Some(id) == found) {
            mark = Mark::Note;
            conclusion +=
                "; upper and lower case count, so the sources must write it as the target does";
        }
    }
    let conclusion = format!("{attribute}: {conclusion}");
    if is_configured {
        return probe.found("lookup", mark, conclusion);
    }
    probe.learn(Fact::Filter(attribute.clone(), path.to_owned()));
    probe
        .found("lookup", Mark::Change, conclusion)
        .advise("the path of the dialect does not work here; take the dialect proposed below")
}

fn fails(probe: &mut Probe, attribute: &AttributeName, worth: Option<&Worth>) -> Finding {
    let conclusion = match worth {
        Some(Worth::Ignored) => "the filter is ignored: an unknown value finds accounts".to_owned(),
        Some(Worth::Blind) => "the filter does not even find an account that is there".to_owned(),
        Some(Worth::Refused(heard)) => format!("the filter is refused: {}", heard.words()),
        Some(Worth::Finds(_)) | None => "it was not tried".to_owned(),
    };
    let is_last = probe.dialect.lookup.len() == 1;
    let is_ignored = matches!(worth, Some(Worth::Ignored));
    probe.learn(Fact::NoLookup(attribute.clone()));
    let advice = match (is_last, is_ignored) {
        (false, _) => "take it out of `lookup`, as in the dialect proposed below",
        (true, true) => {
            "usher compares again itself, so nobody is confused with another; but every look-up lists \
             all accounts. Ask the provider for an attribute that can be searched by"
        }
        (true, false) => {
            "no attribute of `lookup` can be searched by, so usher would find nobody here. Ask the \
             provider which one can, and name it in `lookup`"
        }
    };
    probe.found("lookup", Mark::Change, format!("{attribute}: {conclusion}")).advise(advice)
}

/// The same text with upper case for lower and the other way round.
fn swapped(text: &str) -> String {
    let swap = |letter: char| {
        if letter.is_ascii_lowercase() {
            letter.to_ascii_uppercase()
        } else {
            letter.to_ascii_lowercase()
        }
    };
    text.chars().map(swap).collect()
}
