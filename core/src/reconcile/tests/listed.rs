//! What the worker has read becomes what is compared, and is believed as far as the worker believes it.

use super::*;
use crate::engine::brakes::protect::Pattern;
use crate::inventory::{self, Count, Head, Slot, Taken, Try, Unfit};
use crate::model::ids::TenantName;
use crate::model::listing::{ListedAccount, ListedGroup};
use crate::model::{AttributeName, GroupName, Value};

fn row(id: &str, user_name: &str, user_type: &str) -> ListedAccount {
    let said = [(AttributeName::USER_NAME, user_name), (AttributeName::USER_TYPE, user_type)];
    let attributes = said.map(|(name, text)| (name, Value::Text(text.to_owned())));
    let account = crate::model::Account {
        id: ScimId::new(id),
        active: Some(true),
        attributes: attributes.into(),
        groups: None,
        changed: None,
    };
    ListedAccount { account, created: None }
}

/// Somebody, two machines, two administrators, somebody protected, and nobody's.
fn read() -> inventory::Inventory {
    let accounts = vec![
        row("1", "kim@example.com", ""),
        row("2", "scanner@example.com", "Service Account"),
        row("3", "svc-backup@example.com", ""),
        row("4", "root@example.com", "admin"),
        row("5", "console@example.com", ""),
        row("6", "chair@example.com", ""),
        row("7", "zed@example.com", ""),
    ];
    let group = ListedGroup {
        id: ScimId::new("g"),
        name: GroupName::new("Consoles"),
        created: None,
        changed: None,
    };
    let count = Count { rows: accounts.len() as u64, total: None };
    let taken = Taken {
        number: 1,
        slot: Slot::A,
        parts: 1,
        began: now(),
        ended: now(),
        accounts: count,
        active: count.rows,
        groups: Count::default(),
        groups_flaws: [].into(),
        scopes: BTreeMap::new(),
    };
    inventory::Inventory {
        tenant: TenantName::new("acme"),
        target: target(),
        taken,
        accounts,
        members: [(group.id.clone(), vec![ScimId::new("5")])].into(),
        groups: vec![group],
        found: Vec::new(),
    }
}

fn signs() -> Signs {
    Signs {
        service_types: ["service account".to_owned()].into(),
        service_names: vec![Pattern::new("svc-*")],
        administrator_types: ["admin".to_owned()].into(),
        protected_names: vec![Pattern::new("chair@*")],
        protected_groups: [GroupName::new("Consoles")].into(),
        ..Signs::default()
    }
}

fn head(flaws: &[inventory::Flaw]) -> Head {
    let last = Try {
        number: 2,
        began: now(),
        ended: now(),
        accounts: Count::default(),
        flaws: flaws.iter().copied().collect(),
    };
    let mut head = Head::default();
    head.last = Some(last);
    head
}

fn told(read: &inventory::Inventory) -> (Vec<(Kind, String)>, Vec<String>) {
    let roster = list("Email\nkim@example.com\n");
    let inventory = Inventory::of(&target(), Some(&head(&[])), Ok(read), &signs(), now());
    let case = Case::new(&roster, inventory);
    let told = case.told().into_iter().map(|(kind, account, _)| (kind, account)).collect();
    (told, case.unconcluded())
}

#[test]
fn machines_administrators_and_whoever_is_protected_are_no_orphans() {
    let found = [
        (Kind::Unmanaged, "1"),
        (Kind::Service, "2"),
        (Kind::Service, "3"),
        (Kind::Administrator, "4"),
        (Kind::Administrator, "5"),
        (Kind::Administrator, "6"),
        (Kind::Orphaned, "7"),
    ];
    let found = found.map(|(kind, account)| (kind, account.to_owned()));
    assert_eq!(told(&read()), (found.to_vec(), Vec::new()));
}

#[test]
fn nothing_is_concluded_while_it_is_not_known_who_is_protected() {
    let mut read = read();
    read.taken.groups_flaws = [inventory::Flaw::Refused].into();
    read.members.clear();
    let (found, said) = told(&read);
    assert_eq!(found, []);
    assert!(said[0].contains("who is in the group `Consoles` is not known"), "{said:?}");
}

#[test]
fn a_reading_is_believed_as_far_as_the_worker_believes_it() {
    let cut = head(&[inventory::Flaw::WholePages]);
    let doubted = Inventory::of(&target(), Some(&cut), Ok(&read()), &signs(), now());
    assert_eq!(
        *doubted.completeness(),
        Completeness::Incomplete(vec![Flaw::Read(inventory::Flaw::WholePages)])
    );
    for (unfit, flaw) in
        [(Unfit::Never(target()), Flaw::Never), (Unfit::Torn(target()), Flaw::Torn)]
    {
        let none = Inventory::of(&target(), None, Err(&unfit), &signs(), now());
        assert_eq!(*none.completeness(), Completeness::Incomplete(vec![flaw]));
    }
}
