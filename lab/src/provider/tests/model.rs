//! What a directory says to the model's requests.

use crate::model::{AttributeName, Field, Operation, Outcome, Reply, ScimId, Value};
use crate::provider::directory::{Directory, Ids};
use crate::provider::manners::{CustomAttributes, Manners};
use std::collections::BTreeMap;

fn attributes_after(directory: &mut Directory, it: &Operation) -> BTreeMap<AttributeName, Value> {
    match directory.write(it) {
        Outcome::Done(Reply::Account(account)) => account.attributes,
        other => panic!("{other:?}"),
    }
}

#[test]
fn every_attribute_is_shown_as_it_was_written_until_it_is_cleared() {
    let custom = CustomAttributes { most: 3, key_chars: 10, value_chars: 10 };
    let manners = Manners { custom_attributes: Some(custom), ..Manners::rfc7644() };
    let mut directory = Directory::new(manners, Ids::Plain);
    let text = |name: &AttributeName| Value::Text(format!("of {name}"));
    let mut attributes: BTreeMap<_, _> =
        AttributeName::all().map(|name| (name.clone(), text(&name))).collect();
    let own = [("flag", Value::Flag(true)), ("number", Value::Number(7))];
    attributes.extend(own.map(|(key, value)| (AttributeName::custom(key).unwrap(), value)));

    let create = Operation::Create { active: true, attributes: attributes.clone() };
    assert!(attributes_after(&mut directory, &create) == attributes, "made with all of them");

    let [user] = directory.find(&AttributeName::WORK_EMAIL, "OF EMAILS.WORK")[..] else { panic!() };
    let account = ScimId::new(user.id.as_str());
    let names = attributes.keys().filter(|name| **name != AttributeName::USER_NAME);
    let cleared = names.map(|name| (name.clone(), Field::Clear)).collect();
    let change = Operation::Change { account, active: None, attributes: cleared };
    let left = attributes_after(&mut directory, &change);
    assert_eq!(left.keys().collect::<Vec<_>>(), [&AttributeName::USER_NAME]);
}
