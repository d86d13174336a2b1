mod answers;
mod glance;
mod held;
mod history;
mod parked;
mod status;

use super::{Scope, Target};
use crate::engine::record::Kept;
use crate::engine::state::Person;
use crate::model::ids::{PersonId, TargetName, TenantName};
use crate::model::{Alias, AliasKind};
use crate::rules::{RuleFile, RuleSet};
use jiff::Timestamp;
use std::collections::BTreeSet;
use std::sync::Arc;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn rules(text: &str) -> Arc<RuleSet> {
    let file = RuleFile { name: "rules.yaml".to_owned(), text: text.to_owned() };
    Arc::new(RuleSet::load(&[file]).unwrap())
}

fn scope() -> Scope {
    Scope {
        tenant: TenantName::new("acme"),
        rules: rules(
            "rules: [{ name: hired, on: [worker.hired], assert: { claim: employed, precedence: \
             profile, want: { account: present } } }]",
        ),
        targets: vec![Target { name: TargetName::new("main"), restricting: BTreeSet::new() }],
    }
}

fn kim() -> Kept {
    let mut kim = Person::new(PersonId::new("p-1"), TenantName::new("acme"));
    kim.aliases.extend(Alias::parse(AliasKind::UserName, "kim@example.com"));
    Kept { person: kim, seats: std::collections::BTreeMap::new() }
}
