//! What an expression reads, and the event's data as it sees them.
//!
//! A null member counts as absent, so that `has()` is the one way to ask. The members that are
//! objects are always there, if need be empty, so that `has(risk.level)` may be asked of any event.

use super::super::error::ExpressionError;
use super::Failure;
use crate::model::event::{DATA_MEMBERS, Event, Form};
use cel::common::ast::{EntryExpr, Expr, IdedExpr, LiteralValue, operators};
use cel::common::types::{
    CelBool, CelDouble, CelInt, CelList, CelMap, CelNull, CelString, CelUInt,
};
use cel::common::value::Val;
use cel::{Context, Env};
use serde_json::Value;
use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, LazyLock};

/// Names of variables.
pub(in crate::rules) type Variables = BTreeSet<String>;

/// All of an event's data.
pub(super) const DATA: &str = "data";
/// The event's envelope.
pub(super) const EVENT: &str = "event";

/// What CEL itself gives a name to.
const BUILT_IN: [&str; 12] = [
    "bool",
    "bytes",
    "double",
    "duration",
    "int",
    "list",
    "map",
    "null_type",
    "optional",
    "string",
    "timestamp",
    "uint",
];

static ENV: LazyLock<Arc<Env>> = LazyLock::new(|| Arc::new(Env::stdlib()));

/// Binds those of the event's members that are read.
pub(in crate::rules) fn context<'v>(variables: &Variables, event: &'v Event) -> Context<'v, 'v> {
    let mut context = Context::with_env(Arc::clone(&ENV));
    for name in variables {
        if let Some(value) = variable(name, event) {
            context.add_variable_as_val(name.as_str(), value);
        }
    }
    context
}

/// For expressions that read no event.
pub(super) fn nothing() -> Context<'static, 'static> {
    Context::with_env(Arc::clone(&ENV))
}

fn variable<'v>(name: &str, event: &'v Event) -> Option<Box<dyn Val + 'v>> {
    if name == EVENT {
        return Some(envelope(event));
    }
    if name == DATA {
        return Some(value(&event.data));
    }
    match event.data.get(name) {
        None | Some(Value::Null) if is_object(name) => Some(Box::new(CelMap::from(HashMap::new()))),
        None | Some(Value::Null) => None,
        Some(member) => Some(value(member)),
    }
}

fn is_object(name: &str) -> bool {
    DATA_MEMBERS.contains(&(name, Form::Object))
}

fn envelope(event: &Event) -> Box<dyn Val + '_> {
    let text = |text| -> Box<dyn Val + '_> { Box::new(CelString::from(text)) };
    Box::new(CelMap::from(HashMap::from([
        ("id".into(), text(event.id.as_str())),
        ("source".into(), text(event.source.as_str())),
        ("type".into(), text(event.kind.word())),
        ("time".into(), Box::new(CelString::from(event.time.to_string())) as Box<dyn Val + '_>),
    ])))
}

/// Borrows all text. The depth is bounded, for the JSON parser bounds it.
fn value(json: &Value) -> Box<dyn Val + '_> {
    match json {
        Value::Null => Box::new(CelNull),
        Value::Bool(flag) => Box::new(CelBool::from(*flag)),
        Value::Number(number) => match (number.as_i64(), number.as_u64()) {
            (Some(number), _) => Box::new(CelInt::from(number)),
            (None, Some(number)) => Box::new(CelUInt::from(number)),
            (None, None) => Box::new(CelDouble::from(number.as_f64().unwrap_or(f64::NAN))),
        },
        Value::String(text) => Box::new(CelString::from(text.as_str())),
        Value::Array(values) => {
            let values: Vec<_> = values.iter().map(value).collect();
            Box::new(CelList::from(values))
        }
        Value::Object(members) => {
            let present = members.iter().filter(|(_, member)| !member.is_null());
            let present = present.map(|(name, member)| (name.as_str().into(), value(member)));
            Box::new(CelMap::from(present.collect::<HashMap<_, _>>()))
        }
    }
}

/// The paths and functions that an expression names.
#[derive(Debug, Default)]
pub(super) struct References {
    /// From the root on: `["risk", "level"]`.
    paths: Vec<Vec<String>>,
    functions: Vec<String>,
}

