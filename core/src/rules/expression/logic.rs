//! What can be said of a condition without any event: what it reads, whether it can hold at all, and
//! whether two of them can hold of the same event.
//!
//! Careful rather than clever: of what it cannot see through it says nothing.

use super::Expression;
use super::variables::{self, DATA};
use cel::common::ast::{Expr, IdedExpr, LiteralValue, operators};
use std::collections::BTreeSet;

/// A field, from `data` on: `["risk", "level"]`.
pub(in crate::rules) type Path = Vec<String>;

/// A simple fact that a condition asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::rules) enum Fact {
    Has(Path),
    HasNot(Path),
    /// The field is one of these.
    Among(Path, BTreeSet<String>),
    NotAmong(Path, BTreeSet<String>),
    /// Something that no event changes.
    Constant(bool),
}

/// What an expression does with fields.
#[derive(Debug, Default)]
pub(in crate::rules) struct Reading {
    /// Read, so that an event without it makes the expression fail.
    pub(in crate::rules) read: Vec<Path>,
    /// Asked for with `has()`.
    pub(in crate::rules) asked: Vec<Path>,
    pub(in crate::rules) compared: Vec<Compared>,
    /// Fields that stand where true or false must.
    pub(in crate::rules) judged: Vec<Path>,
}

/// A field and the value that it is compared with.
#[derive(Debug)]
pub(in crate::rules) struct Compared {
    pub(in crate::rules) path: Path,
    pub(in crate::rules) value: Literal,
    /// By `<` and the like.
    pub(in crate::rules) by_order: bool,
}

#[derive(Debug)]
pub(in crate::rules) enum Literal {
    Text(String),
    Flag,
    Number,
}

impl Expression {
    pub(in crate::rules) fn reading(&self) -> Reading {
        let mut reading = Reading::default();
        reading.collect(self.program.expression(), &[]);
        reading.judge(self.program.expression());
        reading
    }

    /// The facts that must all be so for the condition to hold; there may be more to it.
    pub(in crate::rules) fn facts(&self) -> Vec<Fact> {
        let mut facts = Vec::new();
        collect_facts(self.program.expression(), true, &mut facts);
        facts
    }

    /// Whether no event can change what it gives.
    pub(in crate::rules) fn reads_nothing(&self) -> bool {
        self.variables().next().is_none()
    }

    /// Whether it holds or not without an event; `None` if it fails, or gives neither.
    pub(in crate::rules) fn alone(&self) -> Option<bool> {
        match self.program.execute(&variables::nothing()) {
            Ok(cel::Value::Bool(holds)) => Some(holds),
            Ok(_) | Err(_) => None,
        }
    }

    /// Whether it holds or not whatever the event, given what is known of single facts.
    pub(in crate::rules) fn constant(&self, known: &dyn Fn(&Fact) -> Option<bool>) -> Option<bool> {
        constant(self.program.expression(), known)
    }
}

impl Reading {
    fn collect(&mut self, expression: &IdedExpr, bound: &[&str]) {
        if let Expr::Select(select) = &expression.expr
            && select.test
        {
            self.asked.extend(field_at(&expression.expr, bound));
            return;
        }
        if let Some(path) = field_at(&expression.expr, bound) {
            self.read.push(path);
            return;
        }
        match &expression.expr {
            Expr::Call(call) => {
                self.compared.extend(compared(expression));
                for part in call.target.as_deref().into_iter().chain(&call.args) {
                    self.collect(part, bound);
                }
            }
            Expr::Comprehension(inner) => {
                self.collect(&inner.iter_range, bound);
                self.collect(&inner.accu_init, bound);
                let own = [&inner.iter_var, &inner.accu_var].into_iter().chain(&inner.iter_var2);
                let bound: Vec<_> = bound.iter().copied().chain(own.map(String::as_str)).collect();
                for part in [&inner.loop_cond, &inner.loop_step, &inner.result] {
                    self.collect(part, &bound);
                }
            }
            Expr::List(list) => list.elements.iter().for_each(|it| self.collect(it, bound)),
            Expr::Select(select) => self.collect(&select.operand, bound),
            Expr::Map(_)
            | Expr::Struct(_)
            | Expr::Ident(_)
            | Expr::Literal(_)
            | Expr::Unspecified => {}
        }
    }
}

