//! What is asked behind the question mark, in the forms that Truto's programs send.

use super::Resource;
use super::field::Field;
use super::filter::{Operator, Search, Test};
use super::page::{Question, Sort};
use crate::serve::web::Eyes;
use std::collections::BTreeSet;

/// Rows on a page, unless somebody says otherwise; and how many at most.
const LIMIT_USUAL: usize = 50;
pub(super) const LIMIT_MOST: usize = 500;

/// Parameters of one request, and how long each may be.
const PARAMETERS_MOST: usize = 64;
const VALUE_BYTES_MOST: usize = 2 * 1024;

/// Values of one condition.
const VALUES_MOST: usize = 100;

/// One parameter: `name`, `name[]`, `name[key]` or `name[key][]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Parameter {
    pub(super) name: String,
    pub(super) key: Option<String>,
    pub(super) is_list: bool,
    pub(super) value: String,
}

/// Why a question cannot be answered. It names the parameter and never its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Wrong {
    /// It cannot be meant.
    Parameter { name: String, why: String },
    /// It would show what is hidden.
    Hidden { name: String },
}

/// What the result is written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    Unified,
    /// As SCIM resources.
    Raw,
}

/// How objects are written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Form {
    pub(super) format: Format,
    pub(super) excluded: BTreeSet<String>,
    pub(super) remote_data: bool,
    /// The result becomes an object by this member.
    pub(super) key_by: Option<String>,
}

/// A whole question about a list.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    pub(super) question: Question,
    pub(super) form: Form,
    pub(super) cursor: Option<String>,
    /// Of the conditions and the order: a cursor counts for no others.
    pub(super) terms: String,
}

fn wrong(name: &str, why: impl Into<String>) -> Wrong {
    Wrong::Parameter { name: name.to_owned(), why: why.into() }
}

/// All parameters.
pub(super) fn parameters(query: &str) -> Result<Vec<Parameter>, Wrong> {
    let mut all = Vec::new();
    for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
        if all.len() >= PARAMETERS_MOST {
            return Err(wrong(&name, "there are too many parameters"));
        }
        if value.len() > VALUE_BYTES_MOST {
            return Err(wrong(&name, "the value is too long"));
        }
        let cannot = || wrong(&name, "write it as name, name[], name[key] or name[key][]");
        all.push(Parameter::parse(&name, &value).ok_or_else(cannot)?);
    }
    Ok(all)
}

impl Parameter {
    fn parse(name: &str, value: &str) -> Option<Self> {
        let (name, is_list) = match name.strip_suffix("[]") {
            Some(name) => (name, true),
            None => (name, false),
        };
        let (name, key) = match name.split_once('[') {
            None => (name, None),
            Some((name, rest)) => (name, Some(rest.strip_suffix(']')?)),
        };
        let is_plain = |text: &str| !text.is_empty() && !text.contains(['[', ']']);
        if !is_plain(name) || !key.is_none_or(is_plain) {
            return None;
        }
        Some(Self {
            name: name.to_owned(),
            key: key.map(ToOwned::to_owned),
            is_list,
            value: value.to_owned(),
        })
    }

    /// As a person wrote it.
    fn written(&self) -> String {
        let key = self.key.as_ref().map(|key| format!("[{key}]")).unwrap_or_default();
        format!("{}{key}{}", self.name, if self.is_list { "[]" } else { "" })
    }

    fn is_yes(&self) -> Result<bool, Wrong> {
        match self.value.trim() {
            "" | "true" | "1" => Ok(true),
            "false" | "0" => Ok(false),
            _ => Err(wrong(&self.written(), "it is true or false")),
        }
    }
}

/// Whether somebody asks to see names and values.
pub(super) fn asks_to_see(parameters: &[Parameter]) -> Result<bool, Wrong> {
    parameters.iter().filter(|it| it.name == "unmask").try_fold(false, |_, it| it.is_yes())
}

impl Form {
    fn usual() -> Self {
        Self { format: Format::Unified, excluded: BTreeSet::new(), remote_data: true, key_by: None }
    }

