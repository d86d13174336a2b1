//! A person's claims, seats and history become the answer about the person.

use super::history::{Event, History, Line};
use super::person::{
    Account, At, Audit, Claim, Contested, Decided, Judged, LastFailure, Loses, Muted, Name, Next,
    Other, Person, ProfileWord, Rule, Said, Seat, Stage, Standing, Time, Today,
};
use super::{Scope, Target};
use crate::engine::deeds::contests;
use crate::engine::record::Kept;
use crate::engine::said::claims::Mark;
use crate::engine::said::employment;
use crate::engine::said::mutes::Mute;
use crate::engine::state::{self, Baseline, Binding, ProfileMark};
use crate::engine::will::explain::{self, ClaimView, Condition, Decider, Stretch, Voice};
use crate::engine::will::wish;
use crate::model::claim::Assertion;
use crate::model::code::WrittenCode;
use crate::model::decision::NoteWord;
use crate::model::ids::TargetName;
use crate::model::wish::Wanted;
use crate::rules::RuleSet;
use jiff::Timestamp;
use std::collections::BTreeSet;

/// Turns ahead that are told.
const TURNS_TOLD: usize = 10;

/// What is judged, when, and what else is known.
#[derive(Debug)]
pub struct Matter<'a> {
    pub scope: &'a Scope,
    pub kept: &'a Kept,
    pub at: Timestamp,
    /// Whether `at` is now.
    pub is_now: bool,
    pub history: History,
}

