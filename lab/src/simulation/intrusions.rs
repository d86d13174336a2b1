//! What others do at the providers behind everybody's back, and when that ends.

use super::calls::show;
use super::fact::Person;
use super::happening::Happening;
use super::manners::Manner;
use super::provider::Provider;
use super::puts::Put;
use super::rules::{QUARANTINE, VPN};
use super::seen::Place;
use super::settings::ENFORCED;
use super::ways::refused;
use super::world::World;
use crate::model::{Operation, Outcome, Reply, Request, ScimId};
use std::collections::BTreeMap;

/// What may happen at a provider.
#[derive(Clone, Copy, Debug)]
pub enum Intrusion {
    /// A second group gets the name of the VPN's.
    DoubleGroup,
    /// The VPN's group is deleted and made anew.
    MoveGroup,
    /// Somebody's account is deleted.
    Delete { person: usize },
    /// A second group gets the name of one that rules know, in other letters.
    PlantLookAlike { group: &'static str, name: &'static str },
    /// The VPN's group is deleted.
    DeleteVpn,
    /// Somebody's account gets another id.
    MoveAccount { person: usize },
    /// Somebody's account is made active by hand.
    LetIn { person: usize },
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
        if self.manners.has(Manner::LookAlikeGroups) {
            let vpn = Intrusion::PlantLookAlike { group: VPN, name: "vpn_allowed" };
            let quarantine =
                Intrusion::PlantLookAlike { group: QUARANTINE, name: "QUARANTINE_HIGHRISK" };
            intrusions.extend([vpn, quarantine]);
        }
        if self.manners.has(Manner::MovedAccounts) {
            for _ in 0..=chance.below(5) {
                let person = chance.index(self.company.people.len());
                intrusions.push(Intrusion::MoveAccount { person });
            }
        }
        if self.manners.has(Manner::ByHand) {
            for _ in 0..=chance.below(8) {
                let person = chance.index(self.company.people.len());
                intrusions.push(Intrusion::LetIn { person });
            }
        }
        if self.manners.has(Manner::MakesGroups) {
            let often = chance.index(3);
            intrusions.extend(std::iter::repeat_n(Intrusion::DeleteVpn, often));
        }
        for intrusion in intrusions {
            let at = self.settings.start + chance.millis(0, span);
            self.plan(at, Happening::Intrude(intrusion));
        }
    }

    /// Somebody else is at the providers.
    pub(super) fn intrude(&mut self, intrusion: Intrusion) {
        self.history.note(self.now, None, || format!("provider others do {intrusion:?}"));
        match intrusion {
            Intrusion::DoubleGroup => self.at_all(|provider| provider.double_group(VPN)),
            Intrusion::MoveGroup => self.at_all(|provider| provider.move_group(VPN)),
            Intrusion::DeleteVpn => self.delete_vpn(),
            Intrusion::PlantLookAlike { group, name } => {
                self.at_all(|provider| provider.plant_look_alike(group, name));
            }
            Intrusion::Delete { person } => {
                for (place, account) in self.accounts_at_all(person) {
                    self.disturbed.insert(person);
                    if let Some(provider) = self.providers.get_mut(&place) {
                        provider.remove(&account);
                    }
                }
            }
            Intrusion::LetIn { person } => self.let_in(person),
            // Two records that knew an account by two ids are for somebody to look at (`identity.apart`).
            Intrusion::MoveAccount { person } if self.company.knows_in_parts(person) => {}
            Intrusion::MoveAccount { person } => {
                for (place, account) in self.accounts_at_all(person) {
                    let provider = self.providers.get_mut(&place);
                    let Some(moved) = provider.and_then(|it| it.move_account(&account)) else {
                        continue;
                    };
                    self.history.note(self.now, Some(person), || {
                        format!("provider {}'s {account} is {moved} from now on", place.1)
                    });
                    self.whose.moved(&place, &account, moved);
                    self.moved.insert(person);
                }
            }
        }
    }

    /// Somebody has access again, unless they had none before usher came: then nothing speaks against it.
    fn let_in(&mut self, person: usize) {
        let had_none = |known: &Person| known.before.is_some_and(|before| !before.active);
        if self.company.people.get(person).is_none_or(had_none) {
            return;
        }
        let accounts = self.accounts_at_all(person).into_iter();
        for (place, account) in accounts.filter(|(place, _)| place.1.as_str() == ENFORCED) {
            let Some(provider) = self.providers.get_mut(&place) else { continue };
            let attributes = BTreeMap::new();
            let active = Operation::Change { account, active: Some(true), attributes };
            let _outcome = provider.apply(&Request::Write(active));
            self.let_in.insert(person);
        }
    }

    fn at_all(&mut self, does: impl Fn(&mut Provider)) {
        self.providers.values_mut().for_each(does);
    }

    /// A person's accounts, and where they are.
    fn accounts_at_all(&self, person: usize) -> Vec<(Place, ScimId)> {
        let known = self.company.people.get(person).filter(|known| !known.is_contested);
        let Some(known) = known else { return Vec::new() };
        let company = self.company.tenants.get(known.tenant).map(String::as_str);
        let here = self.providers.iter().filter(|((it, _), _)| company == Some(it.as_str()));
        let accounts = here.flat_map(|(place, provider)| {
            let accounts = provider.accounts_of(known).into_iter();
            accounts.map(|account| (place.clone(), account.id))
        });
        accounts.collect()
    }

    /// The provider takes in a request and answers it, as it should or not.
    pub(super) fn answer_at(
        &mut self,
        place: &Place,
        request: &Request,
        put: Option<&Put>,
    ) -> (u16, Outcome) {
        let Some(provider) = self.providers.get_mut(place) else {
            return refused(404, "no such target");
        };
        if let Some(odd) = self.ways.answer(request, &mut self.manners.chance, self.now) {
            self.history.note(self.now, None, || {
                format!("provider {} answers {} oddly: {}", place.1, show(request), odd.0)
            });
            return odd;
        }
        let (status, outcome) = if let Some(put) = put {
            provider.put(self.now, self.ways.lag(), put, request)
        } else {
            let outcome = provider.apply_at(self.now, self.ways.lag(), request);
            (if matches!(outcome, Outcome::Failed(_)) { 400 } else { 200 }, outcome)
        };
        let is_hidden = outcome == Outcome::Done(Reply::Gone) && provider.hides(request);
        let (said, why) =
            self.ways.twist(request, (status, outcome), &mut self.manners.chance, self.now);
        let why = why.or(is_hidden.then_some("it is inactive, and not shown"));
        if let Some(why) = why {
            self.history.note(self.now, None, || {
                format!("provider {} answers {} oddly: {}, {why}", place.1, show(request), said.0)
            });
        }
        said
    }

    /// How providers are from the beginning.
    pub(super) fn dress_providers(&mut self) {
        let (hides, says_groups) = (self.ways.hides.is_some(), self.ways.large.is_some());
        self.at_all(|provider| {
            provider.hide_inactive(hides);
            provider.says_groups = says_groups;
        });
    }

    /// From now on providers are as they should be, but for what they are by their nature.
    pub(super) fn mend_ways(&mut self) {
        self.ways = self.ways.mended();
        let hides = self.ways.hides.is_some();
        self.at_all(|provider| {
            provider.undouble_groups();
            provider.hide_inactive(hides);
        });
    }
}
