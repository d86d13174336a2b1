use super::provider::{
    ScriptedProvider, add_member, attribute, call, client, deactivate, group, remove_member, reply,
    settings,
};
use crate::model::account::Value;
use crate::model::call::{Outcome, Reply, Request};
use crate::model::ids::ScimId;
use crate::model::operation::{Field, Operation};
use crate::scim::{Dialect, Provider, span_of};
use opentelemetry::trace::{TraceContextExt, TracerProvider};
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::SdkTracerProvider;
use std::sync::Arc;
use tracing::Instrument;
use tracing_opentelemetry::OpenTelemetrySpanExt;
use tracing_subscriber::Registry;
use tracing_subscriber::layer::SubscriberExt;

fn set(name: &str, value: &str) -> (crate::model::AttributeName, Field) {
    (attribute(name), Field::Set(Value::Text(value.to_owned())))
}

fn change(fields: impl IntoIterator<Item = (crate::model::AttributeName, Field)>) -> Operation {
    Operation::Change {
        account: ScimId::new("u1"),
        active: None,
        attributes: fields.into_iter().collect(),
    }
}

#[tokio::test]
async fn create_sends_a_whole_user_and_binds_what_comes_back() {
    let provider = ScriptedProvider::start([reply(
        201,
        r#"{"id":"u1","userName":"kim@example.com","active":true}"#,
    )])
    .await;
    let text = |text: &str| Value::Text(text.to_owned());
    let outcome = provider
        .write(Operation::Create {
            active: true,
            attributes: [
                (attribute("userName"), text("kim@example.com")),
                (attribute("name.givenName"), text("Kim")),
                (attribute("name.familyName"), text("Ö\"x\"")),
                (attribute("emails.work"), text("kim@example.com")),
                (attribute("phoneNumbers.work"), text("+49 1")),
                (attribute("enterprise.employeeNumber"), Value::Number(88213)),
            ]
            .into(),
        })
        .await;
    let Outcome::Done(Reply::Account(account)) = outcome else {
        panic!("{outcome:?}");
    };
    assert_eq!(account.id, ScimId::new("u1"));
    assert_eq!(account.active, Some(true));

    let seen = provider.seen().remove(0);
    assert_eq!(seen.line(), "POST /scim/v2/Users");
    assert_eq!(seen.header("authorization"), "Bearer s3cret");
    assert_eq!(seen.header("content-type"), "application/scim+json");
    assert!(seen.header("user-agent").starts_with("usher/"));
    insta::assert_snapshot!(serde_json::to_string_pretty(&seen.body).unwrap(), @r#"
    {
      "schemas": [
        "urn:ietf:params:scim:schemas:core:2.0:User",
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
      ],
      "active": true,
      "emails": [
        {
          "value": "kim@example.com",
          "type": "work",
          "primary": true
        }
      ],
      "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {
        "employeeNumber": "88213"
      },
      "name": {
        "familyName": "Ö\"x\"",
        "givenName": "Kim"
      },
      "phoneNumbers": [
        {
          "value": "+49 1",
          "type": "work"
        }
      ],
      "userName": "kim@example.com"
    }
    "#);
}