impl Matter<'_> {
    /// The answer.
    pub fn judge(self) -> Person {
        let Matter { scope, kept: Kept { person, .. }, at, is_now, .. } = self;
        let claims: Vec<Claim> =
            explain::claims(person, at).into_iter().map(|view| self.claim(view)).collect();
        let asserted = claims.iter().filter(|claim| claim.asserted);
        let asserted: BTreeSet<&str> = asserted.map(|claim| claim.name.as_str()).collect();
        let rules = scope.rules.claims().collect::<BTreeSet<_>>().into_iter();
        let never_claimed =
            rules.filter(|claim| !asserted.contains(claim.as_str())).cloned().collect();
        let next = next(person, at);
        let first = next.first().map(|next| next.at);
        let next_besides =
            wish::next_edge(person, at).filter(|edge| first.is_none_or(|first| *edge < first));
        Person {
            tenant: scope.tenant.clone(),
            id: person.id.clone(),
            merged: person.merged.iter().cloned().collect(),
            names: names(person),
            employments: employment::going_on(person, at).into_iter().cloned().collect(),
            on_legal_hold: person.is_on_legal_hold(),
            asleep: person.asleep.is_some(),
            judged_at: at,
            is_now,
            targets: self.targets(),
            never_claimed,
            claims,
            next,
            next_besides,
            audit: Audit {
                lines: self.history.lines.into(),
                earlier: self.history.earlier,
                cut_off: self.history.cut_off,
            },
        }
    }

    fn targets(&self) -> Vec<At> {
        let mut all: Vec<At> = self.scope.targets.iter().map(|target| self.at(target)).collect();
        for (name, seat) in &self.kept.seats {
            if !all.iter().any(|at| at.target == *name) {
                all.push(At {
                    target: name.clone(),
                    configured: false,
                    seat: Some(self.seat(name, seat)),
                    fields: Vec::new(),
                });
            }
        }
        all
    }

    fn at(&self, target: &Target) -> At {
        let Target { name, restricting } = target;
        let seat = self.kept.seats.get(name);
        let nothing = Baseline::default();
        let baseline = seat.map_or(&nothing, |seat| &seat.baseline);
        let judged = explain::judge(&self.kept.person, name, restricting, baseline, self.at);
        At {
            target: name.clone(),
            configured: true,
            seat: seat.map(|seat| self.seat(name, seat)),
            fields: judged.into_iter().map(|judged| self.facet(judged)).collect(),
        }
    }

    fn seat(&self, target: &TargetName, seat: &state::Seat) -> Seat {
        Seat {
            account: match &seat.binding {
                Binding::Bound(id) => Account::Bound(id.clone()),
                Binding::NoAccount => Account::None,
                Binding::Unknown => Account::Unknown,
            },
            revision: seat.revision,
            began_at: seat.began_at,
            stage: self.stage(target, seat),
            cause: seat.cause.as_ref().map(|cause| Event {
                kind: Some(cause.kind.clone()),
                source: cause.source.clone(),
                id: cause.event_id.clone(),
                time: None,
            }),
            pending: seat.pending.len(),
            unanswered: seat.unanswered.len(),
            contested: seat.contested(self.at).filter_map(|one| contested(one, self.at)).collect(),
            last_failure: seat
                .trouble
                .as_ref()
                .map(|trouble| LastFailure { at: trouble.at, what: trouble.what.clone() }),
        }
    }

    fn stage(&self, target: &TargetName, seat: &state::Seat) -> Stage {
        match &seat.stage {
            state::Stage::AtRest { word } => Stage::AtRest { result: *word },
            state::Stage::Working => Stage::Working,
            state::Stage::Held => {
                let held = seat.notes.iter().rev().find(|(note, _)| *note == NoteWord::Held);
                let code = held.map(|(_, code)| code.clone());
                let reason = code.as_ref().and_then(|code| self.told(target, seat, code));
                Stage::Held { code, reason }
            }
            state::Stage::Stuck { code, again_at } => Stage::Stuck {
                code: code.clone(),
                reason: self.told(target, seat, code),
                again_at: *again_at,
            },
            state::Stage::Unverified { again_at, .. } => Stage::Unverified { again_at: *again_at },
        }
    }

    /// The sentence that the audit has for the code, of the seat's revision.
    fn told(&self, target: &TargetName, seat: &state::Seat, code: &WrittenCode) -> Option<String> {
        let is_it = |line: &&Line| {
            line.target.as_ref() == Some(target) && line.revision == Some(seat.revision)
        };
        let lines = self.history.lines.iter().rev().filter(is_it);
        let mut reasons = lines.filter_map(|line| line.why.as_ref());
        reasons.find(|why| why.code == *code).map(|why| why.text.clone())
    }

    fn facet(&self, judged: explain::Judged<'_>) -> Judged {
        let decided = match judged.decider {
            Decider::Claim(voice) => Decided::Claim { winner: Box::new(self.said(&voice)) },
            Decider::Profile(_) => Decided::Profile,
            Decider::Override(order) => Decided::Override { order: Box::new(kept_out(order)) },
            Decider::WayBack => Decided::WayBack,
            Decider::NoWayBack => Decided::NoWayBack,
            Decider::Nobody => Decided::Nobody,
        };
        let other = |(voice, loses): (Voice<'_>, explain::Loses)| Other {
            loses: reason(&voice, loses),
            muted: voice.muted_by.map(muted),
            said: self.said(&voice),
        };
        Judged {
            field: judged.facet,
            wanted: judged.wanted,
            decided,
            others: judged.others.into_iter().map(other).collect(),
            profile: judged.profile.into_iter().map(|mark| self.profile_word(mark)).collect(),
            before: judged.before,
        }
    }

    fn said(&self, voice: &Voice<'_>) -> Said {
        Said {
            wants: voice.wanted.clone(),
            claim: voice.instance.name.clone(),
            by: voice.instance.by.clone(),
            precedence: voice.assertion.precedence,
            urgency: voice.assertion.urgency,
            since: voice.since,
            until: voice.until,
            rule: rule(&self.scope.rules, voice.assertion),
            event: voice.said.map(|mark| self.event(mark)),
        }
    }

    fn claim(&self, view: ClaimView<'_>) -> Claim {
        let in_force = |stretch: &Stretch<'_>| stretch.condition == Condition::InForce;
        Claim {
            name: view.instance.name.clone(),
            by: view.instance.by.clone(),
            asserted: view.is_asserted,
            in_force: view.stretches.iter().any(in_force),
            withdrawn_by: view.withdrawn_by.map(|mark| self.event(mark)),
            muted: view.muted_by.into_iter().map(muted).collect(),
            times: view
                .stretches
                .into_iter()
                .map(|stretch| Time {
                    from: stretch.from,
                    until: stretch.until,
                    standing: standing(stretch.condition),
                    precedence: stretch.assertion.precedence,
                    rule: rule(&self.scope.rules, stretch.assertion),
                    event: stretch.said.map(|mark| self.event(mark)),
                    ended_by: stretch.ended_by.map(|mark| self.event(mark)),
                })
                .collect(),
        }
    }

    fn event(&self, mark: &Mark) -> Event {
        self.known_event(&mark.source, &mark.key.id, mark.key.time)
    }

    fn profile_word(&self, mark: &ProfileMark) -> ProfileWord {
        let event = self.known_event(&mark.source, &mark.key.id, mark.key.time);
        ProfileWord { value: Wanted::Attribute(mark.value.clone()), event }
    }

    fn known_event(&self, source: &str, id: &str, time: Timestamp) -> Event {
        let (source, id) = (source.to_owned(), id.to_owned());
        let kind = self.history.kinds.get(&(source.clone(), id.clone())).cloned();
        Event { kind, source, id, time: Some(time) }
    }
}

