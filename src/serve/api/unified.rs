//! Users and groups of a target, as it was last read whole. The target itself is not asked.

use super::caller::{Caller, Ground};
use super::cursor::Cursor;
use super::field::Row;
use super::objects::Writer;
use super::owners::Owners;
use super::page::{Page, Way};
use super::query::{Asked, Form};
use super::refusal::Refusal;
use super::{Resource, Shape};
use crate::model::code::Code;
use crate::serve::memory::Topic;
use crate::serve::memory::inventory::Inventory;
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;
use std::time::Duration;

/// When to ask again while topics are still being read.
const SOON: Duration = Duration::from_secs(2);

/// A list.
pub(super) fn list(
    caller: &Caller,
    ground: Ground<'_>,
    resource: Resource,
) -> Result<Response, Refusal> {
    let asked = Asked::read(resource, &caller.parameters, caller.eyes);
    let asked = asked.map_err(|wrong| caller.refuse(wrong))?;
    let inventory = inventory(caller, ground)?;
    let what = format!("{}|{}|{}", ground.name(), resource.word(), asked.terms);
    let cursor = match &asked.cursor {
        None => None,
        Some(text) => {
            let opened = caller.site.seal.open::<Cursor>(&what, text, caller.now);
            Some(opened.ok_or_else(|| caller.refuse(expired()))?)
        }
    };
    let directory = &inventory.directory;
    let from = cursor.as_ref().map(|cursor| (&cursor.place, cursor.way));
    let page = asked.question.page(directory, from);
    let owners = owners(caller, ground, &page.rows);
    let mut writer = Writer::new(directory, &owners, &asked.form, caller.eyes, true);
    let objects: Vec<Value> = page.rows.iter().map(|row| writer.object(*row)).collect();
    let count = objects.len();
    let result = keyed(caller, &asked.form, objects)?;
    let reading = directory.taken.number;
    let cursor_to = |row: Option<&Row<'_>>, way: Way, is_there: bool| {
        let row = row.filter(|_| is_there)?;
        let cursor = Cursor { place: asked.question.sort.place(*row), way, reading };
        caller.site.seal.close(&what, &cursor, caller.now)
    };
    let is_other_reading = cursor.as_ref().is_some_and(|cursor| cursor.reading != reading);
    let is_partial =
        writer.has_cut || is_other_reading || !caller.is_open() || !directory.knows_groups();
    let next = cursor_to(page.rows.last(), Way::Behind, page.has_behind);
    let previous = cursor_to(page.rows.first(), Way::Before, page.has_before);
    noted(caller, ground, &page);
    Ok(caller.answer(&json!({
        "result": result,
        "next_cursor": next,
        "prev_cursor": previous,
        "result_count": count,
        "is_partial_response": is_partial,
        "inventory": age(caller, &inventory),
    })))
}

/// One of them.
pub(super) fn get(
    caller: &Caller,
    ground: Ground<'_>,
    resource: Resource,
    id: &str,
    shape: Shape,
) -> Result<Response, Refusal> {
    let form = Form::read(&caller.parameters).map_err(|wrong| caller.refuse(wrong))?;
    let inventory = inventory(caller, ground)?;
    let directory = &inventory.directory;
    let row = Row::find(directory, resource, id).ok_or_else(|| {
        let told = "the last reading of the target has nothing of this id; the proxy asks the target itself";
        caller.refuse(Refusal::not_found(told))
    })?;
    let owners = owners(caller, ground, &[row]);
    let mut writer = Writer::new(directory, &owners, &form, caller.eyes, false);
    let object = writer.object(row);
    noted(caller, ground, &Page { rows: vec![row], has_before: false, has_behind: false });
    let is_partial = !caller.is_open() || !directory.knows_groups();
    Ok(match shape {
        // As Truto answers.
        Shape::Trutos => caller.answer(&object),
        Shape::Own => caller.answer(&json!({
            "result": object,
            "next_cursor": null,
            "prev_cursor": null,
            "result_count": 1,
            "is_partial_response": is_partial,
            "inventory": age(caller, &inventory),
        })),
    })
}

/// The last whole reading of the target.
fn inventory(caller: &Caller, ground: Ground<'_>) -> Result<Inventory, Refusal> {
    let known = caller.site.memory.known();
    let found = known.inventories.of(ground.tenant_name(), ground.target_name());
    let is_read = known.hearing.is_whole(Topic::Inventory);
    drop(known);
    found.map_err(|unfit| {
        let unavailable = StatusCode::SERVICE_UNAVAILABLE;
        caller.refuse(if is_read {
            Refusal::new(unavailable, Code::InventoryUnfit, unfit.to_string())
        } else {
            let told = "what was read of targets is still being fetched from Kafka";
            Refusal::new(unavailable, Code::ApiNotReadYet, told).waiting(SOON)
        })
    })
}

fn owners(caller: &Caller, ground: Ground<'_>, rows: &[Row<'_>]) -> Owners {
    let users = rows.iter().filter_map(|row| match row {
        Row::User(_, account) => Some(account.id()),
        Row::Group(_) => None,
    });
    let accounts: BTreeSet<&str> = users.collect();
    let place = (ground.tenant_name(), ground.target_name());
    Owners::find(&caller.site.memory.known(), place, &accounts, caller.now)
}

/// Whoever is shown is noted: accounts, and members by their groups.
fn noted(caller: &Caller, ground: Ground<'_>, page: &Page<'_>) {
    caller.sees(ground, page.rows.iter().map(|row| row.id()));
}

/// How old what is shown is.
fn age(caller: &Caller, inventory: &Inventory) -> Value {
    let taken = &inventory.directory.taken;
    let doubted = inventory.head.last.as_ref().filter(|last| !last.flaws.is_empty());
    json!({
        "read_at": taken.ended,
        "age_seconds": caller.now.duration_since(taken.ended).as_secs().max(0),
        "is_complete": inventory.directory.knows_groups(),
        "later_reading_not_believed_at": doubted.map(|last| last.ended),
    })
}

/// As an object, if somebody wants it so. What would be lost is refused.
fn keyed(caller: &Caller, form: &Form, objects: Vec<Value>) -> Result<Value, Refusal> {
    let Some(name) = &form.key_by else { return Ok(Value::Array(objects)) };
    let mut all = Map::new();
    for object in objects {
        let key = object.get(name).and_then(Value::as_str).map(ToOwned::to_owned);
        let is_new = key.is_some_and(|key| all.insert(key, object).is_none());
        if !is_new {
            let told = "`truto_key_by`: not every object of this page has a text of its own there; use `id`";
            let told = Refusal::new(StatusCode::BAD_REQUEST, Code::ApiParameter, told);
            return Err(caller.refuse(told));
        }
    }
    Ok(Value::Object(all))
}

/// A cursor that cannot be gone on from.
pub(super) fn expired() -> Refusal {
    let told =
        "this cursor is too old, or of another list, filter or process; begin again without one";
    Refusal::new(StatusCode::BAD_REQUEST, Code::CursorExpired, told)
}
