//! An attribute loses its value in the form that the provider's dialect says.

use super::provider::{ScriptedProvider, attribute, call, reply};
use crate::model::call::{Outcome, Reply, Request};
use crate::model::ids::ScimId;
use crate::model::operation::{Field, Operation};
use serde_json::{Value as Json, json};

const TENANT: &str = "urn:example:2.0:User";
const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

fn clearing() -> Request {
    let names =
        ["enterprise.department", "enterprise.manager", "custom.band", "title", "name.middleName"];
    let attributes = names.iter().map(|name| (attribute(name), Field::Clear)).collect();
    Request::Write(Operation::Change { account: ScimId::new("u1"), active: None, attributes })
}

async fn patched(dialect: &str) -> Vec<String> {
    let provider = ScriptedProvider::start([reply(204, "")]).await;
    let text = format!("custom: {{ schema: {TENANT} }}\nusers: {{ {dialect} }}");
    let outcome = provider.speaking(&text).answer(&call(clearing())).await.outcome;
    assert_eq!(outcome, Outcome::Done(Reply::Changed));
    let body = provider.seen().pop().unwrap().body;
    body["Operations"].as_array().unwrap().iter().map(Json::to_string).collect()
}

#[tokio::test]
async fn a_patch_clears_in_the_form_of_the_dialect() {
    let remove = patched("clear: remove").await;
    assert_eq!(remove, patched("active: boolean").await, "the RFC's form is the default");
    insta::assert_snapshot!(remove.join("\n"), @r#"
    {"op":"remove","path":"urn:example:2.0:User:band"}
    {"op":"remove","path":"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department"}
    {"op":"remove","path":"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager"}
    {"op":"remove","path":"name.middleName"}
    {"op":"remove","path":"title"}
    "#);
    insta::assert_snapshot!(patched("clear: 'null'").await.join("\n"), @r#"
    {"op":"replace","path":"urn:example:2.0:User:band","value":null}
    {"op":"replace","path":"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department","value":null}
    {"op":"replace","path":"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager","value":null}
    {"op":"replace","path":"name.middleName","value":null}
    {"op":"replace","path":"title","value":null}
    "#);
    insta::assert_snapshot!(patched("clear: empty, manager: sub-attribute").await.join("\n"), @r#"
    {"op":"replace","path":"urn:example:2.0:User:band","value":""}
    {"op":"replace","path":"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department","value":""}
    {"op":"replace","path":"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value","value":""}
    {"op":"replace","path":"name.middleName","value":""}
    {"op":"replace","path":"title","value":""}
    "#);
}

async fn put(form: &str) -> Json {
    let found = json!({
        "id": "u1", "userName": "kim", "title": "Clerk", "name": { "givenName": "Kim" },
        ENTERPRISE: { "department": "R&D", "manager": { "value": "u2" }, "division": "North" },
        TENANT: { "band": "B", "shoeSize": 42 },
    });
    let answers = [reply(200, &found.to_string()), reply(200, r#"{"id":"u1"}"#)];
    let provider = ScriptedProvider::start(answers).await;
    let text = format!("custom: {{ schema: {TENANT} }}\nusers: {{ update: put, clear: {form} }}");
    provider.speaking(&text).answer(&call(clearing())).await;
    provider.seen().pop().unwrap().body
}

#[tokio::test]
async fn a_put_leaves_out_what_is_cleared_or_puts_nothing_in_its_place() {
    assert_eq!(
        put("remove").await,
        json!({
            "id": "u1", "userName": "kim", "name": { "givenName": "Kim" },
            ENTERPRISE: { "division": "North" },
            TENANT: { "shoeSize": 42 },
        })
    );
    assert_eq!(
        put("'null'").await,
        json!({
            "id": "u1", "userName": "kim", "title": null, "name": { "givenName": "Kim" },
            ENTERPRISE: { "division": "North", "department": null, "manager": null },
            TENANT: { "shoeSize": 42, "band": null },
        })
    );
    let emptied = put("empty").await;
    assert_eq!(emptied["title"], "");
    assert_eq!(emptied[ENTERPRISE]["manager"], json!({ "value": "" }));
}
