//! Conditions, made ready for all rows of a directory: of each value it is found out once whether it passes.

use super::field::{Field, Held, Kind, Row};
use super::filter::{Operator, Search, Test};
use super::lens::{Lens, Passing};
use crate::serve::memory::inventory::{Directory, GroupNumber, Sorted, folded};
use std::cmp::Ordering;
use std::fmt;
use std::ops::Range;

impl Test {
    /// Made ready for all rows of a directory.
    pub(super) fn sieve<'a>(&'a self, directory: &'a Directory) -> Sieve<'a> {
        match self.field.kind() {
            Kind::Related => self.related(directory),
            Kind::Text | Kind::Time => {
                let lens = Lens::of(directory, self.field);
                let passing = lens.sorted().map(|sorted| self.passing(sorted));
                let negative = self.is_negative();
                Sieve::new(move |row| match (row, &passing) {
                    (Row::User(number, _), Some(passing)) => {
                        lens.number(number).map_or(negative, |number| passing.has(number))
                    }
                    (Row::User(number, _), None) => self.holds(lens.held(number)),
                    (Row::Group(_), _) => self.holds(row.held(self.field)),
                })
            }
        }
    }

    /// Which of some values pass.
    fn passing(&self, sorted: &Sorted) -> Passing {
        let count = sorted.texts().len();
        let span = |wanted: &String| -> Range<usize> {
            let Range { start, end } = sorted.alike(wanted);
            match self.operator {
                Operator::Equal | Operator::Unequal | Operator::In | Operator::NotIn => start..end,
                Operator::Greater => end..count,
                Operator::AtLeast => start..count,
                Operator::Less => 0..start,
                Operator::AtMost => 0..end,
                Operator::Contains | Operator::StartsWith => 0..0,
            }
        };
        let wanted: Vec<Part> = self.wanted.iter().map(|it| Part::of(it)).collect();
        match self.operator {
            Operator::Contains => {
                Passing::all(sorted, |text| wanted.iter().any(|it| it.is_in(text)))
            }
            Operator::StartsWith => {
                Passing::all(sorted, |text| wanted.iter().any(|it| it.begins(text)))
            }
            Operator::Equal
            | Operator::Unequal
            | Operator::In
            | Operator::NotIn
            | Operator::Greater
            | Operator::AtLeast
            | Operator::Less
            | Operator::AtMost => {
                let spans: Vec<Range<usize>> = self.wanted.iter().map(span).collect();
                Passing::but_for(sorted, self.is_negative(), &spans)
            }
        }
    }

    /// Whether it belongs together with something: a user with a group, by its id or name; a group with a
    /// user, by the id.
    fn related<'a>(&'a self, directory: &'a Directory) -> Sieve<'a> {
        let negative = self.is_negative();
        let groups = directory.groups().map(|(_, group)| {
            let (id, name) = (group.listed.id.as_str(), group.listed.name.as_str());
            self.wanted.iter().any(|it| id == it || folded(name, it).is_eq())
        });
        let groups: Vec<bool> = groups.collect();
        let is_one = move |number: GroupNumber| groups.get(number.index()).copied() == Some(true);
        let users: Vec<_> = self.wanted.iter().filter_map(|id| directory.find(id)).collect();
        Sieve::new(move |row| {
            let is_with = match row {
                Row::User(number, _) => directory.groups_of(number).any(|(group, _)| is_one(group)),
                Row::Group(group) => users.iter().any(|user| group.has(*user)),
            };
            is_with != negative
        })
    }

    /// Whether what a row holds passes.
    pub(super) fn holds(&self, held: Held<'_>) -> bool {
        let negative = self.is_negative();
        match held {
            Held::Nothing => negative,
            Held::Time(at) => self.any(negative, &self.at, |it| at.cmp(it)),
            Held::Text(text) => match self.operator {
                Operator::Contains => self.wanted.iter().any(|it| Part::of(it).is_in(text)),
                Operator::StartsWith => self.wanted.iter().any(|it| Part::of(it).begins(text)),
                Operator::Equal
                | Operator::Unequal
                | Operator::In
                | Operator::NotIn
                | Operator::Greater
                | Operator::AtLeast
                | Operator::Less
                | Operator::AtMost => self.any(negative, &self.wanted, |it| folded(text, it)),
            },
        }
    }

