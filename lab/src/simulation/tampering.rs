//! What a new owner restores where a protection is missing: as one would write it who has forgotten it.

use super::Protection;
use super::clocks::without_people_time;
use super::orders::Orders;
use crate::engine::record::{COUNTERS_KEY, ORDERS_KEY, SHARD_KEY};
use crate::model::StateWrite;
use jiff::Timestamp;
use serde_json::{Map, Value};
use std::borrow::Cow;

/// No world lasts until then.
const NEVER: &str = "2999-01-01T00:00:00Z";

/// The state as a new owner takes it in at `now`, by its own clock.
pub(super) fn restored<'a>(
    without: Option<Protection>,
    state: &'a [StateWrite],
    (orders, now): (&Orders, Timestamp),
) -> Cow<'a, [StateWrite]> {
    let Some(without) = without else { return Cow::Borrowed(state) };
    let forget = |key: &str, change: &dyn Fn(&mut Value)| {
        Cow::Owned(state.iter().map(|write| changed(write, key, change)).collect())
    };
    match without {
        Protection::WriteAhead
        | Protection::Lease
        | Protection::Fencing
        | Protection::Doubt
        | Protection::GroupDoubt
        | Protection::Patience
        | Protection::ChargeFirst
        | Protection::Drift
        | Protection::EveryPath => Cow::Borrowed(state),
        Protection::Time => Cow::Owned(state.iter().map(without_people_time).collect()),
        Protection::Counts => {
            let stays = |write: &&StateWrite| !write.key.starts_with(COUNTERS_KEY);
            Cow::Owned(state.iter().filter(stays).cloned().collect())
        }
        Protection::Window => forget(COUNTERS_KEY, &|body| begin_anew(body, now)),
        Protection::UsedOnce => forget(ORDERS_KEY, &|body| remove(body, "used")),
        Protection::Pauses => forget(ORDERS_KEY, &|body| remove(body, "pauses")),
        Protection::OverrideEnd => forget("/", &|body| {
            each_in(body, "overrides", &mut without_end);
            each_in(body, "mutes", &mut without_end);
        }),
        Protection::Effects => Cow::Owned(
            state
                .iter()
                .map(|write| {
                    let is_of_them = orders.has_let_go_of(write);
                    let approve = |body: &mut Value| each_hold(body, &mut let_go_if_open);
                    if is_of_them { changed(write, "/", &approve) } else { write.clone() }
                })
                .collect(),
        ),
        Protection::Rejects => forget("/", &|body| each_hold(body, &mut let_go_if_rejected)),
        Protection::Rows => {
            let mut approved = None;
            each_body(state, &mut |body| {
                each_hold(body, &mut |hold| {
                    if verdict(hold).is_some_and(|it| it == "approved") {
                        approved = hold.get("verdict").cloned();
                    }
                });
            });
            let Some(approved) = approved else { return Cow::Borrowed(state) };
            forget("/", &|body| {
                each_hold(body, &mut |hold| {
                    if let Some(hold) =
                        hold.as_object_mut().filter(|it| !it.contains_key("verdict"))
                    {
                        hold.insert("verdict".to_owned(), approved.clone());
                    }
                });
            })
        }
    }
}

/// The record with another body, if its key has this in it.
fn changed(write: &StateWrite, key: &str, change: &dyn Fn(&mut Value)) -> StateWrite {
    let is_other = !write.key.contains(key) || write.key == SHARD_KEY;
    let Some(bytes) = write.value.as_ref().filter(|_| !is_other) else { return write.clone() };
    let anew = || {
        let mut record: Value = serde_json::from_slice(bytes).ok()?;
        change(record.get_mut("body")?);
        serde_json::to_vec(&record).ok()
    };
    StateWrite { key: write.key.clone(), value: anew().or_else(|| write.value.clone()) }
}

fn remove(body: &mut Value, member: &str) {
    if let Some(body) = body.as_object_mut() {
        body.remove(member);
    }
}

/// Counts begin anew with each hour and each day of the clock.
fn begin_anew(body: &mut Value, now: Timestamp) {
    let second = now.as_second();
    let from =
        [("minutes", second.div_euclid(3600) * 60), ("hours", second.div_euclid(86_400) * 24)];
    let kinds = body.pointer_mut("/counters/kinds").and_then(Value::as_object_mut);
    for ring in kinds.into_iter().flat_map(Map::values_mut) {
        for (buckets, first) in from {
            if let Some(buckets) = ring.get_mut(buckets).and_then(Value::as_object_mut) {
                buckets.retain(|bucket, _| bucket.parse().is_ok_and(|it: i64| it >= first));
            }
        }
    }
}

fn each_body(state: &[StateWrite], see: &mut dyn FnMut(&mut Value)) {
    for write in state.iter().filter(|write| write.key.contains('/')) {
        let record = write.value.as_ref().map(|bytes| serde_json::from_slice::<Value>(bytes));
        if let Some(Ok(mut record)) = record
            && let Some(body) = record.get_mut("body")
        {
            see(body);
        }
    }
}

/// Every row in a person's record, wherever it stands there.
fn each_hold(body: &mut Value, see: &mut dyn FnMut(&mut Value)) {
    each_in(body, "holds", see);
}

/// Every item of the lists that are called so, wherever they stand in a record.
fn each_in(body: &mut Value, list: &str, see: &mut dyn FnMut(&mut Value)) {
    match body {
        Value::Object(members) => {
            if let Some(items) = members.get_mut(list).and_then(Value::as_array_mut) {
                items.iter_mut().for_each(&mut *see);
            }
            members.values_mut().for_each(|value| each_in(value, list, see));
        }
        Value::Array(values) => values.iter_mut().for_each(|value| each_in(value, list, see)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Whoever is kept in or out stays so.
fn without_end(order: &mut Value) {
    if let Some(order) = order.as_object_mut().filter(|it| it.contains_key("until")) {
        order.insert("until".to_owned(), serde_json::json!(NEVER));
    }
}

fn verdict(hold: &Value) -> Option<&str> {
    hold.get("verdict")?.get("verdict")?.as_str()
}

/// What was said of an earlier row of the same person is taken to be said of this one.
fn let_go_if_open(hold: &mut Value) {
    if let Some(hold) = hold.as_object_mut().filter(|it| !it.contains_key("verdict")) {
        hold.insert("verdict".to_owned(), serde_json::json!({ "verdict": "approved", "by": [] }));
    }
}

/// Who said no is taken to have said yes.
fn let_go_if_rejected(hold: &mut Value) {
    if verdict(hold) == Some("rejected")
        && let Some(hold) = hold.as_object_mut()
    {
        hold.insert("verdict".to_owned(), serde_json::json!({ "verdict": "approved", "by": [] }));
    }
}
