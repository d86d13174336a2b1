use super::provider::{ScriptedProvider, attribute, call, deactivate, group, remove_member, reply};
use crate::model::account::{AttributeName, Value};
use crate::model::call::{Outcome, Reply, Request};
use crate::model::ids::{GroupName, ScimId};
use crate::model::operation::{Field, GroupRef, Operation};
use crate::scim::{Dialect, Provider};
use serde_json::{Value as Json, json};

const TENANT: &str = "urn:ietf:params:scim:schemas:extension:tenant:2.0:User";
const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

fn set(name: &str, value: Value) -> (AttributeName, Field) {
    (attribute(name), Field::Set(value))
}

fn change(
    active: Option<bool>,
    fields: impl IntoIterator<Item = (AttributeName, Field)>,
) -> Request {
    let attributes = fields.into_iter().collect();
    Request::Write(Operation::Change { account: ScimId::new("u1"), active, attributes })
}

async fn ask(client: &Provider, request: Request) -> Outcome {
    client.answer(&call(request)).await.outcome
}

/// The operations of the last PATCH.
fn operations(provider: &ScriptedProvider) -> Json {
    provider.seen().pop().unwrap().body["Operations"].take()
}

#[tokio::test]
async fn netskope_is_spoken_to_as_it_wants() {
    let provider = ScriptedProvider::start([]).await;
    let client = provider.speaking("base: netskope");
    let user = json!({ "id": "u1", "userName": "kim", TENANT: { "costBand": "B2", "LEVEL": 3 } });
    provider.then([reply(201, &user.to_string())]);
    let create = Operation::Create {
        active: true,
        attributes: [
            (attribute("userName"), text("kim")),
            (attribute("enterprise.manager"), text("u9")),
            (attribute("custom.costBand"), text("B2")),
            (attribute("custom.level"), Value::Number(3)),
            (attribute("custom.remote"), Value::Flag(true)),
        ]
        .into(),
    };
    let Outcome::Done(Reply::Account(account)) = ask(&client, Request::Write(create)).await else {
        panic!("no account came back");
    };
    assert_eq!(account.attributes.get(&attribute("custom.level")), Some(&Value::Number(3)));
    provider.then([reply(204, ""), reply(204, ""), reply(200, r#"{"id":"g1"}"#)]);
    ask(
        &client,
        change(None, [set("externalId", text("E1")), set("custom.level", Value::Number(4))]),
    )
    .await;
    ask(&client, Request::Write(remove_member())).await;
    ask(&client, Request::ReadMembers { group: group("g1") }).await;
    let seen = provider.seen();
    assert_eq!(seen[0].header("netskope-api-token"), "s3cret");
    assert_eq!(seen[0].header("authorization"), "");
    assert_eq!(seen[0].header("content-type"), "application/scim+json;charset=utf-8");
    let seen: Vec<String> =
        seen.iter().map(|seen| format!("{} {}", seen.line(), seen.body)).collect();
    insta::assert_snapshot!(seen.join("\n"), @r#"
    POST /scim/v2/Users {"schemas":["urn:ietf:params:scim:schemas:core:2.0:User","urn:ietf:params:scim:schemas:extension:tenant:2.0:User","urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"],"active":true,"urn:ietf:params:scim:schemas:extension:tenant:2.0:User":{"costBand":"B2","level":3,"remote":true},"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"manager":{"value":"u9"}},"userName":"kim"}
    PATCH /scim/v2/Users/u1 {"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"replace","path":"urn:ietf:params:scim:schemas:extension:tenant:2.0:User:level","value":4},{"op":"replace","path":"externalid","value":"E1"}]}
    PATCH /scim/v2/Groups/g1 {"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"remove","path":"members","value":[{"value":"u1"}]}]}
    GET /scim/v2/Groups/g1?attributes=displayName,members null
    "#);
}

#[tokio::test]
async fn attribute_of_the_tenant_is_nowhere_without_its_schema() {
    let provider = ScriptedProvider::start([reply(204, "")]).await;
    let client = provider.speaking("{}");
    ask(&client, change(None, [set("custom.level", text("3")), set("title", text("Clerk"))])).await;
    let path_and_value = json!({ "op": "replace", "path": "title", "value": "Clerk" });
    assert_eq!(operations(&provider), json!([path_and_value]));
    let find =
        Request::FindAccounts { attribute: attribute("custom.level"), value: "3".to_owned() };
    assert!(matches!(ask(&client, find).await, Outcome::Failed(_)));
    assert_eq!(provider.seen().len(), 1, "nothing else was sent");
}

#[tokio::test]
async fn manager_is_written_in_the_form_of_the_dialect_and_read_in_each() {
    let provider = ScriptedProvider::start([]).await;
    for (form, path, value) in [
        ("complex", "manager", json!({ "value": "u9" })),
        ("sub-attribute", "manager.value", json!("u9")),
        ("text", "manager", json!("u9")),
    ] {
        let client = provider.speaking(&format!("users: {{ manager: {form} }}"));
        provider.then([reply(204, "")]);
        ask(&client, change(None, [set("enterprise.manager", text("u9"))])).await;
        let path = format!("{ENTERPRISE}:{path}");
        let replace = json!({ "op": "replace", "path": path, "value": value });
        assert_eq!(operations(&provider), json!([replace]), "{form}");
    }
    for manager in
        [json!("u9"), json!({ "value": "u9", "displayName": "Pat" }), json!({"Value": 9})]
    {
        let user = json!({ "id": "u1", ENTERPRISE: { "manager": manager } });
        provider.then([reply(200, &user.to_string())]);
        let read = Request::ReadAccount { account: ScimId::new("u1") };
        let Outcome::Done(Reply::Account(account)) = provider.outcome(read).await else {
            panic!("{user}");
        };
        let manager = &account.attributes[&AttributeName::MANAGER];
        assert!(["u9", "9"].contains(&manager.to_text().as_str()));
    }
}

#[tokio::test]
async fn patch_without_path_names_the_attribute_in_the_value() {
    let provider = ScriptedProvider::start([reply(204, "")]).await;
    let client = provider.speaking("users: { update: patch-without-path, active: text }");
    let fields = [
        set("title", text("Clerk")),
        set("name.givenName", text("Kim")),
        set("enterprise.department", text("R&D")),
        set("emails.work", text("kim@example.com")),
        (attribute("nickName"), Field::Clear),
    ];
    ask(&client, change(Some(false), fields)).await;
    let operations = operations(&provider);
    let lines: Vec<String> = operations.as_array().unwrap().iter().map(Json::to_string).collect();
    insta::assert_snapshot!(lines.join("\n"), @r#"
    {"op":"replace","path":"emails[type eq \"work\"].value","value":"kim@example.com"}
    {"op":"replace","value":{"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"department":"R&D"}}}
    {"op":"replace","value":{"name":{"givenName":"Kim"}}}
    {"op":"remove","path":"nickName"}
    {"op":"replace","value":{"title":"Clerk"}}
    {"op":"replace","value":{"active":"False"}}
    "#);
}

/// An account of a provider that knows more than usher.
fn kim_as_found() -> Json {
    json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User", "urn:example:2.0:User"],
        "id": "u1",
        "meta": { "version": "W/\"7\"" },
        "groups": [{ "value": "g1" }],
        "userName": "kim",
        "ACTIVE": true,
        "nickName": "K",
        "photos": [{ "value": "https://example.com/kim.png" }],
        "emails": [{ "type": "home", "value": "k@home.example" }, { "type": "work", "value": "old", "primary": true }],
        "name": { "givenName": "Kim", "honorificPrefix": "Dr" },
        "urn:example:2.0:User": { "shoeSize": 42 },
    })
}

#[tokio::test]
async fn put_sends_back_all_that_it_does_not_know() {
    let got = reply(200, &kim_as_found().to_string()).header("etag", "W/\"7\"");
    let provider = ScriptedProvider::start([got, reply(200, r#"{"id":"u1"}"#)]).await;
    let client = provider.speaking("users: { update: put }");
    let fields = [
        set("emails.work", text("new@example.com")),
        set("name.familyName", text("Lee")),
        set("enterprise.department", text("R&D")),
        set("phoneNumbers.work", text("+49 1")),
        (attribute("nickName"), Field::Clear),
    ];
    let outcome = ask(&client, change(Some(false), fields)).await;
    assert!(matches!(outcome, Outcome::Done(Reply::Account(_))), "{outcome:?}");
    assert_eq!(provider.lines(), ["GET /scim/v2/Users/u1", "PUT /scim/v2/Users/u1"]);
    let put = provider.seen().pop().unwrap();
    assert_eq!(put.header("if-match"), "W/\"7\"");
    insta::assert_snapshot!(serde_json::to_string_pretty(&put.body).unwrap(), @r#"
    {
      "schemas": [
        "urn:ietf:params:scim:schemas:core:2.0:User",
        "urn:example:2.0:User",
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
      ],
      "id": "u1",
      "userName": "kim",
      "ACTIVE": false,
      "photos": [
        {
          "value": "https://example.com/kim.png"
        }
      ],
      "emails": [
        {
          "type": "home",
          "value": "k@home.example"
        },
        {
          "type": "work",
          "value": "new@example.com",
          "primary": true
        }
      ],
      "name": {
        "givenName": "Kim",
        "honorificPrefix": "Dr",
        "familyName": "Lee"
      },
      "urn:example:2.0:User": {
        "shoeSize": 42
      },
      "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {
        "department": "R&D"
      },
      "phoneNumbers": [
        {
          "value": "+49 1",
          "type": "work"
        }
      ]
    }
    "#);
}

#[tokio::test]
async fn put_writes_nothing_over_what_it_could_not_read() {
    let provider = ScriptedProvider::start([]).await;
    let client = provider.speaking("users: { update: put }");
    for (status, body, is_gone) in [
        (404, "", true),
        (500, "", false),
        (200, "", false),
        (200, r#"{"id":"u2"}"#, false),
        (200, "[]", false),
    ] {
        provider.then([reply(status, body)]);
        let outcome = ask(&client, Request::Write(deactivate())).await;
        assert_eq!(outcome == Outcome::Done(Reply::Gone), is_gone, "{status} {body}: {outcome:?}");
        assert!(!matches!(outcome, Outcome::Done(Reply::Changed)), "{outcome:?}");
    }
    assert!(provider.lines().iter().all(|line| line.starts_with("GET")), "{:?}", provider.lines());
}

#[tokio::test]
async fn group_is_made_and_filled_with_one_call_each() {
    let provider = ScriptedProvider::start([]).await;
    let client = provider.speaking("groups: { members_per_call: 2 }");
    let name = GroupName::new("VPN_Allowed");
    let create = || Request::Write(Operation::CreateGroup { name: name.clone() });
    provider.then([reply(201, r#"{"id":"g7"}"#), reply(201, ""), reply(409, "")]);
    let made = GroupRef { name: name.clone(), id: ScimId::new("g7") };
    assert_eq!(ask(&client, create()).await, Outcome::Done(Reply::Groups(vec![made.clone()])));
    assert_eq!(ask(&client, create()).await, Outcome::Done(Reply::Changed));
    assert_eq!(ask(&client, create()).await, Outcome::Done(Reply::Exists));
    let body = &provider.seen()[0].body;
    assert_eq!(provider.lines()[0], "POST /scim/v2/Groups");
    assert_eq!(body["displayName"], "VPN_Allowed");

    let add = |ids: &[&str]| Request::AddMembers {
        group: made.clone(),
        accounts: ids.iter().map(|id| ScimId::new(*id)).collect(),
    };
    provider.then([reply(204, "")]);
    assert_eq!(ask(&client, add(&["u1", "u2"])).await, Outcome::Done(Reply::Changed));
    let values = json!([{ "value": "u1" }, { "value": "u2" }]);
    let expected = json!([{ "op": "add", "path": "members", "value": values }]);
    assert_eq!(operations(&provider), expected);
    assert!(matches!(ask(&client, add(&["u1", "u2", "u3"])).await, Outcome::Failed(_)));
    assert_eq!(provider.seen().len(), 4, "too many at once are not sent");
}

#[test]
fn difference_from_a_built_in_dialect_makes_it_again() {
    let netskope = Dialect::builtin("netskope").unwrap();
    assert_eq!(netskope.difference("netskope"), None);
    let difference = netskope.difference("rfc7644").unwrap();
    assert_eq!(Dialect::parse("again", &difference.to_string()).unwrap(), netskope);
}