    /// One of the wanted is enough; but what is to be none of them must differ from each.
    fn any<T>(&self, is_negative: bool, wanted: &[T], order: impl Fn(&T) -> Ordering) -> bool {
        let mut held = wanted.iter().map(|it| self.operator.holds(order(it)));
        if is_negative { held.all(|it| it) } else { held.any(|it| it) }
    }
}

impl Search {
    /// Made ready for all rows of a directory.
    pub(super) fn sieve<'a>(&'a self, directory: &'a Directory) -> Sieve<'a> {
        const NAMES: [Field; 5] =
            [Field::Id, Field::Username, Field::Emails, Field::ExternalId, Field::EmployeeNumber];
        const MORE: [Field; 3] = [Field::Name, Field::FirstName, Field::LastName];
        let more: &[Field] = if self.whole { &[] } else { &MORE };
        let part = Part::of(&self.wanted);
        let looks = NAMES.iter().chain(more).map(|field| {
            let lens = Lens::of(directory, *field);
            (*field, lens, lens.sorted().map(|sorted| self.passing(sorted, &part)))
        });
        let looks: Vec<_> = looks.collect();
        Sieve::new(move |row| {
            looks.iter().any(|(field, lens, passing)| match (row, passing) {
                (Row::User(number, _), Some(passing)) => {
                    lens.number(number).is_some_and(|number| passing.has(number))
                }
                (Row::User(number, _), None) => self.is_found(lens.held(number), &part),
                (Row::Group(_), _) => self.is_found(row.held(*field), &part),
            })
        })
    }

    fn passing(&self, sorted: &Sorted, part: &Part) -> Passing {
        if self.whole {
            return Passing::but_for(sorted, false, &[sorted.alike(&self.wanted)]);
        }
        Passing::all(sorted, |text| part.is_in(text))
    }

    fn is_found(&self, held: Held<'_>, part: &Part) -> bool {
        match held {
            Held::Text(text) if self.whole => folded(text, &self.wanted).is_eq(),
            Held::Text(text) => part.is_in(text),
            Held::Nothing | Held::Time(_) => false,
        }
    }
}

/// Tells rows that are wanted from others.
pub(super) struct Sieve<'a>(Box<dyn Fn(Row<'a>) -> bool + 'a>);

impl<'a> Sieve<'a> {
    fn new(passes: impl Fn(Row<'a>) -> bool + 'a) -> Self {
        Self(Box::new(passes))
    }

    pub(super) fn passes(&self, row: Row<'a>) -> bool {
        (self.0)(row)
    }
}

impl fmt::Debug for Sieve<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Sieve")
    }
}

/// What is looked for within texts, in letters of any size.
#[derive(Debug)]
struct Part {
    small: String,
    is_ascii: bool,
}

impl Part {
    fn of(wanted: &str) -> Self {
        Self { small: wanted.to_lowercase(), is_ascii: wanted.is_ascii() }
    }

    fn begins(&self, text: &str) -> bool {
        if !self.is_ascii || !text.is_ascii() {
            return text.to_lowercase().starts_with(&self.small);
        }
        let beginning = text.as_bytes().get(..self.small.len());
        beginning.is_some_and(|it| it.eq_ignore_ascii_case(self.small.as_bytes()))
    }

    fn is_in(&self, text: &str) -> bool {
        if !self.is_ascii || !text.is_ascii() {
            return text.to_lowercase().contains(&self.small);
        }
        let wanted = self.small.as_bytes();
        let Some(first) = wanted.first() else { return true };
        let Some(last) = text.len().checked_sub(wanted.len()) else { return false };
        let text = text.as_bytes();
        let begins =
            |at: &usize| text.get(*at).is_some_and(|byte| byte.eq_ignore_ascii_case(first));
        let mut places = (0..=last).filter(begins);
        places.any(|at| {
            let here = text.get(at..at + wanted.len());
            here.is_some_and(|here| here.eq_ignore_ascii_case(wanted))
        })
    }
}
