//! In which ways a world is worse than the plain one: its providers, its companies, its weather.
//!
//! Each way is a switch of its own. A world has few of them: few find what all of them together hide.
//! They draw from a stream of chance of their own, so that a world without any is the plain world.

use super::chance::Chance;
use super::midnights::{MIDNIGHTS, Midnight};
use std::collections::BTreeSet;
use std::str::FromStr;

/// One way in which a world is worse.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Manner {
    /// A change is answered with success, and nothing has changed.
    Lies,
    /// What is read is what was so a while ago.
    LateReads,
    /// For a while nothing can be written, and all can be read.
    WritesFail,
    /// Some attribute is refused whenever it is written.
    RefusedAttribute,
    /// A second group has the name of one that rules know.
    DoubledGroup,
    /// Accounts are deleted by somebody else.
    Vanishing,
    /// A group is deleted, and made anew under another id.
    MovedGroup,
    /// Members of a group cannot be read: the answer would be too large.
    HugeGroup,
    /// No account can be made for a while: all seats are taken.
    NoSeats,
    /// Look-ups by one attribute are refused.
    RefusedFilter,
    /// Look-ups by one attribute find nobody, whoever is there.
    LyingFilter,
    /// Two writers met: 409 to a change that would work at the next try.
    Conflicts,
    /// Two events of one source at one instant.
    Ties,
    /// Much is said about one person within one breath.
    Breathless,
    /// What was called as somebody took over fails again and again.
    HardTakeovers,
    /// A new name comes while a creation is on its way that got no answer.
    RenamedAtBirth,
    /// Nothing goes wrong: whatever takes access must leave at once.
    FairWeather,
    /// A second group has the name of one that rules know, in other letters.
    LookAlikeGroups,
    /// For a while lists contradict themselves.
    ContradictingLists,
    /// A look-up without a hit is answered with 404.
    NoHitIs404,
    /// Inactive accounts are 404 by their id, and in no list.
    HiddenInactive,
    /// An account gets another id.
    MovedAccounts,
    /// Accounts are changed by PUT: read, and written back whole.
    PutOnly,
    /// Some accounts are too large to be read, or to say their groups.
    TooLarge,
    /// HR sends one id with everybody, and words for none where there is no number.
    SharedIds,
    /// A source counts its events from one again.
    ReusedEventIds,
    /// What nobody sees stands in names.
    Blanks,
    /// Two people are called nearly the same.
    Twins,
    /// Dates stand under names that are near to theirs.
    NearMissFields,
    /// Terminations of past years come first of all.
    OldBacklog,
    /// Days are local ones, and clocks change.
    Zones,
    /// Some have an address that is also in somebody else's account.
    Namesakes,
    /// Usher may make groups. The VPN's is missing at first, or somebody deletes it.
    MakesGroups,
    /// Targets may be changed for a few people only in an hour and a day; and time is longer.
    Limits,
    /// Some people, or a group, are protected.
    Protects,
    /// Operators send commands, and others what looks like some.
    Commands,
    /// Everything that targets have is read page by page, every few hours.
    Inventories,
    /// Operators also keep people in or out for a time.
    Overrides,
    /// Operators also undo what events have said.
    Undoes,
    /// Operators also have accounts brought to what is wanted, though nothing has changed.
    Reasserts,
    /// Another writer activates what usher has just deactivated.
    Meddling,
    /// Operators also say whose accounts are.
    Binds,
    /// Somebody makes accounts active by hand, and only a list of all accounts shows it.
    ByHand,
    /// Operators also have parked records read again, mended or as they were.
    Replays,
    /// Operators also say who is one, who is another, and whose an account is not.
    WhoIsWho,
}

