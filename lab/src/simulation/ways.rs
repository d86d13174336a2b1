//! What ill-mannered providers do with requests, until all faults end.

use super::answers::{Large, NoHit};
use super::chance::Chance;
use super::manners::{Manner, Manners};
use super::puts::Versions;
use super::rules::VPN;
use crate::model::{AttributeName, Failure, Landed, Operation, Outcome, Reply, Request, Verdict};
use jiff::{SignedDuration, Timestamp};

/// A span of time.
#[derive(Clone, Copy, Debug)]
pub(super) struct Span {
    from: Timestamp,
    until: Timestamp,
}

impl Span {
    fn draw(chance: &mut Chance, start: Timestamp, end: Timestamp) -> Self {
        let whole = i64::try_from(end.duration_since(start).as_millis()).unwrap_or(0);
        let from = start + chance.millis(0, whole / 2);
        Self { from, until: (from + chance.millis(5_000, 600_000)).min(end) }
    }

    pub(super) fn covers(self, now: Timestamp) -> bool {
        self.from <= now && now < self.until
    }
}

/// How the providers of one world misbehave; all alike.
#[derive(Clone, Debug, Default)]
pub struct Ways {
    /// Of a thousand changes so many are answered as if they were done.
    lies: u64,
    /// Of a thousand changes so many meet another writer.
    conflicts: u64,
    /// What is read is as old as that.
    lag: SignedDuration,
    read_only: Option<Span>,
    no_seats: Option<Span>,
    refused: Option<AttributeName>,
    /// It was until all faults ended; usher asks for it again when a day is over.
    once_refused: Option<AttributeName>,
    refused_filter: Option<AttributeName>,
    lying_filter: Option<AttributeName>,
    has_huge_group: bool,
    /// Lists contradict themselves.
    pub(super) unsound_lists: Option<Span>,
    /// A look-up without a hit is answered with 404.
    pub(super) no_hit: Option<NoHit>,
    /// Inactive accounts are not shown.
    pub(super) hides: Option<Hides>,
    /// Accounts are changed by PUT.
    pub(super) puts: Option<Versions>,
    pub(super) large: Option<Large>,
}

/// For how long inactive accounts are not shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hides {
    UntilFaultsEnd,
    ForGood,
}

impl Ways {
    pub fn draw(manners: &mut Manners, start: Timestamp, end: Timestamp) -> Self {
        let mut ways = Self::default();
        let mut has = |manner| manners.has(manner).then(|| manners.chance.fork());
        if let Some(mut chance) = has(Manner::Lies) {
            ways.lies = 20 + chance.below(200);
        }
        if let Some(mut chance) = has(Manner::Conflicts) {
            ways.conflicts = 20 + chance.below(300);
        }
        if let Some(mut chance) = has(Manner::LateReads) {
            ways.lag = chance.millis(500, 40_000);
        }
        if let Some(mut chance) = has(Manner::WritesFail) {
            ways.read_only = Some(Span::draw(&mut chance, start, end));
        }
        if let Some(mut chance) = has(Manner::NoSeats) {
            ways.no_seats = Some(Span::draw(&mut chance, start, end));
        }
        if let Some(mut chance) = has(Manner::RefusedAttribute) {
            let names = ["displayName", "enterprise.department", "userType"];
            ways.refused = chance.pick(&names).and_then(|name| attribute(name));
        }
        if let Some(mut chance) = has(Manner::RefusedFilter) {
            ways.refused_filter =
                chance.pick(&["userName", "emails.work"]).and_then(|it| attribute(it));
        }
        if let Some(mut chance) = has(Manner::LyingFilter) {
            ways.lying_filter =
                chance.pick(&["userName", "emails.work"]).and_then(|it| attribute(it));
        }
        ways.has_huge_group = has(Manner::HugeGroup).is_some();
        if let Some(mut chance) = has(Manner::ContradictingLists) {
            ways.unsound_lists = Some(Span::draw(&mut chance, start, end));
        }
        if let Some(mut chance) = has(Manner::NoHitIs404) {
            ways.no_hit = Some(NoHit::draw(&mut chance));
        }
        if let Some(mut chance) = has(Manner::HiddenInactive) {
            let is_for_good = chance.happens(500);
            ways.hides = Some(if is_for_good { Hides::ForGood } else { Hides::UntilFaultsEnd });
        }
        if let Some(mut chance) = has(Manner::PutOnly) {
            ways.puts = Some(Versions::draw(&mut chance));
        }
        ways.large = has(Manner::TooLarge).map(|mut chance| Large::draw(&mut chance));
        ways
    }