    /// Takes a parameter in; `false`: it is none of the form.
    fn take(&mut self, parameter: &Parameter) -> Result<bool, Wrong> {
        let value = parameter.value.trim();
        match parameter.name.as_str() {
            "truto_response_format" => {
                self.format = match value {
                    "" | "unified" | "normalized" => Format::Unified,
                    "raw" => Format::Raw,
                    _ => return Err(wrong("truto_response_format", "it is unified or raw here")),
                }
            }
            "truto_exclude_fields" => {
                let fields = value.split(',').map(str::trim).filter(|field| !field.is_empty());
                self.excluded.extend(fields.map(ToOwned::to_owned));
            }
            "truto_ignore_remote_data" => self.remote_data = !parameter.is_yes()?,
            "truto_key_by" => self.key_by = (!value.is_empty()).then(|| value.to_owned()),
            // There is nothing that these could change: no provider is asked.
            "truto_ignore_limit" | "truto_super_query" | "integrated_account_id" | "unmask" => {}
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// What is asked about one object.
    pub(super) fn read(parameters: &[Parameter]) -> Result<Self, Wrong> {
        let mut form = Self::usual();
        for parameter in parameters {
            if !form.take(parameter)? {
                return Err(wrong(&parameter.written(), "nothing of one object is asked so"));
            }
        }
        Ok(form)
    }
}

impl Asked {
    /// What is asked about a list.
    pub(super) fn read(
        resource: Resource,
        parameters: &[Parameter],
        eyes: Eyes,
    ) -> Result<Self, Wrong> {
        let mut form = Form::usual();
        let (mut limit, mut cursor, mut search) = (LIMIT_USUAL, None, None);
        let mut sort = None;
        let mut conditions: Vec<Condition> = Vec::new();
        for parameter in parameters {
            if form.take(parameter)? {
                continue;
            }
            let value = parameter.value.trim();
            match parameter.name.as_str() {
                "limit" => limit = limit_of(value)?,
                // An empty one is none: the SDK for TypeScript begins with it.
                "next_cursor" | "prev_cursor" => {
                    if !value.is_empty() && cursor.replace(value.to_owned()).is_some() {
                        return Err(wrong(&parameter.name, "there is another cursor; send one"));
                    }
                }
                "sort_by" => sort = sort_of(resource, parameter)?.or(sort),
                "search" => search = (!value.is_empty()).then(|| value.to_owned()),
                "remote_query" => {
                    return Err(wrong("remote_query", "no provider is asked; use the proxy"));
                }
                _ => Condition::add(&mut conditions, resource, parameter)?,
            }
        }
        let sort = sort.unwrap_or(Sort { field: usual_order(resource, eyes), descends: false });
        let tests = conditions.into_iter().map(Condition::test).collect::<Result<Vec<_>, _>>()?;
        let terms = format!("{tests:?}|{search:?}|{sort:?}");
        // A group is no person.
        let whole = eyes == Eyes::Masked && resource == Resource::Users;
        let search = search.map(|wanted| Search { wanted, whole });
        let question = Question { resource, tests, search, sort, limit };
        may_ask(&question, form.key_by.as_deref(), eyes)?;
        Ok(Self { question, form, cursor, terms })
    }
}

/// Values that belong together: `a[]=x&a[]=y` is one condition.
struct Condition {
    written: String,
    field: Field,
    operator: Operator,
    values: Vec<String>,
}

impl Condition {
    fn add(all: &mut Vec<Self>, resource: Resource, parameter: &Parameter) -> Result<(), Wrong> {
        let written = parameter.written();
        let field = Field::parse(resource, &parameter.name).ok_or_else(|| {
            let known: Vec<&str> = Field::all(resource).iter().map(|(word, _)| *word).collect();
            let known = known.join(", ");
            wrong(&written, format!("there is no such parameter; fields are {known}"))
        })?;
        let operator = match parameter.key.as_deref() {
            None if parameter.is_list => Operator::In,
            None => Operator::Equal,
            Some(word) => Operator::parse(word)
                .ok_or_else(|| wrong(&written, format!("operators are {}", Operator::words())))?,
        };
        if let Some(known) = all.iter_mut().find(|it| it.written == written) {
            if !parameter.is_list {
                return Err(wrong(&written, "it is there twice; write name[] for several values"));
            }
            if known.values.len() >= VALUES_MOST {
                return Err(wrong(&written, "there are too many values"));
            }
            known.values.push(parameter.value.clone());
            return Ok(());
        }
        let values = vec![parameter.value.clone()];
        all.push(Self { written, field, operator, values });
        Ok(())
    }

    fn test(self) -> Result<Test, Wrong> {
        let Self { written, field, operator, values } = self;
        Test::new(field, operator, values).map_err(|why| wrong(&written, why))
    }
}

fn limit_of(value: &str) -> Result<usize, Wrong> {
    let number: usize = value.parse().map_err(|_no_number| wrong("limit", "it is a number"))?;
    if number == 0 {
        return Err(wrong("limit", "it is at least 1"));
    }
    Ok(number.min(LIMIT_MOST))
}

/// `sort_by=name`, `sort_by=-name` or `sort_by[name]=desc`.
fn sort_of(resource: Resource, parameter: &Parameter) -> Result<Option<Sort>, Wrong> {
    let value = parameter.value.trim();
    let (word, descends) = match (&parameter.key, value) {
        (None, "") => return Ok(None),
        (None, value) => match value.strip_prefix('-') {
            Some(word) => (word, true),
            None => (value, false),
        },
        (Some(word), "" | "asc") => (word.as_str(), false),
        (Some(word), "desc") => (word.as_str(), true),
        (Some(_), _) => return Err(wrong("sort_by", "the order is asc or desc")),
    };
    let field = Field::parse(resource, word)
        .filter(|field| !matches!(field, Field::Groups | Field::Members));
    let field = field.ok_or_else(|| wrong("sort_by", "nothing is sorted by this"))?;
    Ok(Some(Sort { field, descends }))
}

/// An order tells of names, too.
fn usual_order(resource: Resource, eyes: Eyes) -> Field {
    match (resource, eyes) {
        (Resource::Groups, _) => Field::Name,
        (Resource::Users, Eyes::Open) => Field::Username,
        (Resource::Users, Eyes::Masked) => Field::Id,
    }
}

/// Whoever does not see names finds somebody by a whole name, as on the pages, and learns no more.
fn may_ask(question: &Question, key_by: Option<&str>, eyes: Eyes) -> Result<(), Wrong> {
    if eyes == Eyes::Open {
        return Ok(());
    }
    let resource = question.resource;
    let word = |field: Field| {
        let known = Field::all(resource).iter().find(|(_, it)| *it == field);
        known.map_or_else(String::new, |(word, _)| (*word).to_owned())
    };
    for test in &question.tests {
        let field = test.field();
        let is_whole = test.operator().is_of_whole_values() && field.is_name_of_somebody();
        if field.is_personal(resource) && !is_whole {
            return Err(Wrong::Hidden { name: word(field) });
        }
    }
    if question.sort.field.is_personal(resource) {
        return Err(Wrong::Hidden { name: "sort_by".to_owned() });
    }
    let keyed = key_by.and_then(|word| Field::parse(resource, word));
    if keyed.is_some_and(|field| field.is_personal(resource)) {
        return Err(Wrong::Hidden { name: "truto_key_by".to_owned() });
    }
    Ok(())
}