impl References {
    pub(super) fn of(expression: &IdedExpr) -> Self {
        let mut references = Self::default();
        references.collect(expression, &[]);
        references
    }

    /// Refuses names that cannot mean anything; a typo should not wait for its first event.
    pub(super) fn check(&self) -> Result<(), ExpressionError> {
        for name in self.variables() {
            if !is_variable(name) {
                let known = DATA_MEMBERS.iter().map(|(member, _)| *member);
                let known: Vec<_> = [EVENT, DATA].into_iter().chain(known).collect();
                return Err(ExpressionError::UnknownVariable {
                    name: name.to_owned(),
                    known: known.join(", "),
                });
            }
        }
        match self.functions.iter().find(|name| !is_function(name)) {
            None => Ok(()),
            Some(name) => Err(ExpressionError::UnknownFunction { name: name.clone() }),
        }
    }

    pub(super) fn variables(&self) -> impl Iterator<Item = &str> {
        self.paths.iter().filter_map(|path| path.first()).map(String::as_str)
    }

    /// Whether the event has every member that is named: null is something that it says.
    pub(super) fn are_told_by(&self, event: &Event) -> bool {
        self.paths.iter().all(|path| is_told(path, event))
    }

    /// The field that was missed when `name` was not found.
    ///
    /// `name` itself is not to be trusted: it may have been computed from the data.
    pub(super) fn absent_field(&self, name: &str, event: &Event) -> String {
        let missed = self.paths.iter().find_map(|path| {
            let depth = first_absent(path, event)?;
            let missed = path.iter().skip(depth).position(|part| part == name)?;
            Some(field(path.get(..=depth + missed)?))
        });
        missed.unwrap_or_else(|| self.first_field(event))
    }

    /// The field to blame if one cannot tell: one that is there, else any.
    pub(super) fn first_field(&self, event: &Event) -> String {
        let is_there = |path: &&Vec<String>| first_absent(path, event).is_none();
        let path = self.paths.iter().find(is_there).or(self.paths.first());
        path.map_or_else(|| DATA.to_owned(), |path| field(path))
    }

    /// `bound` are the names that a comprehension gives.
    fn collect(&mut self, expression: &IdedExpr, bound: &[&str]) {
        if let Some(path) = path(&expression.expr) {
            let root = path.first().copied().unwrap_or_default();
            if !bound.contains(&root) && !BUILT_IN.contains(&root) && !root.starts_with('@') {
                self.paths.push(path.into_iter().map(str::to_owned).collect());
            }
            return;
        }
        match &expression.expr {
            Expr::Call(call) => {
                self.functions.push(call.func_name.clone());
                for part in call.target.as_deref().into_iter().chain(&call.args) {
                    self.collect(part, bound);
                }
            }
            Expr::Comprehension(inner) => {
                self.collect(&inner.iter_range, bound);
                self.collect(&inner.accu_init, bound);
                let own = [&inner.iter_var, &inner.accu_var].into_iter();
                let own = own.chain(&inner.iter_var2).map(String::as_str);
                let bound: Vec<_> = bound.iter().copied().chain(own).collect();
                for part in [&inner.loop_cond, &inner.loop_step, &inner.result] {
                    self.collect(part, &bound);
                }
            }
            Expr::List(list) => list.elements.iter().for_each(|it| self.collect(it, bound)),
            Expr::Map(map) => self.collect_entries(map.entries.iter().map(|it| &it.expr), bound),
            Expr::Struct(it) => self.collect_entries(it.entries.iter().map(|it| &it.expr), bound),
            Expr::Select(select) => self.collect(&select.operand, bound),
            Expr::Ident(_) | Expr::Literal(_) | Expr::Unspecified => {}
        }
    }

    fn collect_entries<'a>(
        &mut self,
        entries: impl Iterator<Item = &'a EntryExpr>,
        bound: &[&str],
    ) {
        for entry in entries {
            match entry {
                EntryExpr::StructField(field) => self.collect(&field.value, bound),
                EntryExpr::MapEntry(entry) => {
                    self.collect(&entry.key, bound);
                    self.collect(&entry.value, bound);
                }
            }
        }
    }
}