#[tokio::test]
async fn change_is_one_patch_with_one_operation_per_attribute() {
    let provider = ScriptedProvider::start([reply(204, "")]).await;
    let outcome = provider
        .write(Operation::Change {
            account: ScimId::new("u1"),
            active: Some(false),
            attributes: [
                set("title", "Clerk"),
                set("name.givenName", "Kim"),
                set("emails.work", "kim@example.com"),
                set("enterprise.department", "R&D"),
                (attribute("nickName"), Field::Clear),
                (attribute("phoneNumbers.work"), Field::Clear),
            ]
            .into(),
        })
        .await;
    assert_eq!(outcome, Outcome::Done(Reply::Changed));
    let seen = provider.seen().remove(0);
    assert_eq!(seen.line(), "PATCH /scim/v2/Users/u1");
    insta::assert_snapshot!(serde_json::to_string_pretty(&seen.body).unwrap(), @r#"
    {
      "schemas": [
        "urn:ietf:params:scim:api:messages:2.0:PatchOp"
      ],
      "Operations": [
        {
          "op": "replace",
          "path": "emails[type eq \"work\"].value",
          "value": "kim@example.com"
        },
        {
          "op": "replace",
          "path": "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department",
          "value": "R&D"
        },
        {
          "op": "replace",
          "path": "name.givenName",
          "value": "Kim"
        },
        {
          "op": "remove",
          "path": "nickName"
        },
        {
          "op": "remove",
          "path": "phoneNumbers[type eq \"work\"]"
        },
        {
          "op": "replace",
          "path": "title",
          "value": "Clerk"
        },
        {
          "op": "replace",
          "path": "active",
          "value": false
        }
      ]
    }
    "#);
}

#[tokio::test]
async fn mail_that_is_not_there_yet_is_added_after_no_target() {
    let no_target = r#"{"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"status":"400","scimType":"noTarget"}"#;
    let provider = ScriptedProvider::start([reply(400, no_target), reply(204, "")]).await;
    let outcome = provider
        .write(change([set("title", "Clerk"), set("emails.work", "kim@example.com")]))
        .await;
    assert_eq!(outcome, Outcome::Done(Reply::Changed));
    let operations: Vec<String> =
        provider.seen().iter().map(|seen| seen.body["Operations"].to_string()).collect();
    insta::assert_snapshot!(operations.join("\n"), @r#"
    [{"op":"replace","path":"emails[type eq \"work\"].value","value":"kim@example.com"},{"op":"replace","path":"title","value":"Clerk"}]
    [{"op":"add","path":"emails","value":[{"value":"kim@example.com","type":"work","primary":true}]},{"op":"replace","path":"title","value":"Clerk"}]
    "#);
}

#[tokio::test]
async fn removing_what_is_not_there_is_no_failure_even_if_the_server_says_no_target() {
    let no_target = || reply(400, r#"{"scimType":"noTarget"}"#);
    let provider =
        ScriptedProvider::start([no_target(), no_target(), no_target(), reply(204, "")]).await;
    let clear = || (attribute("emails.work"), Field::Clear);
    let outcome = provider.write(change([clear()])).await;
    assert_eq!(outcome, Outcome::Done(Reply::Changed));
    assert_eq!(provider.seen().len(), 1);

    let outcome = provider.write(change([clear(), set("phoneNumbers.work", "+49 1")])).await;
    assert_eq!(outcome, Outcome::Done(Reply::Changed));
    let last = provider.seen().remove(3).body["Operations"].to_string();
    insta::assert_snapshot!(last, @r#"[{"op":"add","path":"phoneNumbers","value":[{"value":"+49 1","type":"work"}]}]"#);
}

#[tokio::test]
async fn no_target_for_another_attribute_is_not_tried_again() {
    let provider = ScriptedProvider::start([reply(400, r#"{"scimType":"noTarget"}"#)]).await;
    let outcome = provider.write(change([set("title", "Clerk")])).await;
    assert!(matches!(outcome, Outcome::Failed(_)), "{outcome:?}");
    assert_eq!(provider.seen().len(), 1);
}

#[tokio::test]
async fn change_that_sends_the_account_back_says_so() {
    let provider = ScriptedProvider::start([
        reply(200, r#"{"ID":"u1","Active":"False"}"#),
        reply(200, r#"{"id":"another","active":false}"#),
    ])
    .await;
    let Outcome::Done(Reply::Account(account)) = provider.write(deactivate()).await else {
        panic!("no account");
    };
    assert_eq!(account.active, Some(false));
    let outcome = provider.write(deactivate()).await;
    assert_eq!(outcome, Outcome::Done(Reply::Changed), "not the one written");
}

#[tokio::test]
async fn member_is_removed_by_filter_and_by_value_array_as_the_dialect_says() {
    let provider = ScriptedProvider::start([reply(204, ""), reply(204, ""), reply(204, "")]).await;
    provider.write(add_member()).await;
    provider.write(remove_member()).await;
    let dialect = Dialect::parse("netskope", "groups: { remove_member: value-array }").unwrap();
    let other = Provider::new(crate::scim::ProviderSettings {
        dialect: Arc::new(dialect),
        ..settings(&provider.url)
    })
    .unwrap();
    other.answer(&call(Request::Write(remove_member()))).await;

    let seen: Vec<String> = provider
        .seen()
        .iter()
        .map(|seen| format!("{} {}", seen.line(), seen.body["Operations"]))
        .collect();
    insta::assert_snapshot!(seen.join("\n"), @r#"
    PATCH /scim/v2/Groups/g1 [{"op":"add","path":"members","value":[{"value":"u1"}]}]
    PATCH /scim/v2/Groups/g1 [{"op":"remove","path":"members[value eq \"u1\"]"}]
    PATCH /scim/v2/Groups/g1 [{"op":"remove","path":"members","value":[{"value":"u1"}]}]
    "#);
}

#[tokio::test]
async fn id_is_one_path_segment_whatever_it_holds() {
    let provider = ScriptedProvider::start([reply(204, "")]).await;
    let delete = |id: &str| Operation::Delete { account: ScimId::new(id) };
    assert_eq!(provider.write(delete("../Groups/g1?x=%2e#ü")).await, Outcome::Done(Reply::Changed));
    assert_eq!(provider.lines(), ["DELETE /scim/v2/Users/..%2FGroups%2Fg1%3Fx=%252e%23%C3%BC"]);
    for swallowed in ["", ".", ".."] {
        let outcome = provider.write(delete(swallowed)).await;
        assert!(matches!(outcome, Outcome::Failed(_)), "{outcome:?}");
    }
    assert_eq!(provider.seen().len(), 1, "nothing else was sent");
}

#[tokio::test]
async fn account_without_user_name_is_not_even_sent() {
    let provider = ScriptedProvider::start([]).await;
    let outcome = provider.write(Operation::Create { active: true, attributes: [].into() }).await;
    insta::assert_debug_snapshot!(outcome, @r#"
    Failed(
        Failure {
            verdict: Stuck,
            landed: No,
            what: "could not create an account at target `prod`: an account needs a `userName`, and no rule maps one; trying again cannot help",
        },
    )
    "#);
    assert!(provider.seen().is_empty());
}

#[tokio::test]
async fn trace_of_the_event_goes_on_to_the_provider() {
    let provider = ScriptedProvider::start([reply(204, "")]).await;
    client(&provider.url).answer(&call(Request::Write(deactivate()))).await;
    let seen = provider.seen().remove(0);
    assert_eq!(
        seen.header("traceparent"),
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    );
    assert_eq!(seen.header("tracestate"), "vendor=1");
}

/// A call was once two spans, one within the other.
#[tokio::test]
async fn a_call_that_is_traced_is_the_one_span_between_the_event_and_the_provider() {
    opentelemetry::global::set_text_map_propagator(TraceContextPropagator::new());
    let traces = SdkTracerProvider::builder().build();
    let layer = tracing_opentelemetry::layer().with_tracer(traces.tracer("usher"));
    let _recorded = tracing::subscriber::set_default(Registry::default().with(layer));
    let provider = ScriptedProvider::start([reply(204, "")]).await;
    let call = call(Request::Write(deactivate()));

    let span = span_of(&call);
    let own = span.context().span().span_context().clone();
    client(&provider.url).answer(&call).instrument(span).await;
    let seen = provider.seen().remove(0);
    let (trace, id) = (own.trace_id(), own.span_id());
    assert_eq!(trace.to_string(), "0af7651916cd43dd8448eb211c80319c", "the event's");
    assert_eq!(seen.header("traceparent"), format!("00-{trace}-{id}-01"));
    assert_eq!(seen.header("tracestate"), "vendor=1");
}

#[tokio::test]
async fn a_group_that_has_another_name_now_is_not_the_one_that_is_meant() {
    let provider = ScriptedProvider::start([
        reply(200, r#"{"id":"g1","displayName":"vpn_allowed","members":[{"value":"u1"}]}"#),
        reply(200, r#"{"id":"g1","displayName":"Everybody","members":[{"value":"u1"}]}"#),
    ])
    .await;
    let read = || Request::ReadMembers { group: group("g1") };
    let members = Outcome::Done(Reply::Members(vec![ScimId::new("u1")]));
    assert_eq!(provider.outcome(read()).await, members);
    assert_eq!(provider.outcome(read()).await, Outcome::Done(Reply::Gone));
}

#[tokio::test]
async fn an_account_may_say_which_groups_it_is_in() {
    let provider = ScriptedProvider::start([
        reply(200, r#"{"id":"u1"}"#),
        reply(200, r#"{"id":"u1","groups":[]}"#),
        reply(200, r#"{"id":"u1"}"#),
        reply(200, r#"{"id":"u1","groups":[{"value":"g1","display":"VPN"},{"value":"g2"}]}"#),
        reply(200, r#"{"id":"u1"}"#),
        reply(200, r#"{"id":"u1","groups":[{"display":"VPN"}]}"#),
    ])
    .await;
    let mut said = Vec::new();
    for _ in 0..6 {
        let read = Request::ReadAccount { account: ScimId::new("u1") };
        let Outcome::Done(Reply::Account(account)) = provider.outcome(read).await else { panic!() };
        said.push(account.groups.map(|groups| groups.len()));
    }
    // What is empty may be left out, but only by those who show what is not.
    assert_eq!(said, [None, Some(0), None, Some(2), Some(0), None]);
}

#[tokio::test]
async fn groups_that_were_not_asked_for_are_not_said_to_be_none() {
    let provider = ScriptedProvider::start([
        reply(200, r#"{"id":"u1","groups":[{"value":"g1"}]}"#),
        reply(200, r#"{"id":"u1"}"#),
    ])
    .await;
    let client = provider.speaking("users: { query: excludedAttributes=groups }");
    for expected in [Some(1), None] {
        let read = Request::ReadAccount { account: ScimId::new("u1") };
        let answer = client.answer(&call(read)).await;
        let Outcome::Done(Reply::Account(account)) = answer.outcome else { panic!() };
        assert_eq!(account.groups.map(|groups| groups.len()), expected);
    }
}