    /// What is left of them when all faults end.
    pub(super) fn mended(&self) -> Self {
        let hides = self.hides.filter(|hides| *hides == Hides::ForGood);
        Self { hides, once_refused: self.once_refused().cloned(), ..Self::default() }
    }

    /// How old is what is read.
    pub fn lag(&self) -> SignedDuration {
        self.lag
    }

    /// Whether look-ups by this attribute find nobody, whoever is there.
    pub(super) fn lies_about(&self, attribute: &AttributeName) -> bool {
        self.lying_filter.as_ref() == Some(attribute)
    }

    /// The attribute that accounts may lack until a day is over.
    pub fn once_refused(&self) -> Option<&AttributeName> {
        self.refused.as_ref().or(self.once_refused.as_ref())
    }

    /// What the provider says of a request that it does not do as it is told; `None`: it does.
    pub(super) fn answer(
        &self,
        request: &Request,
        chance: &mut Chance,
        now: Timestamp,
    ) -> Option<(u16, Outcome)> {
        match request {
            Request::FindAccounts { attribute, .. } => {
                if Some(attribute) == self.refused_filter.as_ref() {
                    return Some(refused(400, "invalidFilter"));
                }
                (Some(attribute) == self.lying_filter.as_ref())
                    .then(|| (200, Outcome::Done(Reply::Accounts(Vec::new()))))
            }
            Request::ReadMembers { group } if self.is_huge(group.name.as_str()) => {
                Some(refused(413, "too large"))
            }
            Request::ReadAccount { .. }
            | Request::FindGroups { .. }
            | Request::ListAccounts { .. }
            | Request::ListGroups { .. }
            | Request::ReadScope { .. }
            | Request::ReadMembers { .. } => None,
            Request::AddMembers { .. } | Request::Write(_) => {
                self.answer_to_change(request, chance, now)
            }
        }
    }

    fn answer_to_change(
        &self,
        request: &Request,
        chance: &mut Chance,
        now: Timestamp,
    ) -> Option<(u16, Outcome)> {
        if self.read_only.is_some_and(|span| span.covers(now)) {
            let status = *chance.pick(&[500, 502, 504]).unwrap_or(&500);
            return Some(failed(
                status,
                Verdict::Retry { after: None },
                Landed::Maybe,
                "read-only",
            ));
        }
        let is_creation = matches!(request, Request::Write(Operation::Create { .. }));
        if is_creation && self.no_seats.is_some_and(|span| span.covers(now)) {
            return Some(failed(403, Verdict::Closed, Landed::No, "no seats are left"));
        }
        if self.refuses(request) {
            return Some(refused(400, "invalidValue"));
        }
        // Additions and removals that met another writer are answered as if they were done.
        if matches!(request, Request::Write(Operation::Change { .. }))
            && chance.happens(self.conflicts)
        {
            return Some(failed(409, Verdict::Retry { after: None }, Landed::No, "conflict"));
        }
        let is_silent =
            !is_creation && !matches!(request, Request::Write(Operation::CreateGroup { .. }));
        (is_silent && chance.happens(self.lies)).then_some((204, Outcome::Done(Reply::Changed)))
    }

    fn is_huge(&self, group: &str) -> bool {
        let large = self.large.as_ref().and_then(|large| large.group);
        self.has_huge_group && group == VPN || large == Some(group)
    }

    fn refuses(&self, request: &Request) -> bool {
        let Some(refused) = &self.refused else { return false };
        match request {
            Request::Write(Operation::Create { attributes, .. }) => {
                attributes.contains_key(refused)
            }
            Request::Write(Operation::Change { attributes, .. }) => {
                attributes.contains_key(refused)
            }
            _ => false,
        }
    }
}

fn attribute(name: &str) -> Option<AttributeName> {
    AttributeName::all().find(|known| known.as_str() == name)
}

pub(super) fn refused(status: u16, what: &str) -> (u16, Outcome) {
    failed(status, Verdict::Stuck, Landed::No, what)
}

pub(super) fn failed(status: u16, verdict: Verdict, landed: Landed, what: &str) -> (u16, Outcome) {
    (status, Outcome::Failed(Failure { verdict, landed, what: what.to_owned() }))
}
