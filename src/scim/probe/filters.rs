//! Look-ups: whether an account is found by an attribute, and nobody by what nobody has.

use super::facts::{Fact, filter_path};
use super::finding::Exchanged;
use super::wire::{Heard, Search, ids};
use super::{Finding, Mark, Misses, Probe};
use crate::model::account::{Account, AttributeName};
use crate::model::ids::ScimId;
use crate::scim::attribute::Place;
use crate::scim::dialect::NoMatch;
use crate::scim::{Dialect, read};

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

/// How a look-up by an attribute has ended.
enum Trial {
    /// By one path or another; whether somebody was there to find.
    Works(Finding, bool),
    /// In no way, and how the first one went.
    Fails(AttributeName, Option<Worth>, Vec<Exchanged>),
    Untried(Finding),
}

/// Tries every attribute that accounts are looked up by.
pub(super) async fn check_all(probe: &mut Probe) -> Vec<Finding> {
    let mut trials = Vec::new();
    for attribute in probe.dialect.lookup.clone() {
        trials.push(check(probe, &attribute).await);
    }
    let one_works = trials.iter().any(|trial| matches!(trial, Trial::Works(..)));
    let one_finds = trials.iter().any(|trial| matches!(trial, Trial::Works(_, true)));
    let one_fails = trials.iter().any(|trial| matches!(trial, Trial::Fails(..)));
    let is_seen = !probe.samples.is_empty();
    let course = match (one_works, one_fails && is_seen) {
        (true, _) => Course::LeaveOut,
        (false, true) => Course::ReadLists,
        (false, false) => Course::Ask,
    };
    let was_known = probe.dialect.ignores_filters;
    if course == Course::ReadLists {
        probe.learn(Fact::IgnoresFilters(true));
    } else if one_finds {
        probe.learn(Fact::IgnoresFilters(false));
    }
    let mut findings = Vec::new();
    for trial in trials {
        findings.push(match trial {
            Trial::Works(finding, _) | Trial::Untried(finding) => finding,
            Trial::Fails(attribute, worth, exchanges) => {
                let finding = fails(probe, &attribute, worth.as_ref(), (course, was_known));
                Finding { exchanges, ..finding }
            }
        });
    }
    findings.extend(needless(probe, was_known && one_finds));
    findings
}

/// What becomes of an attribute that cannot be searched by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Course {
    /// Another one can.
    LeaveOut,
    /// None can, and lists show who is there.
    ReadLists,
    /// None can, and nobody was seen.
    Ask,
}

/// Whole lists are read, and need not be.
fn needless(probe: &mut Probe, is_so: bool) -> Option<Finding> {
    is_so.then(|| {
        let conclusion = "the dialect has whole lists read, and filters are heeded here";
        probe
            .found("ignores_filters", Mark::Note, conclusion)
            .advise("the dialect proposed below uses filters, which is quicker by far")
    })
}

async fn check(probe: &mut Probe, attribute: &AttributeName) -> Trial {
    let Some(own) = Place::of(attribute, &probe.dialect).map(Place::path) else {
        let why = format!("`{attribute}` has no place here: the dialect has no `custom.schema`");
        return Trial::Untried(Finding::untried("lookup", why));
    };
    let configured = filter_path(attribute, &probe.dialect);
    let mut first = None;
    let mut accepted = Vec::new();
    let mut found = None;
    for path in paths(attribute, &configured, own) {
        if !accepted.is_empty() && path != configured {
            continue;
        }
        match worth(probe, attribute, &path).await {
            Worth::Finds(account) => {
                found = account;
                accepted.push(path);
            }
            worth => {
                first.get_or_insert(worth);
            }
        }
    }
    let Some(preferred) = accepted.first().cloned() else {
        return Trial::Fails(attribute.clone(), first, probe.wire.take_log());
    };
    let is_configured = accepted.contains(&configured);
    let path = if is_configured { configured } else { preferred };
    probe.learn(Fact::Filter(attribute.clone(), accepted));
    let finding = works(probe, attribute, (&path, is_configured), found.as_ref()).await;
    Trial::Works(finding, found.is_some())
}