/// All of them with their names, and whether the mix has them.
const ALL: &[(Manner, &str, bool)] = &[
    (Manner::Lies, "lies", true),
    (Manner::LateReads, "late-reads", true),
    (Manner::WritesFail, "writes-fail", true),
    (Manner::RefusedAttribute, "refused-attribute", true),
    (Manner::DoubledGroup, "doubled-group", true),
    (Manner::Vanishing, "vanishing", true),
    (Manner::MovedGroup, "moved-group", true),
    (Manner::HugeGroup, "huge-group", true),
    (Manner::NoSeats, "no-seats", true),
    (Manner::RefusedFilter, "refused-filter", true),
    (Manner::LyingFilter, "lying-filter", true),
    (Manner::Conflicts, "conflicts", true),
    (Manner::Ties, "ties", true),
    (Manner::Breathless, "breathless", true),
    (Manner::HardTakeovers, "hard-takeovers", true),
    (Manner::RenamedAtBirth, "renamed-at-birth", true),
    (Manner::FairWeather, "fair-weather", true),
    (Manner::LookAlikeGroups, "look-alike-groups", true),
    (Manner::ContradictingLists, "contradicting-lists", true),
    (Manner::NoHitIs404, "no-hit-is-404", true),
    (Manner::HiddenInactive, "hidden-inactive", true),
    (Manner::MovedAccounts, "moved-accounts", true),
    (Manner::PutOnly, "put-only", true),
    (Manner::TooLarge, "too-large", true),
    (Manner::SharedIds, "shared-ids", true),
    (Manner::ReusedEventIds, "reused-event-ids", true),
    (Manner::Blanks, "blanks", true),
    (Manner::Twins, "twins", true),
    (Manner::NearMissFields, "near-miss-fields", true),
    (Manner::OldBacklog, "old-backlog", true),
    (Manner::Zones, "zones", true),
    (Manner::Namesakes, "namesakes", true),
    (Manner::MakesGroups, "makes-groups", true),
    (Manner::Limits, "limits", true),
    (Manner::Protects, "protects", true),
    (Manner::Commands, "commands", true),
    (Manner::Inventories, "inventories", true),
    (Manner::Overrides, "overrides", true),
    (Manner::Undoes, "undoes", true),
    (Manner::Reasserts, "reasserts", true),
    (Manner::Meddling, "meddling", true),
    (Manner::Binds, "binds", true),
    (Manner::ByHand, "by-hand", true),
    (Manner::Replays, "replays", true),
    (Manner::WhoIsWho, "who-is-who", false),
];

/// What is about companies alone: where nothing goes wrong, this may be all the same.
const OF_COMPANIES: [Manner; 9] = [
    Manner::Ties,
    Manner::Breathless,
    Manner::SharedIds,
    Manner::ReusedEventIds,
    Manner::Blanks,
    Manner::Twins,
    Manner::NearMissFields,
    Manner::OldBacklog,
    Manner::Zones,
];

/// Those that came later draw from a stream of their own: a world without them stays what it was.
const LATER: [Manner; 13] = [
    Manner::MakesGroups,
    Manner::Limits,
    Manner::Protects,
    Manner::Commands,
    Manner::Inventories,
    Manner::Overrides,
    Manner::Undoes,
    Manner::Reasserts,
    Manner::Meddling,
    Manner::Binds,
    Manner::ByHand,
    Manner::Replays,
    Manner::WhoIsWho,
];

/// What operators do besides: none of it without commands.
const OF_OPERATORS: [Manner; 6] = [
    Manner::Overrides,
    Manner::Undoes,
    Manner::Reasserts,
    Manner::Binds,
    Manner::Replays,
    Manner::WhoIsWho,
];

/// Of a thousand worlds so many have none.
const PLAIN: u64 = 300;
/// Of a thousand of the others so many have any one that may be.
const EACH: u64 = 250;

/// Which manners a world may have.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Choice {
    /// Some of those that are known to be borne, by the seed.
    #[default]
    Mixed,
    /// Some of all, by the seed.
    All,
    /// These in every world, and no others.
    Only(BTreeSet<Manner>),
}

