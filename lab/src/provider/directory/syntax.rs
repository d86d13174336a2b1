//! The syntax of filters: words, quotes and brackets, and what they say together.

use super::filter::{Filter, Name, Operator};
use serde_json::Value as Json;

/// Deeper than anybody writes, and shallow enough for the stack.
const DEPTH_MAX: usize = 16;

/// Longer than anybody writes.
const CHARS_MAX: usize = 8_192;

/// `None`: not understood. `bare`: values may come without quotes.
pub(super) fn parse(text: &str, bare: bool) -> Option<Filter> {
    if text.len() > CHARS_MAX {
        return None;
    }
    let mut parser = Parser { tokens: tokens(text)?.into_iter().peekable(), bare };
    let filter = parser.any(0)?;
    parser.tokens.next().is_none().then_some(filter)
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
