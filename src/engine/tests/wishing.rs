use crate::engine::state::{Baseline, Before, Person};
use crate::engine::wish;
use crate::model::ids::{GroupName, PersonId, TargetName, TenantName};
use crate::model::wish::Membership;
use jiff::Timestamp;

#[test]
fn when_nobody_knows_what_was_before_less_access_stays_and_the_rest_is_held() {
    let person = Person::new(PersonId::new("p-1"), TenantName::new("acme"));
    let [vpn, quarantine] = ["VPN", "Quarantine"].map(GroupName::new);
    let groups = [(vpn.clone(), Before::Unknown), (quarantine.clone(), Before::Unknown)].into();
    let baseline = Baseline { active: Some(Before::Unknown), groups, ..Baseline::default() };
    let target = TargetName::new("main");
    let restricting = [quarantine.clone()].into();
    let asked = wish::asked(&person, &target, &restricting, &baseline, Timestamp::UNIX_EPOCH);
    assert_eq!(asked.wish.active, Some(false));
    assert_eq!(asked.wish.groups[&vpn], Membership::Outside);
    assert_eq!(asked.wish.groups[&quarantine], Membership::Member);
    assert_eq!(asked.unreturnable, ["active", "group Quarantine", "group VPN"]);
}