impl Reading {
    fn judge(&mut self, expression: &IdedExpr) {
        match &expression.expr {
            Expr::Call(call)
                if [operators::LOGICAL_AND, operators::LOGICAL_OR, operators::LOGICAL_NOT]
                    .contains(&call.func_name.as_str()) =>
            {
                call.args.iter().for_each(|part| self.judge(part));
            }
            Expr::Select(select) if select.test => {}
            other => self.judged.extend(field_at(other, &[])),
        }
    }
}

fn compared(expression: &IdedExpr) -> Vec<Compared> {
    let Expr::Call(call) = &expression.expr else { return Vec::new() };
    let [left, right] = call.args.as_slice() else { return Vec::new() };
    let by_order = match call.func_name.as_str() {
        operators::EQUALS | operators::NOT_EQUALS | operators::IN => false,
        operators::LESS
        | operators::LESS_EQUALS
        | operators::GREATER
        | operators::GREATER_EQUALS => true,
        _ => return Vec::new(),
    };
    let values = match &right.expr {
        Expr::List(list) => list.elements.iter().collect(),
        _ => vec![right],
    };
    let pairs = values.into_iter().flat_map(|value| [(left, value), (value, left)]);
    pairs
        .filter_map(|(field, value)| {
            let (path, value) = (field_at(&field.expr, &[])?, kind(&value.expr)?);
            Some(Compared { path, value, by_order })
        })
        .collect()
}

fn kind(expression: &Expr) -> Option<Literal> {
    match expression {
        Expr::Literal(LiteralValue::String(text)) => Some(Literal::Text(text.inner().to_owned())),
        Expr::Literal(LiteralValue::Boolean(_)) => Some(Literal::Flag),
        Expr::Literal(LiteralValue::Int(_) | LiteralValue::UInt(_) | LiteralValue::Double(_)) => {
            Some(Literal::Number)
        }
        _ => None,
    }
}

/// The field that the expression is; the envelope's are no fields of the data.
fn field_at(expression: &Expr, bound: &[&str]) -> Option<Path> {
    let path = variables::path(expression)?;
    let (root, rest) = path.split_first()?;
    if bound.contains(root) || !variables::is_variable(root) || *root == variables::EVENT {
        return None;
    }
    let rest = rest.iter().copied();
    let parts: Vec<&str> =
        if *root == DATA { rest.collect() } else { std::iter::once(*root).chain(rest).collect() };
    (!parts.is_empty()).then(|| parts.into_iter().map(str::to_owned).collect())
}

/// `field == 'a'`, `field != 'a'` or `field in ['a', 'b']`: the field, the values, and whether it must
/// be one of them.
fn comparison(expression: &IdedExpr) -> Option<(Path, BTreeSet<String>, bool)> {
    let Expr::Call(call) = &expression.expr else { return None };
    let [left, right] = call.args.as_slice() else { return None };
    let must = match call.func_name.as_str() {
        operators::EQUALS | operators::IN => true,
        operators::NOT_EQUALS => false,
        _ => return None,
    };
    if call.func_name == operators::IN {
        let Expr::List(list) = &right.expr else { return None };
        let values = list.elements.iter().map(|it| literal(&it.expr));
        return Some((field_at(&left.expr, &[])?, values.collect::<Option<_>>()?, must));
    }
    let sides = [(left, right), (right, left)].into_iter();
    sides.into_iter().find_map(|(field, value)| {
        Some((field_at(&field.expr, &[])?, [literal(&value.expr)?].into(), must))
    })
}

fn literal(expression: &Expr) -> Option<String> {
    match expression {
        Expr::Literal(LiteralValue::String(text)) => Some(text.inner().to_owned()),
        Expr::Literal(LiteralValue::Boolean(flag)) => Some(flag.inner().to_string()),
        Expr::Literal(LiteralValue::Int(number)) => Some(number.inner().to_string()),
        _ => None,
    }
}

