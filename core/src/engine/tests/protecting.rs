//! Whoever is protected is never touched, and whoever tries is a row that nobody can approve.

use super::bench::Bench;
use super::limiting::{Provider, name, terminate};
use super::obeying::{became, holds, order};
use crate::command::tests::court::ANN;
use crate::engine::brakes::protect::{Pattern, Protected};
use crate::model::ordered::Became;
use crate::model::{Alias, AliasKind, GroupName, ScimId};
use serde_json::json;

fn protected(fill: impl FnOnce(&mut Protected)) -> Protected {
    let mut protected = Protected::default();
    fill(&mut protected);
    protected
}

/// By a name that events give, by what the account shows, and by a group that it is in.
fn ways() -> [Protected; 3] {
    let alias = Alias::parse(AliasKind::UserName, &name(0)).unwrap();
    [
        protected(|it| it.people = [alias].into()),
        protected(|it| it.patterns = vec![Pattern::new("Person0@*")]),
        protected(|it| it.members_of = [GroupName::new("VPN")].into()),
    ]
}

#[test]
fn whoever_is_protected_is_never_touched() {
    for way in ways() {
        let (mut bench, mut provider) = (Bench::protecting(way.clone()), Provider::default());
        provider.vpn.insert(ScimId::new(format!("a-{}", name(0))));
        terminate(&mut bench, 0);
        terminate(&mut bench, 1);
        provider.serve(&mut bench);
        let cut: Vec<&str> = provider.inactive.iter().map(ScimId::as_str).collect();
        assert_eq!(cut, [format!("a-{}", name(1))], "{way:?}");
        assert!(provider.vpn.contains(&ScimId::new(format!("a-{}", name(0)))), "{way:?}");
        let held = holds(&bench);
        assert!(!held.is_empty(), "{way:?}");
        assert!(held.iter().all(|(_, hold)| hold.why.code.as_str() == "protected.person"));
        let digest = held[0].1.digest.clone();
        let told = order(&mut bench, ANN, "approve", &json!({ "holds": [digest] }));
        assert_eq!(became(&told), [Became::Nothing], "{way:?}");
        provider.serve(&mut bench);
        assert_eq!(provider.cut(), 1, "{way:?}");
    }
}

#[test]
fn all_but_a_protected_group_is_done() {
    let way = protected(|it| it.groups = [GroupName::new("VPN")].into());
    let (mut bench, mut provider) = (Bench::protecting(way), Provider::default());
    provider.vpn.insert(ScimId::new(format!("a-{}", name(0))));
    terminate(&mut bench, 0);
    provider.serve(&mut bench);
    assert_eq!((provider.cut(), provider.vpn.len()), (1, 1));
    let held = holds(&bench);
    assert_eq!(held.len(), 1);
    assert_eq!(held[0].1.why.code.as_str(), "protected.group");
}

#[test]
fn a_pattern_fits_what_it_says() {
    let fits = |pattern: &str, text: &str| Pattern::new(pattern).fits(text);
    assert!(fits("svc-*@example.com", "SVC-backup@example.com"));
    assert!(fits("*admin*", "it-admin-1@example.com"));
    assert!(fits("root@example.com", "Root@example.com"));
    assert!(!fits("svc-*@example.com", "kim@example.com"));
    assert!(!fits("a*a", "a"));
    assert!(!fits("root", "root@example.com"));
}
