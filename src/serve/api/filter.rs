//! Which rows are asked for.

use super::field::{Field, Kind};
use jiff::Timestamp;

/// How a field is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operator {
    Equal,
    Unequal,
    In,
    NotIn,
    Greater,
    AtLeast,
    Less,
    AtMost,
    Contains,
    StartsWith,
}

const OPERATORS: [(&str, Operator); 12] = [
    ("eq", Operator::Equal),
    ("ne", Operator::Unequal),
    ("in", Operator::In),
    ("nin", Operator::NotIn),
    ("not_in", Operator::NotIn),
    ("gt", Operator::Greater),
    ("gte", Operator::AtLeast),
    ("lt", Operator::Less),
    ("lte", Operator::AtMost),
    ("contains", Operator::Contains),
    ("like", Operator::Contains),
    ("starts_with", Operator::StartsWith),
];

impl Operator {
    pub(super) fn parse(word: &str) -> Option<Self> {
        OPERATORS.iter().find(|(it, _)| *it == word).map(|(_, operator)| *operator)
    }

    pub(super) fn words() -> String {
        OPERATORS.map(|(word, _)| word).join(", ")
    }

    /// Whether it compares whole values alone.
    pub(super) fn is_of_whole_values(self) -> bool {
        matches!(self, Self::Equal | Self::In)
    }

    fn takes_several(self) -> bool {
        matches!(self, Self::In | Self::NotIn)
    }

    fn fits(self, kind: Kind) -> bool {
        match kind {
            Kind::Text => true,
            Kind::Time => !matches!(self, Self::Contains | Self::StartsWith),
            Kind::Related => {
                matches!(self, Self::Equal | Self::Unequal | Self::In | Self::NotIn)
            }
        }
    }

    pub(super) fn holds(self, order: std::cmp::Ordering) -> bool {
        match self {
            Self::Equal | Self::In => order.is_eq(),
            Self::Unequal | Self::NotIn => order.is_ne(),
            Self::Greater => order.is_gt(),
            Self::AtLeast => order.is_ge(),
            Self::Less => order.is_lt(),
            Self::AtMost => order.is_le(),
            Self::Contains | Self::StartsWith => false,
        }
    }
}

/// One condition.
#[derive(Clone, Debug)]
pub(super) struct Test {
    pub(super) field: Field,
    pub(super) operator: Operator,
    pub(super) wanted: Vec<String>,
    /// The same as instants, where the field has these.
    pub(super) at: Vec<Timestamp>,
}

impl Test {
    /// The error says what is wrong with it, without the value.
    pub(super) fn new(
        field: Field,
        operator: Operator,
        values: Vec<String>,
    ) -> Result<Self, &'static str> {
        if !operator.fits(field.kind()) {
            return Err("this field cannot be compared so");
        }
        let wanted: Vec<String> = if operator.takes_several() {
            let parts = values.iter().flat_map(|value| value.split(','));
            let parts = parts.map(str::trim).filter(|value| !value.is_empty());
            parts.map(ToOwned::to_owned).collect()
        } else {
            values
        };
        if wanted.is_empty() {
            return Err("no value is given");
        }
        let at = match field.kind() {
            Kind::Text | Kind::Related => Vec::new(),
            Kind::Time => wanted
                .iter()
                .map(|text| instant(text))
                .collect::<Option<_>>()
                .ok_or("this is no instant; write it as 2026-10-01T08:00:00Z")?,
        };
        Ok(Self { field, operator, wanted, at })
    }

    pub(super) fn field(&self) -> Field {
        self.field
    }

    pub(super) fn operator(&self) -> Operator {
        self.operator
    }

    pub(super) fn is_negative(&self) -> bool {
        matches!(self.operator, Operator::Unequal | Operator::NotIn)
    }
}

/// An instant, or the beginning of a day in UTC.
fn instant(text: &str) -> Option<Timestamp> {
    let day = || {
        let date: jiff::civil::Date = text.parse().ok()?;
        jiff::tz::TimeZone::UTC.to_timestamp(date.at(0, 0, 0, 0)).ok()
    };
    text.parse().ok().or_else(day)
}

/// Somebody or something that is looked for.
#[derive(Clone, Debug)]
pub(super) struct Search {
    pub(super) wanted: String,
    /// Only whole names lead to somebody.
    pub(super) whole: bool,
}
