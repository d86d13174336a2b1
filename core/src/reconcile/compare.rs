//! Goes through every account of every target, and then through everybody who has none.

use super::finding::{Evidence, Finding, Kind, Proposed};
use super::history::{History, Recorder, Round};
use super::inventory::{Inventory, Kept};
use super::likeness::Alike;
use super::seats::{self, SeatsUsed};
use super::{Authority, Completeness, ExceptionsRefused, Flaw, Question, judge, missing};
use crate::model::Code;
use crate::model::ids::TargetName;
use crate::roster::Refused;
use jiff::Timestamp;
use serde::{Serialize, Serializer};

/// What was found.
#[derive(Clone, Debug)]
pub struct Findings<'a> {
    pub(super) question: Question<'a>,
    /// By target, then by account.
    pub all: Vec<Finding>,
    /// From what nothing is concluded, and why; each once.
    pub unconcluded: Vec<Unconcluded>,
    /// For each target with a price and a complete inventory.
    pub seats: Vec<SeatsUsed>,
    /// To be handed to the next comparison.
    pub history: History,
    /// Accounts that are somebody's, or stay for a reason: inventory and account.
    pub(super) spoken_for: Vec<(u16, u32, Surely)>,
}

/// Whether somebody who works here has an account, or it stays for a reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Surely {
    Yes,
    /// Somebody has it, and whether they work here nobody can say.
    Unclear,
}

impl Findings<'_> {
    /// Those of one kind.
    pub fn of(&self, kind: Kind) -> impl Iterator<Item = &Finding> {
        self.all.iter().filter(move |finding| finding.kind == kind)
    }
}

/// From what nothing is concluded.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unconcluded {
    #[error("nothing is concluded from the list `{name}`: {refused}")]
    List { name: String, refused: Refused },
    #[error("nobody is taken for an orphan or a leaver, for there is no list of people")]
    NoList,
    #[error("nothing is concluded about the accounts of {target}: {flaws}", flaws = joined(flaws))]
    Inventory { target: TargetName, flaws: Vec<Flaw> },
    #[error(
        "nothing is concluded about the accounts of {target}: they were read at {read_at}, too long ago"
    )]
    InventoryOld { target: TargetName, read_at: Timestamp },
    #[error(
        "nobody is taken for an orphan or a leaver, for the records of {0} people cannot be read"
    )]
    People(u64),
    #[error("nobody is taken for an orphan or a leaver, for what is excepted is not known: {0}")]
    Exceptions(ExceptionsRefused),
}

impl Unconcluded {
    pub fn code(&self) -> Code {
        match self {
            Self::List { refused, .. } => refused.code(),
            Self::NoList => Code::RosterEmpty,
            Self::People(_) => Code::PersonSetAside,
            Self::Inventory { .. } | Self::InventoryOld { .. } => Code::InventoryIncomplete,
            Self::Exceptions(refused) => refused.code(),
        }
    }
}

impl Unconcluded {
    /// Whether nothing is concluded about the accounts of this target.
    pub(super) fn is_of(&self, name: &TargetName) -> bool {
        match self {
            Self::Inventory { target, .. } | Self::InventoryOld { target, .. } => target == name,
            Self::List { .. } | Self::NoList | Self::People(_) | Self::Exceptions(_) => false,
        }
    }
}

impl Serialize for Unconcluded {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.collect_str(self)
    }
}

fn joined(flaws: &[Flaw]) -> String {
    flaws.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

/// A comparison on its way.
pub(super) struct Comparison<'q> {
    pub(super) question: &'q Question<'q>,
    /// Every list that is configured was taken, and there is one.
    pub(super) has_all_lists: bool,
    /// The same of HR's.
    pub(super) has_all_of_hr: bool,
    pub(super) recorder: Recorder<'q>,
    pub(super) found: Vec<Finding>,
    pub(super) spoken_for: Vec<(u16, u32, Surely)>,
    /// Made for the first orphan.
    alike: Option<Alike>,
}