impl FromStr for Choice {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "mixed" => return Ok(Self::Mixed),
            "all" => return Ok(Self::All),
            "none" => return Ok(Self::Only(BTreeSet::new())),
            _ => {}
        }
        let manner = |word: &str| {
            let found = ALL.iter().find(|(_, name, _)| *name == word);
            found.map(|(manner, ..)| *manner).ok_or_else(|| {
                let known: Vec<&str> = ALL.iter().map(|(_, name, _)| *name).collect();
                format!("`{word}` is no manner; these are: mixed, all, none, {}", known.join(", "))
            })
        };
        text.split(',').map(manner).collect::<Result<_, _>>().map(Self::Only)
    }
}

/// The manners of one world.
#[derive(Clone, Debug)]
pub struct Manners {
    on: BTreeSet<Manner>,
    /// Theirs alone.
    pub chance: Chance,
    /// At which the world is, if its days are local ones.
    pub midnight: Option<Midnight>,
    /// Of what holds usher back alone.
    pub braking: Chance,
    /// So many times longer than usual it is quiet between two things that happen.
    pub pace: i32,
}

impl Manners {
    /// The manners of a seed.
    pub fn draw(seed: u64, choice: &Choice) -> Self {
        let mut chance = Chance::new(!seed);
        let mut later = Chance::new(seed.reverse_bits());
        let is_plain = chance.happens(PLAIN);
        let mut drawn = BTreeSet::new();
        for (manner, _, is_borne) in ALL {
            // Drawn whether it may be or not, so that one that comes to be borne moves no other.
            let stream = if LATER.contains(manner) { &mut later } else { &mut chance };
            let happens = stream.happens(EACH) && !is_plain;
            if happens && (*is_borne || *choice == Choice::All) {
                drawn.insert(*manner);
            }
        }
        if drawn.contains(&Manner::FairWeather) {
            drawn.retain(|it| *it == Manner::FairWeather || OF_COMPANIES.contains(it));
        }
        // Where nothing else has the name, what only looks alike is meant.
        if drawn.contains(&Manner::LookAlikeGroups) {
            drawn.remove(&Manner::MakesGroups);
        }
        // Who reads what was so a while ago cannot see what somebody has just undone, nor put it right.
        if drawn.contains(&Manner::LateReads) {
            drawn.remove(&Manner::Meddling);
        }
        // What is hidden nobody finds who would let somebody in again.
        if drawn.contains(&Manner::HiddenInactive) {
            drawn.remove(&Manner::ByHand);
        }
        if drawn.contains(&Manner::ByHand) {
            drawn.insert(Manner::Inventories);
        }
        // What is hidden cannot be read, and so not written as a whole: nobody could open it again.
        if drawn.contains(&Manner::HiddenInactive) {
            drawn.remove(&Manner::PutOnly);
        }
        if OF_OPERATORS.iter().any(|it| drawn.contains(it)) {
            drawn.insert(Manner::Commands);
        }
        let on = match choice {
            Choice::Mixed | Choice::All => drawn,
            Choice::Only(these) => these.clone(),
        };
        let is_local = on.contains(&Manner::Zones);
        let midnight = is_local.then(|| chance.pick(MIDNIGHTS).copied()).flatten();
        let mut braking = Chance::new(seed.rotate_left(17));
        let has_limits = on.contains(&Manner::Limits);
        let pace = *braking.pick(&[1, 6, 60]).filter(|_| has_limits).unwrap_or(&1);
        Self { on, chance, midnight, braking, pace }
    }

    /// The same with a stream of chance that leaves the first as it is.
    #[must_use]
    pub fn apart(&self) -> Self {
        Self { chance: self.chance.clone().fork(), ..self.clone() }
    }

    pub fn has(&self, manner: Manner) -> bool {
        self.on.contains(&manner)
    }

    /// Whether nothing goes wrong: neither on the way nor at the providers.
    pub fn are_fair(&self) -> bool {
        let is_fair = |it: &Manner| *it == Manner::FairWeather || OF_COMPANIES.contains(it);
        self.has(Manner::FairWeather) && self.on.iter().all(is_fair)
    }

    /// Their names, for the history.
    pub fn names(&self) -> Vec<&'static str> {
        let named = ALL.iter().filter(|(manner, ..)| self.has(*manner));
        named.map(|(_, name, _)| *name).collect()
    }
}
