//! A person's claims, seats and history become the document of `usher explain`.

use super::document::{
    self, At, Audit, ClaimTimes, DecidedBy, Document, FieldView, LastFailure, Name, Next, Other,
    Place, ProfileWord, RuleView, Said, Standing, Time, Today, Way,
};
use super::history::{Event, History};
use super::people::word;
use super::{Scope, Target};
use crate::engine::claims::Mark;
use crate::engine::employment;
use crate::engine::explain::{
    self, ClaimView, Condition, Decider, Judged, Loses, Stretch, Turn, Voice,
};
use crate::engine::record::Kept;
use crate::engine::state::{Baseline, Before, Binding, ProfileMark, Seat, Stage};
use crate::engine::wish;
use crate::model::claim::Assertion;
use crate::model::decision::NoteWord;
use crate::model::ids::RuleName;
use crate::model::operation::Field;
use crate::model::wish::Wanted;
use crate::rules::RuleSet;
use jiff::Timestamp;
use std::collections::BTreeSet;

/// Turns ahead that are told.
const TURNS_TOLD: usize = 10;

/// What is judged, when, and what else is known.
pub(super) struct Matter<'a> {
    pub(super) scope: &'a Scope,
    pub(super) kept: &'a Kept,
    pub(super) at: Timestamp,
    pub(super) is_now: bool,
    pub(super) history: History,
}