/// What is about, the usual first; the configured path is among them.
fn paths(attribute: &AttributeName, configured: &str, own: String) -> Vec<String> {
    let usual = filter_path(attribute, &Dialect::default());
    let list = attribute.as_str().strip_suffix(".work");
    let others = list.map(|list| [format!("{list}.value"), list.to_owned()]);
    let all = [usual, own].into_iter().chain(others.into_iter().flatten());
    let mut paths: Vec<String> = Vec::new();
    for path in all.chain([configured.to_owned()]) {
        if !path.is_empty() && !paths.contains(&path) {
            paths.push(path);
        }
    }
    paths
}

async fn worth(probe: &mut Probe, attribute: &AttributeName, path: &str) -> Worth {
    let nobody = format!("{}@example.invalid", probe.name);
    let heard = search(probe, path, &nobody, "unknown").await;
    // The list itself has answered, so the address is right.
    let is_missing = heard.status() == Some(404);
    match heard.body().and_then(read::page) {
        None if !is_missing => return Worth::Refused(heard),
        Some(page) if !page.items.is_empty() => return Worth::Ignored,
        None | Some(_) => {}
    }
    let Some((sample, value)) = sample(&probe.samples, attribute) else {
        probe.misses.note(is_missing);
        return Worth::Finds(None);
    };
    let known = search(probe, path, &value, "known").await;
    if !ids(&known).contains(&sample) {
        return if is_missing { Worth::Refused(heard) } else { Worth::Blind };
    }
    probe.misses.note(is_missing);
    Worth::Finds(Some(sample))
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
    probe
        .found("lookup", Mark::Change, conclusion)
        .advise("the path of the dialect does not work here; take the dialect proposed below")
}

fn fails(
    probe: &mut Probe,
    attribute: &AttributeName,
    worth: Option<&Worth>,
    (course, was_known): (Course, bool),
) -> Finding {
    let conclusion = match worth {
        Some(Worth::Ignored) => "the filter is ignored: an unknown value finds accounts".to_owned(),
        Some(Worth::Blind) => "the filter does not even find an account that is there".to_owned(),
        Some(Worth::Refused(heard)) => format!("the filter is refused: {}", heard.words()),
        Some(Worth::Finds(_)) | None => "it was not tried".to_owned(),
    };
    let (mark, advice) = match course {
        Course::LeaveOut => {
            probe.learn(Fact::NoLookup(attribute.clone()));
            (Mark::Change, "take it out of `lookup`, as in the dialect proposed below")
        }
        Course::ReadLists if was_known => (
            Mark::Note,
            "usher reads whole lists and compares itself, as the dialect says; every look-up lists all \
             accounts. Ask the provider for an attribute that can be searched by",
        ),
        Course::ReadLists => (
            Mark::Change,
            "with `ignores_filters`, as in the dialect proposed below, usher reads whole lists and \
             compares itself, so nobody is confused with another; but every look-up lists all accounts. \
             Ask the provider for an attribute that can be searched by",
        ),
        Course::Ask => (
            Mark::Change,
            "no attribute of `lookup` can be searched by, so usher would find nobody here. Ask the \
             provider which one can, and name it in `lookup`",
        ),
    };
    probe.found("lookup", mark, format!("{attribute}: {conclusion}")).advise(advice)
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

/// What comes back where nobody fits, users and groups alike.
pub(super) async fn check_misses(probe: &mut Probe) -> Option<Finding> {
    let nobody = format!("{}-nobody", probe.name);
    let search = Search { path: "displayName", value: &nobody, shown: "unknown", query: "" };
    let heard = probe.wire.ask(search.ask("Groups", probe.wire.address.groups())).await;
    let is_list = heard.body().and_then(read::page).is_some_and(|page| page.items.is_empty());
    // Where groups were read before, it is no wrong address.
    if is_list || heard.status() == Some(404) && probe.lists_groups {
        probe.misses.note(!is_list);
    }
    let Misses { are_404, are_lists } = probe.misses;
    if !are_404 {
        if are_lists {
            probe.learn(Fact::NoMatch(NoMatch::EmptyList));
        }
        return None;
    }
    let was_known = probe.dialect.no_match == NoMatch::NotFound;
    probe.learn(Fact::NoMatch(NoMatch::NotFound));
    let conclusion = "a filter that nobody fits is answered with 404, not with an empty list";
    let finding = probe.found("no_match", Mark::Note, conclusion);
    Some(finding.advise(if was_known {
        "this is no wrong url, and the dialect says so: the list itself is there"
    } else {
        "this is no wrong url: the list itself is there. With `no_match: not-found`, as in the dialect \
         proposed below, usher need not find that out each time it starts"
    }))
}
