use super::bench::Bench;
use crate::model::call::{Call, Reply, Request};
use crate::model::ids::ScimId;
use crate::model::operation::{Field, Operation};
use crate::model::{Account, AttributeName, ResultWord, Value};
use jiff::SignedDuration;
use serde_json::json;
use std::collections::BTreeMap;

/// A provider that keeps accounts, and hands out ids such as `a-kim`.
#[derive(Default)]
struct Directory {
    accounts: BTreeMap<ScimId, Account>,
    writes: Vec<Operation>,
}

impl Directory {
    fn answer(&mut self, call: &Call) -> Reply {
        match &call.request {
            Request::ListAccounts { .. }
            | Request::ListGroups { .. }
            | Request::ReadScope { .. } => {
                panic!("nobody lists here")
            }
            Request::FindAccounts { value, .. } => {
                let is_it = |account: &&Account| {
                    let name = account.attributes.get(&AttributeName::USER_NAME);
                    name.is_some_and(|name| name.to_text().eq_ignore_ascii_case(value))
                };
                Reply::Accounts(self.accounts.values().filter(is_it).cloned().collect())
            }
            Request::ReadAccount { account } => {
                self.accounts.get(account).cloned().map_or(Reply::Gone, Reply::Account)
            }
            Request::Write(operation) => {
                self.writes.push(operation.clone());
                self.write(operation)
            }
            Request::ReadMembers { .. } => Reply::Members(self.accounts.keys().cloned().collect()),
            Request::FindGroups { .. } | Request::AddMembers { .. } => Reply::Changed,
        }
    }

    fn write(&mut self, operation: &Operation) -> Reply {
        match operation {
            Operation::Create { active, attributes } => {
                let name = attributes.get(&AttributeName::USER_NAME).unwrap().to_text();
                let id = id_of(&name);
                let account = Account {
                    id: id.clone(),
                    active: Some(*active),
                    attributes: attributes.clone(),
                    groups: None,
                    changed: None,
                };
                self.accounts.insert(id, account.clone());
                Reply::Account(account)
            }
            Operation::Change { account, attributes, .. } => {
                let Some(found) = self.accounts.get_mut(account) else { return Reply::Gone };
                for (name, field) in attributes {
                    if let Field::Set(value) = field {
                        found.attributes.insert(name.clone(), value.clone());
                    }
                }
                Reply::Changed
            }
            Operation::AddMember { .. }
            | Operation::RemoveMember { .. }
            | Operation::CreateGroup { .. }
            | Operation::Delete { .. } => Reply::Changed,
        }
    }

    fn manager_of(&self, name: &str) -> Option<String> {
        let account = self.accounts.get(&id_of(name))?;
        account.attributes.get(&AttributeName::MANAGER).map(Value::to_text)
    }
}

fn id_of(name: &str) -> ScimId {
    ScimId::new(format!("a-{}", name.split('@').next().unwrap()))
}

fn hire(bench: &mut Bench, name: &str, manager: Option<&str>) {
    let data = json!({ "worker": { "user_name": name }, "profile": { "manager": manager } });
    bench.event_of(name, "worker.hired", data);
}

fn serve(bench: &mut Bench, directory: &mut Directory) {
    let mut quiet = 0;
    while quiet < 20 {
        bench.commit_all();
        if let Some(call) = bench.calls.first().cloned() {
            let reply = directory.answer(&call);
            bench.done(&call, reply);
            quiet = 0;
        } else {
            bench.wait(SignedDuration::from_millis(500));
            quiet += 1;
        }
    }
}

#[test]
fn a_manager_who_is_known_goes_with_the_creation() {
    let (mut bench, mut directory) = (Bench::ready(&[]), Directory::default());
    hire(&mut bench, "lee@example.com", None);
    serve(&mut bench, &mut directory);
    hire(&mut bench, "kim@example.com", Some("LEE@example.com"));
    serve(&mut bench, &mut directory);
    assert_eq!(directory.manager_of("kim@example.com").as_deref(), Some("a-lee"));
    let changes = directory.writes.iter().filter(|write| matches!(write, Operation::Change { .. }));
    assert_eq!(changes.count(), 0);
}

#[test]
fn a_manager_who_comes_later_is_sent_later_by_itself() {
    let (mut bench, mut directory) = (Bench::ready(&[]), Directory::default());
    hire(&mut bench, "kim@example.com", Some("lee@example.com"));
    serve(&mut bench, &mut directory);
    assert_eq!(directory.manager_of("kim@example.com"), None);
    assert_eq!(bench.results(), [(1, ResultWord::Applied)], "nobody waits for another's account");
    let (state, now) = (bench.state.clone(), bench.now);
    let mut bench = Bench::own(crate::engine::settings::Mode::Enforce, state, now);
    bench.commit_all();
    bench.read_groups(&["a-kim"], &[]);
    hire(&mut bench, "lee@example.com", None);
    serve(&mut bench, &mut directory);
    assert_eq!(directory.manager_of("kim@example.com").as_deref(), Some("a-lee"));
}

#[test]
fn who_cannot_be_found_changes_nothing() {
    let (mut bench, mut directory) = (Bench::ready(&[]), Directory::default());
    hire(&mut bench, "kim@example.com", Some("nobody@example.com"));
    serve(&mut bench, &mut directory);
    bench.event("worker.updated", json!({ "profile": { "title": "Clerk" } }));
    serve(&mut bench, &mut directory);
    assert_eq!(directory.manager_of("kim@example.com"), None);
    assert!(bench.results().iter().all(|(_, word)| *word == ResultWord::Applied));
}

#[test]
fn a_manager_who_gets_a_new_account_is_told_to_the_reports_accounts() {
    let (mut bench, mut directory) = (Bench::ready(&[]), Directory::default());
    hire(&mut bench, "lee@example.com", None);
    hire(&mut bench, "kim@example.com", Some("lee@example.com"));
    serve(&mut bench, &mut directory);
    assert_eq!(directory.manager_of("kim@example.com").as_deref(), Some("a-lee"));
    // Somebody deletes Lee's account and makes another by hand; usher sees it at its next call.
    let mut lee = directory.accounts.remove(&id_of("lee@example.com")).unwrap();
    lee.id = ScimId::new("b-lee");
    directory.accounts.insert(lee.id.clone(), lee);
    let title = json!({"worker": {"user_name": "lee@example.com"}, "profile": {"title": "Head"}});
    bench.event_of("lee@example.com", "worker.updated", title);
    serve(&mut bench, &mut directory);
    assert_eq!(directory.manager_of("kim@example.com").as_deref(), Some("b-lee"));
}
