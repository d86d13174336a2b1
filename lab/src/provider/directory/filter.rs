//! Filters (RFC 7644 §3.4.2.2): parsed once, matched against a resource or a value of a list.

use super::schema;
use serde_json::{Map, Value as Json};

/// Deeper than anybody writes, and shallow enough for the stack.
const DEPTH_MAX: usize = 16;

/// Longer than anybody writes.
const CHARS_MAX: usize = 8_192;

/// A condition.
#[derive(Clone, Debug, PartialEq)]
pub enum Filter {
    All(Vec<Filter>),
    Any(Vec<Filter>),
    Not(Box<Filter>),
    Compare {
        attribute: Name,
        operator: Operator,
        value: Json,
    },
    Present(Name),
    /// `emails[type eq "work"]`
    Within {
        attribute: Name,
        filter: Box<Filter>,
    },
}

/// An attribute as a filter names it: `urn:…:User:department`, `name.givenName`, `userName`.
#[derive(Clone, Debug, PartialEq)]
pub struct Name {
    urn: Option<String>,
    parts: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    Equal,
    NotEqual,
    Contains,
    StartsWith,
    EndsWith,
    Greater,
    GreaterOrEqual,
    Less,
    LessOrEqual,
}

impl Filter {
    /// `None`: not understood. `bare`: values may come without quotes.
    pub fn parse(text: &str, bare: bool) -> Option<Self> {
        if text.len() > CHARS_MAX {
            return None;
        }
        let mut parser = Parser { tokens: tokens(text)?.into_iter().peekable(), bare };
        let filter = parser.any(0)?;
        parser.tokens.next().is_none().then_some(filter)
    }

    /// `attribute eq "text"`, made without parsing.
    pub fn equal(attribute: &str, text: &str) -> Self {
        let attribute = Name { urn: None, parts: vec![attribute.to_owned()] };
        Self::Compare { attribute, operator: Operator::Equal, value: Json::from(text) }
    }

    /// The text, if all this says is that `attribute` equals it.
    pub fn equals(&self, attribute: &str) -> Option<&str> {
        match self {
            Self::Compare { attribute: name, operator: Operator::Equal, value } => {
                let only = name.urn.is_none() && name.parts.len() == 1;
                let same = name.parts.first().is_some_and(|p| p.eq_ignore_ascii_case(attribute));
                value.as_str().filter(|_| only && same)
            }
            _ => None,
        }
    }

    /// Whether it asks for `attribute` anywhere.
    pub fn mentions(&self, attribute: &str) -> bool {
        let names =
            |name: &Name| name.parts.first().is_some_and(|p| p.eq_ignore_ascii_case(attribute));
        match self {
            Self::All(filters) | Self::Any(filters) => {
                filters.iter().any(|filter| filter.mentions(attribute))
            }
            Self::Not(filter) => filter.mentions(attribute),
            Self::Compare { attribute: name, .. }
            | Self::Present(name)
            | Self::Within { attribute: name, .. } => names(name),
        }
    }

    pub fn matches(&self, resource: &Map<String, Json>) -> bool {
        match self {
            Self::All(filters) => filters.iter().all(|filter| filter.matches(resource)),
            Self::Any(filters) => filters.iter().any(|filter| filter.matches(resource)),
            Self::Not(filter) => !filter.matches(resource),
            Self::Present(name) => name.find(resource).into_iter().any(is_assigned),
            Self::Compare { attribute, operator: Operator::NotEqual, value } => !attribute
                .find(resource)
                .into_iter()
                .any(|found| attribute.compare(found, Operator::Equal, value)),
            Self::Compare { attribute, operator, value } => attribute
                .find(resource)
                .into_iter()
                .any(|found| attribute.compare(found, *operator, value)),
            Self::Within { attribute, filter } => attribute
                .find(resource)
                .into_iter()
                .filter_map(Json::as_object)
                .any(|found| filter.matches(found)),
        }
    }
}

fn is_assigned(value: &Json) -> bool {
    match value {
        Json::Null => false,
        Json::String(text) => !text.is_empty(),
        Json::Array(items) => !items.is_empty(),
        Json::Object(object) => !object.is_empty(),
        Json::Bool(_) | Json::Number(_) => true,
    }
}

