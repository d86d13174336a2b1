use crate::engine::state::{Baseline, Before, Person};
use crate::engine::will::wish;
use crate::model::ids::{GroupName, PersonId, TargetName, TenantName};
use crate::model::wish::{Facet, Membership};
use jiff::Timestamp;

#[test]
fn where_nobody_knows_what_was_before_nothing_is_wanted_and_somebody_is_asked() {
    let person = Person::new(PersonId::new("p-1"), TenantName::new("acme"));
    let [vpn, quarantine] = ["VPN", "Quarantine"].map(GroupName::new);
    let facets = [Facet::Active, Facet::Group(vpn.clone()), Facet::Group(quarantine.clone())];
    let before = facets.map(|facet| (facet, Before::Unknown)).into();
    let baseline = Baseline { before, ..Baseline::default() };
    let target = TargetName::new("main");
    let restricting = [quarantine.clone()].into();
    let asked = wish::asked(&person, &target, &restricting, &baseline, Timestamp::UNIX_EPOCH);
    assert_eq!(asked.wish.active, None);
    assert_eq!(asked.wish.groups.get(&vpn), None);
    // Nobody is in a restricting group but for a reason.
    assert_eq!(asked.wish.groups[&quarantine], Membership::Outside);
    assert_eq!(asked.unreturnable, [Facet::Active, Facet::Group(vpn)].into());
}
