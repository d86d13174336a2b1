use super::{Digests, Inventories, read};
use crate::inventory::Unfit;
use crate::model::StateWrite;
use crate::model::account::{AttributeName, Value};
use crate::model::ids::{TargetName, TenantName};
use crate::serve::tests::target::{Target, account, group};
use std::sync::LazyLock;

fn take(inventories: &mut Inventories, records: &[StateWrite]) {
    for record in records {
        inventories.take(read(record.key.clone(), record.value.as_deref()).unwrap());
        for ready in inventories.ready() {
            let made = ready.put_together(digests());
            inventories.settle(made, |_, _, account| account.ends_with('7'));
        }
    }
}

/// Those of this process.
fn digests() -> &'static Digests {
    static DIGESTS: LazyLock<Digests> = LazyLock::new(Digests::default);
    &DIGESTS
}

fn place() -> (TenantName, TargetName) {
    (TenantName::new("acme"), TargetName::new("main"))
}

fn of(count: usize) -> Target {
    let mut target = Target::new("acme", "main");
    let one = |number: usize| {
        let name = format!("user{number}@example.com");
        account(&format!("id-{number}"), true, &[("userName", &name), ("title", "Dr. Ünal")])
    };
    target.accounts = (0..count).map(one).collect();
    target.groups =
        vec![group("g-1", "VPN", &["id-2", "id-0", "nested"]), group("g-2", "Empty", &[])];
    target
}

#[test]
fn a_whole_reading_is_kept_as_it_was_read() {
    let mut target = of(3_000);
    target.accounts[7].account.active = None;
    target.accounts[7].account.changed = None;
    let custom = AttributeName::custom("level").unwrap();
    target.accounts[7].account.attributes.insert(custom, Value::Number(-7));
    let mut inventories = Inventories::default();
    take(&mut inventories, &target.read());
    let (tenant, name) = place();
    let found = inventories.of(&tenant, &name).unwrap().directory;
    assert_eq!((found.len(), found.taken.number), (3_000, 1));
    for listed in &target.accounts {
        let id = listed.account.id.as_str();
        let kept = found.account(found.find(id).unwrap()).unwrap();
        assert_eq!(kept.id(), id);
        assert_eq!(kept.active(), listed.account.active);
        assert_eq!(kept.created(), listed.created);
        assert_eq!(kept.changed(), listed.account.changed.as_ref().and_then(|it| it.at));
        let values = kept.attributes().map(|(name, value)| (name.clone(), value));
        assert_eq!(values.collect::<std::collections::BTreeMap<_, _>>(), listed.account.attributes);
    }
    assert!(found.find("id-3000").is_none() && found.find("").is_none());
}

#[test]
fn who_is_in_which_group_is_known_both_ways() {
    let mut target = of(5);
    target.groups.push(group("g-3", "Hidden", &[]));
    target.groups[2].1 = None;
    let mut inventories = Inventories::default();
    take(&mut inventories, &target.read());
    let (tenant, name) = place();
    let found = inventories.of(&tenant, &name).unwrap().directory;
    let groups_of = |id: &str| -> Vec<&str> {
        let groups = found.groups_of(found.find(id).unwrap());
        groups.map(|(_, group)| group.listed.name.as_str()).collect()
    };
    assert_eq!(groups_of("id-0"), ["VPN"]);
    assert_eq!(groups_of("id-1"), Vec::<&str>::new());
    assert_eq!(groups_of("id-2"), ["VPN"]);
    let groups: Vec<_> = found.groups().map(|(_, group)| group).collect();
    assert_eq!(groups[0].members().unwrap().count(), 2);
    assert_eq!(groups[0].others.len(), 1, "a group within it, or somebody new");
    assert_eq!(groups[1].members().unwrap().count(), 0);
    assert!(groups[2].members().is_none() && !found.knows_groups());
}

#[test]
fn a_later_reading_takes_the_place_of_the_one_before_and_a_torn_one_does_not() {
    let (tenant, name) = place();
    let mut target = of(2_000);
    let mut inventories = Inventories::default();
    assert_eq!(inventories.of(&tenant, &name).unwrap_err(), Unfit::Never(name.clone()));
    take(&mut inventories, &target.read());
    target.accounts.push(account("new", false, &[]));
    let second = target.read();
    take(&mut inventories, &second[..1]);
    assert_eq!(inventories.of(&tenant, &name).unwrap().directory.len(), 2_000);
    take(&mut inventories, &second[1..]);
    assert_eq!(inventories.of(&tenant, &name).unwrap().directory.len(), 2_001);
    assert!(inventories.pieces.is_empty(), "nothing of either reading lies about");

    target.accounts.push(account("newer", false, &[]));
    let third = target.read();
    assert!(third.len() > 2, "it has several parts");
    take(&mut inventories, &third[1..]);
    let shown = inventories.of(&tenant, &name).unwrap();
    assert_eq!(shown.directory.len(), 2_001, "a part is missing, so the last whole one stays");
    assert_eq!(
        inventories.of(&tenant, &TargetName::new("other")).unwrap_err().to_string(),
        "target `other` was never read as a whole"
    );
}