/// What is thought of an account.
pub(super) struct Thought {
    pub(super) kind: Kind,
    pub(super) evidence: Vec<Evidence>,
    pub(super) known: Option<u32>,
}

/// One inventory while it is gone through.
pub(super) struct Place<'q> {
    pub(super) number: u16,
    pub(super) inventory: &'q Inventory,
    /// Everybody who has an account here, as `person_key` and `listed_key` write them.
    pub(super) owners: Vec<u64>,
    /// Accounts of which it is known whose they are: by owner.
    pub(super) owned: Vec<(u64, u32)>,
}

/// Compares.
pub fn compare<'a>(question: &Question<'a>) -> Findings<'a> {
    let question = *question;
    let mut unconcluded = of_lists(&question);
    let taken = |of: &dyn Fn(Authority) -> bool| {
        let mut lists = question.lists.iter().filter(|list| of(list.of)).peekable();
        lists.peek().is_some() && lists.all(|list| list.roster.is_ok())
    };
    let round: Round = question
        .lists
        .iter()
        .filter_map(|list| Some((list.name.to_owned(), list.roster.ok()?.census().stamp.clone())))
        .collect();
    let settings = question.settings;
    let mut comparison = Comparison {
        question: &question,
        has_all_lists: taken(&|_| true),
        has_all_of_hr: taken(&|of| of == Authority::Hr),
        recorder: Recorder::new(question.history, round, question.now, settings.between),
        found: Vec::new(),
        spoken_for: Vec::new(),
        alike: None,
    };
    let mut used = Vec::new();
    for (number, inventory) in (0_u16..).zip(question.inventories) {
        if let Some(reason) = of_inventory(&question, inventory) {
            unconcluded.push(reason);
            comparison.recorder.keep(&inventory.target, |_| true);
            continue;
        }
        let from = comparison.found.len();
        comparison.go_through(number, inventory);
        if let Some(seats) = settings.seats.get(&inventory.target) {
            let orphans = comparison.found.iter().skip(from);
            // What stays for a reason is not to be had back.
            let orphans = orphans.filter(|it| it.kind == Kind::Orphaned && !it.is_excepted);
            let orphans: Vec<u32> = orphans.filter_map(|it| it.account).collect();
            let is_known = comparison.may_blame();
            used.push(seats::used(
                inventory,
                seats,
                is_known.then_some(orphans.as_slice()),
                question.now,
            ));
        }
    }
    let Comparison { recorder, found, spoken_for, .. } = comparison;
    let history = recorder.finish();
    Findings { question, all: found, unconcluded, seats: used, history, spoken_for }
}

fn of_lists(question: &Question<'_>) -> Vec<Unconcluded> {
    let mut reasons = Vec::new();
    for list in question.lists {
        if let Err(refused) = list.roster {
            let (name, refused) = (list.name.to_owned(), refused.clone());
            reasons.push(Unconcluded::List { name, refused });
        }
    }
    if question.lists.is_empty() {
        reasons.push(Unconcluded::NoList);
    }
    if question.known.unread > 0 {
        reasons.push(Unconcluded::People(question.known.unread));
    }
    reasons.extend(question.exceptions.err().map(|it| Unconcluded::Exceptions(it.clone())));
    reasons
}

fn of_inventory(question: &Question<'_>, inventory: &Inventory) -> Option<Unconcluded> {
    let target = inventory.target.clone();
    match inventory.completeness() {
        Completeness::Incomplete(flaws) => {
            Some(Unconcluded::Inventory { target, flaws: flaws.clone() })
        }
        Completeness::Complete => {
            let age = question.now.duration_since(inventory.read_at);
            let is_old = age > question.settings.inventory_age_most;
            is_old.then_some(Unconcluded::InventoryOld { target, read_at: inventory.read_at })
        }
    }
}

impl<'q> Comparison<'q> {
    /// Whether it may be said of accounts that nobody has them, or that somebody has left.
    pub(super) fn may_blame(&self) -> bool {
        let knows_everybody = self.question.known.unread == 0;
        self.has_all_lists && knows_everybody && self.question.exceptions.is_ok()
    }

