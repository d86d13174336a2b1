//! What is offered of a target, so that programs need not guess.

use super::caller::{Caller, Ground};
use super::field::Field;
use super::filter::Operator;
use super::query::LIMIT_MOST;
use super::{Resource, Shape};
use axum::response::Response;
use serde_json::{Value, json};

/// Of one target.
pub(super) fn of_target(caller: &Caller, ground: Ground<'_>, shape: Shape) -> Response {
    let unified = Resource::ALL.map(|resource| {
        let fields: Vec<&str> = Field::all(resource).iter().map(|(word, _)| *word).collect();
        json!({
            "model": "user-directory",
            "resource": resource.word(),
            "methods": ["list", "get"],
            "env_overridden": false,
            "filters": fields,
            "operators": Operator::words(),
            "limit_most": LIMIT_MOST,
        })
    });
    let proxy: Vec<Value> = if caller.site.proxies.is_on(ground) {
        let method = |method: &str, name: &str| json!({ "method": method, "name": name });
        let methods = [method("list", "List"), method("get", "Get")];
        let one = |name| json!({ "resource": name, "methods": methods });
        ["Users", "Groups"].map(one).to_vec()
    } else {
        Vec::new()
    };
    let told = json!({
        "integration": { "name": "usher", "label": ground.target_name() },
        "unified": unified,
        "proxy": proxy,
        "auth": "Authorization: Bearer",
        "account": account(ground),
    });
    match shape {
        Shape::Trutos => caller.answer(&told),
        Shape::Own => caller.answer(&json!({
            "result": told,
            "next_cursor": null,
            "prev_cursor": null,
            "result_count": 1,
            "is_partial_response": false,
        })),
    }
}

/// Every target that the login may see.
pub(super) fn accounts(caller: &Caller) -> Response {
    let all: Vec<Value> = caller.grounds().map(account).collect();
    let count = all.len();
    caller.answer(&json!({
        "result": all,
        "next_cursor": null,
        "prev_cursor": null,
        "result_count": count,
        "is_partial_response": false,
    }))
}

fn account(ground: Ground<'_>) -> Value {
    json!({
        "id": ground.name(),
        "tenant": ground.tenant_name(),
        "target": ground.target_name(),
        "status": "active",
        "is_blocked": false,
    })
}
