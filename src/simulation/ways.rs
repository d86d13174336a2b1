//! What ill-mannered providers do with requests, until all faults end.

use super::calls::show;
use super::chance::Chance;
use super::manners::{Manner, Manners};
use super::rules::VPN;
use super::seen::Place;
use super::world::{Happening, World};
use crate::model::{
    AttributeName, Call, Failure, Landed, Operation, Outcome, Reply, Request, ScimId, TargetName,
    Verdict,
};
use jiff::{SignedDuration, Timestamp};

/// A span of time.
#[derive(Clone, Copy, Debug)]
struct Span {
    from: Timestamp,
    until: Timestamp,
}

impl Span {
    fn draw(chance: &mut Chance, start: Timestamp, end: Timestamp) -> Self {
        let whole = i64::try_from(end.duration_since(start).as_millis()).unwrap_or(0);
        let from = start + chance.millis(0, whole / 2);
        Self { from, until: (from + chance.millis(5_000, 600_000)).min(end) }
    }

    fn covers(self, now: Timestamp) -> bool {
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
}

/// What may happen at a provider behind everybody's back.
#[derive(Clone, Copy, Debug)]
pub enum Intrusion {
    /// A second group gets the name of the VPN's.
    DoubleGroup,
    /// The VPN's group is deleted and made anew.
    MoveGroup,
    /// Somebody's account is deleted.
    Delete { person: usize },
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
        ways
    }

    /// How old is what is read.
    pub fn lag(&self) -> SignedDuration {
        self.lag
    }

    /// The attribute that accounts may lack until a day is over.
    pub fn once_refused(&self) -> Option<&AttributeName> {
        self.refused.as_ref().or(self.once_refused.as_ref())
    }

    /// What the provider says of a request that it does not do as it is told; `None`: it does.
    fn answer(
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
            Request::ReadMembers { group } if self.has_huge_group && group.name.as_str() == VPN => {
                Some(refused(413, "too large"))
            }
            Request::ReadAccount { .. }
            | Request::FindGroups { .. }
            | Request::ReadMembers { .. } => None,
            Request::CreateGroup { .. } | Request::AddMembers { .. } | Request::Write(_) => {
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
        let is_silent = !is_creation && !matches!(request, Request::CreateGroup { .. });
        (is_silent && chance.happens(self.lies)).then_some((204, Outcome::Done(Reply::Changed)))
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

fn refused(status: u16, what: &str) -> (u16, Outcome) {
    failed(status, Verdict::Stuck, Landed::No, what)
}

fn failed(status: u16, verdict: Verdict, landed: Landed, what: &str) -> (u16, Outcome) {
    (status, Outcome::Failed(Failure { verdict, landed, what: what.to_owned() }))
}

impl World {
    /// What others will do at the providers.
    pub(super) fn plan_intrusions(&mut self) {
        let mut chance = self.manners.chance.fork();
        let span = self.settings.faults_end.duration_since(self.settings.start);
        let span = i64::try_from(span.as_millis()).unwrap_or(0);
        let mut intrusions = Vec::new();
        if self.manners.has(Manner::DoubledGroup) {
            intrusions.push(Intrusion::DoubleGroup);
        }
        if self.manners.has(Manner::MovedGroup) {
            intrusions.extend([Intrusion::MoveGroup; 2]);
        }
        if self.manners.has(Manner::Vanishing) {
            for _ in 0..=chance.below(3) {
                let person = chance.index(self.company.people.len());
                intrusions.push(Intrusion::Delete { person });
            }
        }
        for intrusion in intrusions {
            let at = self.settings.start + chance.millis(0, span);
            self.plan(at, Happening::Intrude(intrusion));
        }
    }

    /// Somebody else is at the providers.
    pub(super) fn intrude(&mut self, intrusion: Intrusion) {
        self.history.note(self.now, None, || format!("provider others do {intrusion:?}"));
        for ((tenant, _), provider) in &mut self.providers {
            match intrusion {
                Intrusion::DoubleGroup => provider.double_group(VPN),
                Intrusion::MoveGroup => provider.move_group(VPN),
                Intrusion::Delete { person } => {
                    let Some(known) = self.company.people.get(person) else { continue };
                    let company = self.company.tenants.get(known.tenant).map(String::as_str);
                    if company != Some(tenant.as_str()) || known.is_contested {
                        continue;
                    }
                    let ids: Vec<ScimId> =
                        provider.accounts_of(known).into_iter().map(|it| it.id).collect();
                    for id in ids {
                        provider.remove(&id);
                        self.disturbed.insert(person);
                    }
                }
            }
        }
    }

    /// The provider takes in a request and answers it, as it should or not.
    pub(super) fn answer_at(&mut self, place: &Place, request: &Request) -> (u16, Outcome) {
        let Some(provider) = self.providers.get_mut(place) else {
            return refused(404, "no such target");
        };
        if let Some(odd) = self.ways.answer(request, &mut self.manners.chance, self.now) {
            self.history.note(self.now, None, || {
                format!("provider {} answers {} oddly: {}", place.1, show(request), odd.0)
            });
            return odd;
        }
        let outcome = provider.apply_at(self.now, self.ways.lag(), request);
        let status = if matches!(outcome, Outcome::Failed(_)) { 400 } else { 200 };
        (status, outcome)
    }

    /// A look-up that lies denies an account that is there, until an answer shows one.
    pub(super) fn note_denial(&mut self, call: &Call, outcome: &Outcome) {
        let Some(id) = &call.person else { return };
        let place = (call.tenant.clone(), call.target.clone());
        match (&call.request, outcome) {
            (Request::FindAccounts { attribute, value }, Outcome::Done(Reply::Accounts(found)))
                if found.is_empty() =>
            {
                let is_a_lie = self.ways.lying_filter.as_ref() == Some(attribute);
                let provider = self.providers.get(&place).filter(|_| is_a_lie);
                if provider.is_some_and(|provider| !provider.find(attribute, value).is_empty()) {
                    self.denied.insert((place, id.clone()));
                }
            }
            (_, Outcome::Done(Reply::Accounts(_) | Reply::Account(_))) => {
                self.denied.remove(&(place, id.clone()));
            }
            _ => {}
        }
    }

    /// Whether the person's account there has been denied, and no answer has shown it since.
    pub(super) fn is_denied(&self, person: usize, target: &TargetName) -> bool {
        let mut denied = self.denied.iter();
        denied.any(|((_, at), id)| at == target && self.audit.person(id) == Some(person))
    }

    /// From now on providers are as they should be.
    pub(super) fn mend_ways(&mut self) {
        let once_refused = self.ways.once_refused().cloned();
        self.ways = Ways { once_refused, ..Ways::default() };
        for provider in self.providers.values_mut() {
            provider.undouble_groups();
        }
    }
}