impl Name {
    fn parse(text: &str) -> Option<Self> {
        let known = [schema::CORE_USER, schema::CORE_GROUP];
        let extensions = [schema::ENTERPRISE_USER, schema::TENANT_USER];
        let found = |urns: &[&'static str]| {
            urns.iter().find_map(|urn| Some((*urn, schema::after_urn(text, urn)?)))
        };
        let (urn, rest) = match (found(&known), found(&extensions)) {
            (Some((_, rest)), _) => (None, rest),
            (None, Some((urn, rest))) => (Some(urn.to_owned()), rest),
            (None, None) => (None, text),
        };
        let parts: Vec<String> = rest.split('.').map(str::to_owned).collect();
        let is_name = |part: &String| {
            part.starts_with(|first: char| first.is_ascii_alphabetic() || first == '$')
                && part.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '$'))
        };
        (parts.len() <= 2 && parts.iter().all(is_name)).then_some(Self { urn, parts })
    }

    /// All values it leads to; those of a list, each.
    fn find<'a>(&self, resource: &'a Map<String, Json>) -> Vec<&'a Json> {
        let mut object = Some(resource);
        if let Some(urn) = &self.urn {
            object = resource.get(urn).and_then(Json::as_object);
        }
        let Some((first, rest)) = object
            .zip(self.parts.split_first())
            .and_then(|(object, parts)| Some((get(object, parts.0)?, parts.1)))
        else {
            return Vec::new();
        };
        let each: Vec<&Json> = match first {
            Json::Array(items) => items.iter().collect(),
            single => vec![single],
        };
        match rest.first() {
            None => each,
            Some(sub) => each.into_iter().filter_map(|item| get(item.as_object()?, sub)).collect(),
        }
    }

    /// Text is compared without case but for what is `caseExact`. A list's value stands for its
    /// `value`.
    fn compare(&self, found: &Json, operator: Operator, wanted: &Json) -> bool {
        let found = found.as_object().and_then(|object| get(object, "value")).unwrap_or(found);
        let exact = self
            .parts
            .last()
            .is_some_and(|name| ["externalId", "id"].iter().any(|e| e.eq_ignore_ascii_case(name)));
        match (found, wanted) {
            (Json::String(found), Json::String(wanted)) if exact => {
                compare_text(found, operator, wanted)
            }
            (Json::String(found), Json::String(wanted)) => {
                compare_text(&found.to_lowercase(), operator, &wanted.to_lowercase())
            }
            (Json::Number(found), Json::Number(wanted)) => {
                let ordering = found.as_f64().partial_cmp(&wanted.as_f64());
                ordering.is_some_and(|ordering| operator.allows(ordering))
            }
            (found, wanted) => operator == Operator::Equal && found == wanted,
        }
    }
}

fn compare_text(found: &str, operator: Operator, wanted: &str) -> bool {
    match operator {
        Operator::Contains => found.contains(wanted),
        Operator::StartsWith => found.starts_with(wanted),
        Operator::EndsWith => found.ends_with(wanted),
        _ => operator.allows(found.cmp(wanted)),
    }
}

impl Operator {
    fn parse(word: &str) -> Option<Self> {
        Some(match word.to_ascii_lowercase().as_str() {
            "eq" => Self::Equal,
            "ne" => Self::NotEqual,
            "co" => Self::Contains,
            "sw" => Self::StartsWith,
            "ew" => Self::EndsWith,
            "gt" => Self::Greater,
            "ge" => Self::GreaterOrEqual,
            "lt" => Self::Less,
            "le" => Self::LessOrEqual,
            _ => return None,
        })
    }

    fn allows(self, ordering: std::cmp::Ordering) -> bool {
        match self {
            Self::Equal => ordering.is_eq(),
            Self::Greater => ordering.is_gt(),
            Self::GreaterOrEqual => ordering.is_ge(),
            Self::Less => ordering.is_lt(),
            Self::LessOrEqual => ordering.is_le(),
            Self::NotEqual => ordering.is_ne(),
            Self::Contains | Self::StartsWith | Self::EndsWith => false,
        }
    }
}

/// A member of an object, whatever its letter case.
pub fn get<'a>(object: &'a Map<String, Json>, name: &str) -> Option<&'a Json> {
    object.get(name).or_else(|| {
        object.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    })
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    Open,
    Close,
    OpenBracket,
    CloseBracket,
    Word(String),
    Quoted(String),
}