#[test]
fn a_record_of_another_version_is_told_and_nothing_is_made_of_it() {
    let (tenant, name) = place();
    let mut inventories = Inventories::default();
    let newer = br#"{"v":9,"body":{}}"#;
    inventories.take(read("head:acme:main".to_owned(), Some(newer)).unwrap());
    assert_eq!(inventories.of(&tenant, &name).unwrap_err(), Unfit::Newer(9));
    take(&mut inventories, &of(3).read());
    assert!(inventories.of(&tenant, &name).is_ok());
    inventories.take(read("head:acme:main".to_owned(), None).unwrap());
    assert!(inventories.of(&tenant, &name).is_err());
    assert!(read("elsewhere".to_owned(), Some(b"{}")).is_none());
}

#[test]
fn a_head_that_is_heard_before_its_pieces_counts_when_they_are_there() {
    let (tenant, name) = place();
    let mut records = of(2_000).read();
    records.rotate_right(1);
    let mut inventories = Inventories::default();
    take(&mut inventories, &records[..1]);
    let torn = inventories.of(&tenant, &name).unwrap_err();
    assert_eq!(torn, Unfit::Torn(name.clone()));
    assert!(inventories.at(&tenant, &name).unwrap().whole().is_none());
    take(&mut inventories, &records[1..]);
    assert_eq!(inventories.of(&tenant, &name).unwrap().directory.len(), 2_000);
    assert!(inventories.at(&tenant, &name).unwrap().whole().is_some());
}

#[test]
fn letters_of_any_size_stand_side_by_side_and_an_id_is_only_itself() {
    let mut target = Target::new("acme", "main");
    for (id, user) in
        [("b", "KIM@example.com"), ("B", "kim@example.com"), ("a", "Ärger"), ("c", "")]
    {
        target.accounts.push(account(id, true, &[("userName", user)]));
    }
    let mut inventories = Inventories::default();
    take(&mut inventories, &target.read());
    let (tenant, name) = place();
    let found = inventories.of(&tenant, &name).unwrap().directory;
    let ids: Vec<&str> = found.accounts().map(|(_, it)| it.id()).collect();
    assert_eq!(ids, ["a", "B", "b", "c"]);
    let behind = |id: &str| found.after(Some(id)).map(|(_, it)| it.id()).collect::<Vec<_>>();
    assert_eq!(behind("B"), ["b", "c"]);
    assert_eq!(behind("aa"), ["B", "b", "c"], "it need not be there");
    assert_eq!(found.find("B"), Some(super::AccountNumber(1)));
    assert!(found.find("A").is_none());
    let names = found.column(&AttributeName::USER_NAME).unwrap().values();
    assert_eq!(names.alike("Kim@Example.com").len(), 2);
    assert_eq!(names.alike("äRGER").len(), 1);
    let [first, second] = [1, 2].map(|number| names.rank(number));
    assert_eq!(first, second, "neither comes before the other");
    assert!(names.rank_of("kim@example.con") > first && names.rank_of("kim") < first);
    assert_eq!(names.rank_of("kim@EXAMPLE.com"), first);
}

#[test]
fn whoever_is_called_so_is_found_and_nobody_else() {
    let mut target = of(50);
    target.accounts[3]
        .account
        .attributes
        .insert(AttributeName::EMPLOYEE_NUMBER, Value::Text("  4711 ".to_owned()));
    let mut inventories = Inventories::default();
    take(&mut inventories, &target.read());
    let (tenant, name) = place();
    let found = inventories.of(&tenant, &name).unwrap().directory;
    let called = |name: &str, digests: &Digests| {
        let numbers = found.called(name, digests).into_iter();
        numbers.map(|it| found.account(it).unwrap().id()).collect::<Vec<_>>()
    };
    for (name, id) in [("USER3@example.com", "id-3"), ("4711", "id-3"), (" ID-7", "id-7")] {
        assert_eq!(called(name, digests()), [id], "{name}");
    }
    for name in ["user3", "Dr. Ünal", "", "471"] {
        assert!(called(name, digests()).is_empty(), "{name}");
    }
    assert!(called("4711", &Digests::default()).is_empty(), "that is another process");
}

#[test]
fn it_is_kept_which_accounts_are_held() {
    let (tenant, name) = place();
    let mut inventories = Inventories::default();
    take(&mut inventories, &of(20).read());
    let held = |inventories: &Inventories| -> Vec<usize> {
        let at = inventories.at(&tenant, &name).unwrap();
        let all = at.whole().unwrap().accounts();
        all.filter(|it| at.is_held(it.0))
            .map(|it| it.1.id().strip_prefix("id-").unwrap().parse().unwrap())
            .collect()
    };
    assert_eq!(held(&inventories), [17, 7], "as it was when it was put together");
    inventories.bind((&tenant, &name), "id-3", true);
    inventories.bind((&tenant, &name), "id-7", false);
    inventories.bind((&tenant, &name), "elsewhere", true);
    inventories.bind((&tenant, &TargetName::new("other")), "id-4", true);
    assert_eq!(held(&inventories), [17, 3]);
    inventories.let_go();
    assert!(held(&inventories).is_empty());
}