/// The one fact that the expression is.
fn fact(expression: &IdedExpr, positive: bool) -> Option<Fact> {
    if let Some((path, values, must)) = comparison(expression) {
        return Some(if must == positive {
            Fact::Among(path, values)
        } else {
            Fact::NotAmong(path, values)
        });
    }
    match &expression.expr {
        Expr::Literal(LiteralValue::Boolean(flag)) => {
            Some(Fact::Constant(*flag.inner() == positive))
        }
        Expr::Select(select) if select.test => {
            let path = field_at(&expression.expr, &[])?;
            Some(if positive { Fact::Has(path) } else { Fact::HasNot(path) })
        }
        Expr::Ident(_) | Expr::Select(_) => {
            let path = field_at(&expression.expr, &[])?;
            Some(Fact::Among(path, [positive.to_string()].into()))
        }
        _ => None,
    }
}

fn collect_facts(expression: &IdedExpr, positive: bool, facts: &mut Vec<Fact>) {
    if let Expr::Call(call) = &expression.expr {
        match (call.func_name.as_str(), positive) {
            (operators::LOGICAL_NOT, _) => {
                call.args.iter().for_each(|it| collect_facts(it, !positive, facts));
                return;
            }
            (operators::LOGICAL_AND, true) | (operators::LOGICAL_OR, false) => {
                call.args.iter().for_each(|it| collect_facts(it, positive, facts));
                return;
            }
            _ => {}
        }
    }
    facts.extend(fact(expression, positive));
}

/// Whether the facts cannot all be so.
pub(in crate::rules) fn contradict(facts: &[Fact]) -> bool {
    facts.iter().enumerate().any(|(index, fact)| {
        let alone = match fact {
            Fact::Constant(holds) => !holds,
            Fact::Among(_, values) => values.is_empty(),
            Fact::Has(_) | Fact::HasNot(_) | Fact::NotAmong(..) => false,
        };
        alone || facts.iter().skip(index + 1).any(|other| exclude(fact, other))
    })
}

fn exclude(one: &Fact, other: &Fact) -> bool {
    match (one, other) {
        (Fact::Has(has), Fact::HasNot(not)) | (Fact::HasNot(not), Fact::Has(has)) => {
            has.starts_with(not)
        }
        (Fact::Among(path, _), Fact::HasNot(not)) | (Fact::HasNot(not), Fact::Among(path, _)) => {
            path.starts_with(not)
        }
        (Fact::Among(path, values), Fact::Among(same, others)) => {
            path == same && values.is_disjoint(others)
        }
        (Fact::Among(path, values), Fact::NotAmong(same, others))
        | (Fact::NotAmong(same, others), Fact::Among(path, values)) => {
            path == same && values.is_subset(others)
        }
        _ => false,
    }
}

fn constant(expression: &IdedExpr, known: &dyn Fn(&Fact) -> Option<bool>) -> Option<bool> {
    if let Expr::Call(call) = &expression.expr {
        let mut parts = call.args.iter().map(|part| constant(part, known));
        match call.func_name.as_str() {
            operators::LOGICAL_NOT => return parts.next()?.map(|holds| !holds),
            operators::LOGICAL_AND => {
                let parts: Vec<_> = parts.collect();
                if parts.contains(&Some(false)) {
                    return Some(false);
                }
                let mut facts = Vec::new();
                collect_facts(expression, true, &mut facts);
                if contradict(&facts) {
                    return Some(false);
                }
                return parts.iter().all(|part| *part == Some(true)).then_some(true);
            }
            operators::LOGICAL_OR => {
                let parts: Vec<_> = parts.collect();
                if parts.contains(&Some(true)) {
                    return Some(true);
                }
                let mut facts = Vec::new();
                collect_facts(expression, false, &mut facts);
                if contradict(&facts) {
                    return Some(true);
                }
                return parts.iter().all(|part| *part == Some(false)).then_some(false);
            }
            _ => {}
        }
    }
    match fact(expression, true)? {
        Fact::Constant(holds) => Some(holds),
        Fact::Among(_, values) if values.is_empty() => Some(false),
        fact => known(&fact),
    }
}