fn names(person: &state::Person) -> Vec<Name> {
    let names = person.aliases.iter();
    names.map(|alias| Name { kind: alias.kind(), value: alias.value().to_owned() }).collect()
}

fn next(person: &state::Person, at: Timestamp) -> Vec<Next> {
    let turns = explain::turns(person, at).into_iter().take(TURNS_TOLD);
    let next = turns.map(|(at, turn, instance)| Next {
        at,
        claim: instance.name.clone(),
        by: instance.by.clone(),
        turn,
    });
    next.collect()
}

fn muted(mute: &Mute) -> Muted {
    Muted {
        target: mute.target.clone(),
        by: mute.order.operator.clone(),
        since: mute.order.at,
        until: mute.until,
        reason: mute.order.reason.clone(),
        command: mute.order.command,
    }
}

fn kept_out(order: &state::Override) -> super::person::KeptOut {
    super::person::KeptOut {
        by: order.order.operator.clone(),
        since: order.order.at,
        until: order.until,
        reason: order.order.reason.clone(),
        command: order.order.command,
    }
}

fn rule(rules: &RuleSet, assertion: &Assertion) -> Rule {
    let name = &assertion.rule;
    Rule {
        name: name.clone(),
        hash: assertion.rule_hash.clone(),
        today: match rules.hash_of(name) {
            Some(hash) if hash == assertion.rule_hash => Today::AsItIs,
            Some(_) => Today::Changed,
            None => Today::Gone,
        },
    }
}

fn reason(voice: &Voice<'_>, loses: explain::Loses) -> Loses {
    match loses {
        explain::Loses::LowerPrecedence => Loses::LowerPrecedence,
        explain::Loses::GivesAccess => Loses::GivesAccess,
        explain::Loses::Older => Loses::Older,
        explain::Loses::ByName => Loses::ByName,
        explain::Loses::Same => Loses::Same,
        explain::Loses::Overridden => Loses::Overridden,
        explain::Loses::NotInForce => Loses::NotInForce(standing(voice.condition)),
    }
}

fn standing(condition: Condition) -> Standing {
    match condition {
        Condition::InForce => Standing::InForce,
        Condition::Begins(_) => Standing::NotYet,
        Condition::Over(_) => Standing::Over,
        Condition::Forestalled(_) => Standing::Forestalled,
        Condition::SetAside => Standing::SetAside,
        Condition::Muted => Standing::Muted,
        Condition::Observed => Standing::Observed,
    }
}

fn contested(contest: &state::Contest, at: Timestamp) -> Option<Contested> {
    Some(Contested {
        field: contest.facet.clone(),
        since: contest.since(at)?,
        times: contest.times(),
        last: contest.last()?,
        by: contests::by(contest.by.as_ref()),
    })
}