impl Matter<'_> {
    pub(super) fn document(self) -> Document {
        let Matter { scope, kept: Kept { person, .. }, at, is_now, .. } = self;
        let name = |alias: &crate::model::Alias| Name {
            kind: word(&alias.kind()),
            value: alias.value().to_owned(),
        };
        let claims: Vec<ClaimTimes> =
            explain::claims(person, at).into_iter().map(|view| self.claim(view)).collect();
        let asserted = claims.iter().filter(|claim| claim.asserted);
        let asserted: BTreeSet<&str> = asserted.map(|claim| claim.claim.as_str()).collect();
        let rules = scope.rules.claims().collect::<BTreeSet<_>>().into_iter();
        let never_claimed =
            rules.filter(|claim| !asserted.contains(claim.as_str())).cloned().collect();
        let turns = explain::turns(person, at);
        let first = turns.first().map(|(at, ..)| *at);
        let next_of_person =
            wish::next_edge(person, at).filter(|edge| first.is_none_or(|first| *edge < first));
        let turns = turns.into_iter().take(TURNS_TOLD);
        Document {
            tenant: scope.name.to_string(),
            person: person.id.to_string(),
            merged: person.merged.iter().map(ToString::to_string).collect(),
            names: person.aliases.iter().map(name).collect(),
            employments: employment::going_on(person, at).into_iter().cloned().collect(),
            on_legal_hold: person.is_on_legal_hold(),
            judged_at: at,
            is_now,
            targets: self.targets(),
            never_claimed,
            claims,
            next: turns
                .map(|(at, turn, instance)| Next {
                    at,
                    claim: instance.name.clone(),
                    by: instance.by.clone(),
                    turn: match turn {
                        Turn::Begins => "begins".to_owned(),
                        Turn::Ends => "ends".to_owned(),
                        Turn::ReachesStage(stage) => format!("reaches stage {stage}"),
                    },
                })
                .collect(),
            next_of_person,
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
            if !all.iter().any(|at| at.target == name.as_str()) {
                all.push(At {
                    target: name.to_string(),
                    configured: false,
                    seat: Some(self.place(name.as_str(), seat)),
                    fields: Vec::new(),
                });
            }
        }
        all
    }

    fn at(&self, target: &Target) -> At {
        let seat = self.kept.seats.get(&target.name);
        let nothing = Baseline::default();
        let baseline = seat.map_or(&nothing, |seat| &seat.baseline);
        let judged =
            explain::judge(&self.kept.person, &target.name, &target.restricting, baseline, self.at);
        At {
            target: target.name.to_string(),
            configured: true,
            seat: seat.map(|seat| self.place(target.name.as_str(), seat)),
            fields: judged.into_iter().map(|judged| self.field(judged)).collect(),
        }
    }

    fn place(&self, target: &str, seat: &Seat) -> Place {
        let (stage, result, again_at) = match &seat.stage {
            Stage::AtRest { word } => (document::Stage::AtRest, Some(word.word().to_owned()), None),
            Stage::Working => (document::Stage::Working, None, None),
            Stage::Held => (document::Stage::Held, None, None),
            Stage::Stuck { again_at, .. } => (document::Stage::Stuck, None, Some(*again_at)),
            Stage::Unverified { again_at, .. } => {
                (document::Stage::Unverified, None, Some(*again_at))
            }
        };
        let held = seat.notes.iter().rev().find(|(note, _)| *note == NoteWord::Held);
        let code = match &seat.stage {
            Stage::Stuck { code, .. } => Some(code.clone()),
            Stage::Held => held.map(|(_, code)| code.clone()),
            Stage::AtRest { .. } | Stage::Working | Stage::Unverified { .. } => None,
        };
        let told = self.history.lines.iter().rev().find_map(|line| {
            let is_it =
                line.target.as_deref() == Some(target) && line.revision == Some(seat.revision);
            line.why.as_ref().filter(|why| is_it && Some(&why.code) == code.as_ref())
        });
        Place {
            account: match &seat.binding {
                Binding::Bound(_) => document::Binding::Bound,
                Binding::NoAccount => document::Binding::None,
                Binding::Unknown => document::Binding::Unknown,
            },
            scim_id: seat.account().map(ToString::to_string),
            revision: seat.revision,
            began_at: seat.began_at,
            stage,
            result,
            reason: told.map(|why| why.text.clone()),
            code,
            again_at,
            cause: seat.cause.as_ref().map(|cause| Event {
                kind: Some(cause.kind.clone()),
                source: cause.source.clone(),
                id: cause.event_id.clone(),
                time: None,
            }),
            pending: seat.pending.len(),
            unanswered: seat.unanswered.len(),
            last_failure: seat
                .trouble
                .as_ref()
                .map(|trouble| LastFailure { at: trouble.at, what: trouble.what.clone() }),
        }
    }

    fn field(&self, judged: Judged<'_>) -> FieldView {
        let (decided_by, winner) = match judged.decider {
            Decider::Claim(voice) => (DecidedBy::Claim, Some(self.said(&voice))),
            Decider::Profile(_) => (DecidedBy::Profile, None),
            Decider::WayBack => (DecidedBy::WayBack, None),
            Decider::NoWayBack => (DecidedBy::NoWayBack, None),
            Decider::Nobody => (DecidedBy::Nobody, None),
        };
        let other = |(voice, loses): (Voice<'_>, Loses)| Other {
            loses: reason(&voice, loses),
            said: self.said(&voice),
        };
        FieldView {
            field: judged.facet.to_string(),
            wanted: judged.wanted.as_ref().map(Wanted::to_string),
            decided_by,
            winner,
            others: judged.others.into_iter().map(other).collect(),
            profile: judged.profile.into_iter().map(|mark| self.profile_word(mark)).collect(),
            before: judged.before.map(|before| match before {
                Before::Unknown => Way { known: false, value: None },
                Before::Was(Wanted::Attribute(Field::Clear)) => Way { known: true, value: None },
                Before::Was(was) => Way { known: true, value: Some(was.to_string()) },
            }),
        }
    }

    fn said(&self, voice: &Voice<'_>) -> Said {
        Said {
            wants: voice.wanted.to_string(),
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

    fn claim(&self, view: ClaimView<'_>) -> ClaimTimes {
        let in_force = |stretch: &Stretch<'_>| stretch.condition == Condition::InForce;
        ClaimTimes {
            claim: view.instance.name.clone(),
            by: view.instance.by.clone(),
            asserted: view.is_asserted,
            in_force: view.stretches.iter().any(in_force),
            withdrawn_by: view.withdrawn_by.map(|mark| self.event(mark)),
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
        ProfileWord { value: Wanted::Attribute(mark.value.clone()).to_string(), event }
    }

    fn known_event(&self, source: &str, id: &str, time: Timestamp) -> Event {
        let (source, id) = (source.to_owned(), id.to_owned());
        let kind = self.history.kinds.get(&(source.clone(), id.clone())).cloned();
        Event { kind, source, id, time: Some(time) }
    }
}

fn rule(rules: &RuleSet, assertion: &Assertion) -> RuleView {
    let name: &RuleName = &assertion.rule;
    RuleView {
        name: name.to_string(),
        hash: assertion.rule_hash.clone(),
        today: match rules.hash_of(name) {
            Some(hash) if hash == assertion.rule_hash => Today::AsItIs,
            Some(_) => Today::Changed,
            None => Today::Gone,
        },
    }
}

fn reason(voice: &Voice<'_>, loses: Loses) -> document::Loses {
    match loses {
        Loses::LowerPrecedence => document::Loses::LowerPrecedence,
        Loses::GivesAccess => document::Loses::GivesAccess,
        Loses::Older => document::Loses::Older,
        Loses::ByName => document::Loses::ByName,
        Loses::Same => document::Loses::Same,
        Loses::NotInForce => document::Loses::NotInForce(standing(voice.condition)),
    }
}

fn standing(condition: Condition) -> Standing {
    match condition {
        Condition::InForce => Standing::InForce,
        Condition::Begins(_) => Standing::NotYet,
        Condition::Over(_) => Standing::Over,
        Condition::Forestalled(_) => Standing::Forestalled,
        Condition::SetAside => Standing::SetAside,
    }
}
