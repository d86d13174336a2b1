//! Which facts about one person are known to be about one person.
//!
//! Sources know people by different names. Until somebody says that two names are one person's, what
//! was said by either is kept apart; then all of it is one.

use crate::simulation::fact::{Fact, Name};
use std::collections::BTreeSet;

/// Facts that are known to be about one and the same.
#[derive(Clone, Debug, Default)]
pub struct Part<'a> {
    pub names: BTreeSet<&'a Name>,
    pub facts: Vec<&'a Fact>,
}

impl Part<'_> {
    /// Whether an account can be looked up by what is known here.
    pub fn finds_accounts(&self) -> bool {
        self.names.iter().any(|name| name.finds_accounts())
    }
}

/// The facts of one person, in parts that no name links, nor any operator. `links`: names of which each
/// time somebody has said that all are one person's.
pub fn parts<'a>(facts: &[&'a Fact], links: &[BTreeSet<Name>]) -> Vec<Part<'a>> {
    let mut parts = by_names(facts);
    for link in links {
        let is_of_it = |part: &mut Part<'_>| part.names.iter().any(|name| link.contains(*name));
        let whole = parts.extract_if(.., is_of_it).reduce(|mut whole, part| {
            whole.names.extend(part.names);
            whole.facts.extend(part.facts);
            whole
        });
        parts.extend(whole);
    }
    parts
}

fn by_names<'a>(facts: &[&'a Fact]) -> Vec<Part<'a>> {
    let mut parts: Vec<Part<'a>> = Vec::new();
    for fact in facts.iter().copied().filter(|fact| !fact.says_nothing()) {
        let mut whole = Part { names: fact.names.iter().collect(), facts: vec![fact] };
        for part in std::mem::take(&mut parts) {
            if part.names.is_disjoint(&whole.names) {
                parts.push(part);
            } else {
                whole.names.extend(part.names);
                whole.facts.extend(part.facts);
            }
        }
        parts.push(whole);
    }
    parts
}