    fn go_through(&mut self, number: u16, inventory: &'q Inventory) {
        let mut place = Place { number, inventory, owners: Vec::new(), owned: Vec::new() };
        for (account, kept) in (0_u32..).zip(&inventory.accounts) {
            judge::account(self, &mut place, account, kept);
        }
        self.several(&mut place);
        place.owners.sort_unstable();
        place.owners.dedup();
        missing::all(self, &place);
        if !self.may_blame() {
            self.recorder.keep(&inventory.target, Kind::needs_lists);
        }
    }

    /// Accounts of one person.
    fn several(&mut self, place: &mut Place<'q>) {
        place.owned.sort_unstable();
        let groups = place.owned.chunk_by(|one, other| one.0 == other.0);
        let groups: Vec<Vec<u32>> = groups
            .filter(|group| group.len() > 1)
            .map(|group| group.iter().map(|(_, account)| *account).collect())
            .collect();
        for accounts in groups {
            let many = u32::try_from(accounts.len()).unwrap_or(u32::MAX);
            for account in accounts {
                let Some(kept) = place.inventory.account(account) else { continue };
                let evidence = vec![Evidence::OneOf { accounts: many }];
                let thought = Thought { kind: Kind::Several, evidence, known: None };
                self.find(place, (account, kept), thought, |_| Proposed::Look);
            }
        }
    }

    /// Notes a finding about an account; `propose` is told how many lists have missed them, and is not
    /// asked where the account is excepted.
    pub(super) fn find(
        &mut self,
        place: &Place<'_>,
        (account, kept): (u32, &Kept),
        thought: Thought,
        propose: impl FnOnce(u16) -> Proposed,
    ) {
        let target = &place.inventory.target;
        let texts = &place.inventory.texts;
        let (id, user_name) = (texts.get(kept.id), texts.get(kept.user_name));
        let Thought { kind, evidence, known } = thought;
        let past = self.recorder.note(target, kind, id);
        let today = self.question.today;
        let exceptions = self.question.exceptions.ok();
        let is_excepted =
            exceptions.is_some_and(|all| all.of(target, id, user_name, today).is_some());
        self.found.push(Finding {
            kind,
            inventory: place.number,
            account: Some(account),
            known,
            evidence,
            first_seen: past.first_seen,
            misses: past.misses,
            proposed: if is_excepted { Proposed::Nothing } else { propose(past.misses) },
            is_excepted,
            subject: None,
        });
        if is_excepted || kind == Kind::Administrator {
            self.spoken_for.push((place.number, account, Surely::Yes));
        }
    }

    /// Whether usher has wanted the account of a leaver closed since it was read: then that it could be used
    /// says nothing. That lists miss them is remembered all the same.
    pub(super) fn is_cut_since(&mut self, place: &Place<'_>, kept: &Kept) -> bool {
        let inventory = place.inventory;
        let id = inventory.texts.get(kept.id);
        let owner = self.question.known.bound_to(&inventory.target, id);
        let seat = owner.and_then(|it| self.question.known.seat(it, &inventory.target));
        let is_cut = seat.is_some_and(|seat| {
            let is_unwanted = seat.active == Some(false) || seat.account == Some(false);
            is_unwanted && seat.is_younger_than(inventory.began)
        });
        if is_cut {
            self.recorder.note(&inventory.target, Kind::LeftButActive, id);
        }
        is_cut
    }

    pub(super) fn alike(&mut self) -> &Alike {
        let question = self.question;
        self.alike.get_or_insert_with(|| Alike::of(question))
    }
}

/// Somebody whom usher knows, among owners.
pub(super) fn person_key(person: u32) -> u64 {
    u64::from(person)
}

/// Somebody in a list, among owners.
pub(super) fn listed_key(list: usize, head: u32) -> u64 {
    ((list as u64 + 1) << 32) | u64::from(head)
}