/// The path that the expression spells, root first: `risk.level` and `risk["level"]` alike.
pub(super) fn path(expression: &Expr) -> Option<Vec<&str>> {
    match expression {
        Expr::Ident(name) => Some(vec![name.as_str()]),
        Expr::Select(select) => {
            let mut parts = path(&select.operand.expr)?;
            parts.push(&select.field);
            Some(parts)
        }
        Expr::Call(call) if call.func_name == operators::INDEX => {
            let [operand, index] = call.args.as_slice() else {
                return None;
            };
            let Expr::Literal(LiteralValue::String(name)) = &index.expr else {
                return None;
            };
            let mut parts = path(&operand.expr)?;
            parts.push(name.inner());
            Some(parts)
        }
        _ => None,
    }
}

/// Whether expressions may read something of this name.
pub(super) fn is_variable(name: &str) -> bool {
    name == DATA || name == EVENT || DATA_MEMBERS.iter().any(|(member, _)| *member == name)
}

/// The path, if the expression is one into the data, and does not only ask whether it is there.
pub(super) fn member(expression: &Expr) -> Option<Vec<String>> {
    if matches!(expression, Expr::Select(select) if select.test) {
        return None;
    }
    let path = path(expression)?;
    let root = path.first()?;
    let is_member = DATA_MEMBERS.iter().any(|(member, _)| member == root);
    is_member.then(|| path.into_iter().map(str::to_owned).collect())
}

/// What CEL would make of a member that is there, and a text, a whole number or a truth value, or that
/// is not there; `None` if it is anything else.
pub(super) fn plain(path: &[String], event: &Event) -> Option<Result<cel::Value, Failure>> {
    let mut value = &event.data;
    for (index, part) in path.iter().enumerate() {
        match value.as_object()?.get(part) {
            None | Some(Value::Null) => {
                // A member that is an object counts as there, only empty.
                let missed = index + usize::from(index == 0 && is_object(part));
                return Some(Err(Failure::Absent { field: field(path.get(..=missed)?) }));
            }
            Some(member) => value = member,
        }
    }
    match value {
        Value::Bool(flag) => Some(Ok(cel::Value::Bool(*flag))),
        Value::Number(number) => number.as_i64().map(|number| Ok(cel::Value::Int(number))),
        Value::String(text) => Some(Ok(text.as_str().into())),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// How far the path leads into the event: the index of its first part that is not there.
fn first_absent(path: &[String], event: &Event) -> Option<usize> {
    let (root, rest) = path.split_first()?;
    if root == EVENT {
        let known = ["id", "source", "type", "time"];
        let is_absent = rest.first().is_some_and(|part| !known.contains(&part.as_str()));
        return is_absent.then_some(1);
    }
    let begin = usize::from(root == DATA);
    let mut value = &event.data;
    for (index, part) in path.iter().enumerate().skip(begin) {
        match value.get(part) {
            None | Some(Value::Null) => return Some(index),
            Some(member) => value = member,
        }
    }
    None
}

/// Whether the path leads to something, if only to null. Of a whole object that is null nothing is
/// said that it could hold.
fn is_told(path: &[String], event: &Event) -> bool {
    if path.first().is_some_and(|root| root == EVENT) {
        return first_absent(path, event).is_none();
    }
    let begin = usize::from(path.first().is_some_and(|root| root == DATA));
    let mut value = Some(&event.data);
    for part in path.iter().skip(begin) {
        value = value.and_then(|value| value.get(part));
    }
    value.is_some()
}

fn field(path: &[String]) -> String {
    let path = path.join(".");
    let has_root =
        [DATA, EVENT].iter().any(|root| path == *root || path.starts_with(&format!("{root}.")));
    if has_root { path } else { format!("{DATA}.{path}") }
}

/// Whether CEL knows the function. Operators are functions too, with odd names.
fn is_function(name: &str) -> bool {
    let is_operator = !name.starts_with(|first: char| first.is_ascii_alphabetic());
    // Adding one of that name is refused exactly if there is one.
    let is_declared = |name: &str| {
        Context::with_env(Arc::clone(&ENV)).add_function(name, |argument: i64| argument).is_err()
    };
    is_operator || is_declared(name) || is_declared(&format!("optional.{name}"))
}
