//! Many texts in few bytes, and in the order in which lists have them.

use std::cmp::Ordering;
use std::fmt;
use std::ops::Range;

/// Texts one behind the other, found by their numbers.
#[derive(Default)]
pub struct Texts {
    all: Box<str>,
    ends: Box<[u32]>,
}

impl Texts {
    /// `None`: they are longer than four gigabytes.
    pub(super) fn of<'a>(texts: impl Iterator<Item = &'a str> + Clone) -> Option<Self> {
        let mut all = String::with_capacity(texts.clone().map(str::len).sum());
        let mut ends = Vec::with_capacity(texts.clone().count());
        for text in texts {
            all.push_str(text);
            ends.push(u32::try_from(all.len()).ok()?);
        }
        Some(Self { all: all.into(), ends: ends.into() })
    }

    /// The text of that number; nothing, if there is none.
    pub fn get(&self, number: usize) -> &str {
        let end = |number: usize| self.ends.get(number).map_or(0, |end| *end as usize);
        let start = number.checked_sub(1).map_or(0, end);
        self.all.get(start..end(number)).unwrap_or_default()
    }

    pub fn len(&self) -> usize {
        self.ends.len()
    }

    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    pub fn iter(&self) -> impl Iterator<Item = &str> + Clone {
        (0..self.len()).map(|number| self.get(number))
    }
}

/// How many, and not which: they are of people.
impl fmt::Debug for Texts {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Texts({})", self.len())
    }
}

/// Texts in order: those that differ in the sizes of letters alone stand side by side.
#[derive(Debug, Default)]
pub struct Sorted {
    texts: Texts,
    /// To which of those that are alike each belongs; `None`: no two are alike.
    classes: Option<Box<[u32]>>,
}

impl Sorted {
    /// `texts`: as [`in_order`] has them.
    pub(super) fn of<'a>(texts: impl Iterator<Item = &'a str> + Clone) -> Option<Self> {
        let mut classes: Vec<u32> = Vec::with_capacity(texts.clone().count());
        let (mut before, mut class, mut has_alike) = (None, 0, false);
        for text in texts.clone() {
            let is_alike = before.is_some_and(|before| folded(before, text).is_eq());
            class += u32::from(before.is_some() && !is_alike);
            has_alike |= is_alike;
            classes.push(class);
            before = Some(text);
        }
        let classes = has_alike.then(|| classes.into());
        Some(Self { texts: Texts::of(texts)?, classes })
    }

    pub fn texts(&self) -> &Texts {
        &self.texts
    }

    /// The numbers of all texts that are the same but for the sizes of letters. If there are none, they
    /// would stand there.
    pub fn alike(&self, wanted: &str) -> Range<usize> {
        let count = self.texts.len();
        let start = first(0..count, |number| folded(self.texts.get(number), wanted).is_ge());
        let end = first(start..count, |number| folded(self.texts.get(number), wanted).is_gt());
        start..end
    }

    /// The number of exactly this text.
    pub(super) fn find(&self, wanted: &str) -> Option<usize> {
        let count = self.texts.len();
        let at = first(0..count, |number| in_order(self.texts.get(number), wanted).is_ge());
        (at < count && self.texts.get(at) == wanted).then_some(at)
    }

    /// The first that comes behind a text, whether or not that is there.
    pub(super) fn behind(&self, text: &str) -> usize {
        first(0..self.texts.len(), |number| in_order(self.texts.get(number), text).is_gt())
    }

    /// Where a text stands among the others: as high as those that are alike.
    pub fn rank(&self, number: usize) -> u64 {
        self.class(number) * 2 + 1
    }

    /// Where one would stand that need not be there.
    pub fn rank_of(&self, text: &str) -> u64 {
        let alike = self.alike(text);
        if alike.is_empty() { self.class(alike.start) * 2 } else { self.rank(alike.start) }
    }

    fn class(&self, number: usize) -> u64 {
        let count = self.texts.len();
        match &self.classes {
            None => number as u64,
            Some(classes) if number < count => classes.get(number).map_or(0, |it| u64::from(*it)),
            Some(classes) => classes.last().map_or(0, |it| u64::from(*it) + 1),
        }
    }
}

/// The first of some numbers of which something is so, if it is so of all behind it.
fn first(numbers: Range<usize>, is_so: impl Fn(usize) -> bool) -> usize {
    let Range { mut start, mut end } = numbers;
    while start < end {
        let middle = start.midpoint(end);
        if is_so(middle) {
            end = middle;
        } else {
            start = middle + 1;
        }
    }
    start
}

/// As lists have texts: in letters of one size, and as they are written if those are the same.
pub(super) fn in_order(one: &str, other: &str) -> Ordering {
    folded(one, other).then_with(|| one.cmp(other))
}

/// Compared as SCIM compares names: in letters of one size.
pub fn folded(one: &str, other: &str) -> Ordering {
    if one.is_ascii() && other.is_ascii() {
        let small = |text| str::bytes(text).map(|byte| byte.to_ascii_lowercase());
        return small(one).cmp(small(other));
    }
    let small = |text| str::chars(text).flat_map(char::to_lowercase);
    small(one).cmp(small(other))
}