fn tokens(text: &str) -> Option<Vec<Token>> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let mark = match first {
            '(' => Some(Token::Open),
            ')' => Some(Token::Close),
            '[' => Some(Token::OpenBracket),
            ']' => Some(Token::CloseBracket),
            _ => None,
        };
        let length = match (mark, first) {
            (Some(mark), _) => {
                tokens.push(mark);
                1
            }
            (None, '"') => {
                let length = quoted_length(rest)?;
                tokens.push(Token::Quoted(serde_json::from_str(rest.get(..length)?).ok()?));
                length
            }
            (None, _) => {
                let ends = |c: char| c.is_whitespace() || matches!(c, '(' | ')' | '[' | ']' | '"');
                let length = rest.find(ends).unwrap_or(rest.len());
                tokens.push(Token::Word(rest.get(..length)?.to_owned()));
                length
            }
        };
        rest = rest.get(length..)?.trim_start();
    }
    Some(tokens)
}

/// Up to and with the closing quote.
fn quoted_length(text: &str) -> Option<usize> {
    let mut escaped = false;
    text.char_indices().skip(1).find_map(|(at, c)| {
        let closes = c == '"' && !escaped;
        escaped = c == '\\' && !escaped;
        closes.then_some(at + 1)
    })
}

struct Parser {
    tokens: std::iter::Peekable<std::vec::IntoIter<Token>>,
    bare: bool,
}

impl Parser {
    /// Terms joined by `or`.
    fn any(&mut self, depth: usize) -> Option<Filter> {
        let mut terms = vec![self.all(depth)?];
        while self.take_word("or") {
            terms.push(self.all(depth)?);
        }
        if terms.len() == 1 { terms.pop() } else { Some(Filter::Any(terms)) }
    }

    /// Terms joined by `and`, which binds tighter.
    fn all(&mut self, depth: usize) -> Option<Filter> {
        let mut terms = vec![self.term(depth)?];
        while self.take_word("and") {
            terms.push(self.term(depth)?);
        }
        if terms.len() == 1 { terms.pop() } else { Some(Filter::All(terms)) }
    }

    fn term(&mut self, depth: usize) -> Option<Filter> {
        if depth > DEPTH_MAX {
            return None;
        }
        if self.tokens.peek() == Some(&Token::Open) {
            return self.between(Token::Open, &Token::Close, depth);
        }
        let Token::Word(word) = self.tokens.next()? else {
            return None;
        };
        if word.eq_ignore_ascii_case("not") && self.tokens.peek() == Some(&Token::Open) {
            let filter = self.between(Token::Open, &Token::Close, depth)?;
            return Some(Filter::Not(Box::new(filter)));
        }
        let attribute = Name::parse(&word)?;
        if self.tokens.peek() == Some(&Token::OpenBracket) {
            let filter = self.between(Token::OpenBracket, &Token::CloseBracket, depth)?;
            return Some(Filter::Within { attribute, filter: Box::new(filter) });
        }
        if self.take_word("pr") {
            return Some(Filter::Present(attribute));
        }
        let Token::Word(operator) = self.tokens.next()? else {
            return None;
        };
        let operator = Operator::parse(&operator)?;
        Some(Filter::Compare { attribute, operator, value: self.value()? })
    }

    #[expect(clippy::needless_pass_by_value, reason = "both marks are read alike at the calls")]
    fn between(&mut self, open: Token, close: &Token, depth: usize) -> Option<Filter> {
        (self.tokens.next()? == open).then_some(())?;
        let filter = self.any(depth + 1)?;
        (self.tokens.next()? == *close).then_some(filter)
    }

    fn value(&mut self) -> Option<Json> {
        match self.tokens.next()? {
            Token::Quoted(text) => Some(Json::from(text)),
            Token::Word(word) => match serde_json::from_str(&word) {
                Ok(value) => Some(value),
                Err(_) => self.bare.then(|| Json::from(word)),
            },
            _ => None,
        }
    }

    fn take_word(&mut self, wanted: &str) -> bool {
        let is_next =
            |token: &Token| matches!(token, Token::Word(word) if word.eq_ignore_ascii_case(wanted));
        self.tokens.next_if(is_next).is_some()
    }
}
