use super::{Answer, Ask, Provider, Token};
use crate::provider::manners::Manners;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

mod console;
mod discovery;
mod faults;
mod model;
mod never_panics;
mod quirks;
mod quirks_of_writes;
mod rfc;
mod surprises;

/// Somebody who has the token and asks as fast as the quota allows.
struct Caller {
    provider: Provider,
    base_path: String,
    now: Timestamp,
}

impl Caller {
    fn of(manners: Manners) -> Self {
        let base_path = manners.base_path.clone();
        let token = Token { text: "s3cret".to_owned(), expires_at: None };
        let provider = Provider::new(manners, token, "http://127.0.0.1:1");
        Self { provider, base_path, now: Timestamp::UNIX_EPOCH }
    }

    fn netskope() -> Self {
        Self::of(Manners::netskope())
    }

    fn rfc() -> Self {
        Self::of(Manners::rfc7644())
    }

    fn ask(&self, method: &str, target: &str, body: &Value) -> Ask {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        Ask {
            method: method.to_owned(),
            path: format!("{}{path}", self.base_path),
            query: query.to_owned(),
            headers: vec![("authorization".to_owned(), "Bearer s3cret".to_owned())],
            body: if body.is_null() { Vec::new() } else { body.to_string().into_bytes() },
        }
    }

    fn send(&mut self, ask: &Ask) -> Answer {
        self.now += SignedDuration::from_secs(1);
        self.provider.answer(ask, self.now)
    }

    #[expect(clippy::needless_pass_by_value, reason = "tests read better so")]
    fn call(&mut self, method: &str, target: &str, body: Value) -> Answer {
        let ask = self.ask(method, target, &body);
        self.send(&ask)
    }

    fn get(&mut self, target: &str) -> Value {
        let answer = self.call("GET", target, Value::Null);
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.body.unwrap()
    }

    /// A new user's id.
    fn user(&mut self, name: &str) -> String {
        self.created("/Users", json!({ "userName": name, "active": true }))
    }

    /// A new group's id.
    fn group(&mut self, name: &str, members: &[&str]) -> String {
        let members: Vec<Value> = members.iter().map(|id| json!({ "value": id })).collect();
        self.created("/Groups", json!({ "displayName": name, "members": members }))
    }

    fn created(&mut self, target: &str, body: Value) -> String {
        let answer = self.call("POST", target, body);
        assert_eq!(answer.status, 201, "{answer:?}");
        answer.body.unwrap()["id"].as_str().unwrap().to_owned()
    }

    #[expect(clippy::needless_pass_by_value, reason = "tests read better so")]
    fn patch(&mut self, target: &str, operations: Value) -> Answer {
        let schema = "urn:ietf:params:scim:api:messages:2.0:PatchOp";
        self.call("PATCH", target, json!({ "schemas": [schema], "Operations": operations }))
    }

    fn members(&mut self, group: &str) -> Vec<String> {
        let group = self.get(&format!("/Groups/{group}?attributes=members"));
        let members = group["members"].as_array().unwrap().iter();
        members.map(|member| member["value"].as_str().unwrap().to_owned()).collect()
    }
}

fn scim_type(answer: &Answer) -> Option<&str> {
    answer.body.as_ref()?.get("scimType")?.as_str()
}

const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
const TENANT: &str = "urn:ietf:params:scim:schemas:extension:tenant:2.0:User";
