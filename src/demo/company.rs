//! The people of the company; the seed gives them their names.

use crate::sandbox::found::{EXCEPTED, Found, ORPHANS, SERVICE, roster};
use std::iter::Cycle;
use std::sync::Arc;
use std::vec::IntoIter;
use usher_lab::chance::Chance;

const GIVEN: &[&str] = &[
    "Ada", "Amara", "Anton", "Beatriz", "Bruno", "Chiara", "Dario", "Dilara", "Edda", "Emeka",
    "Farah", "Felix", "Grace", "Hana", "Hugo", "Ines", "Ivan", "Jonas", "Kaja", "Kenji", "Lena",
    "Luis", "Maja", "Milan", "Mira", "Nadia", "Noor", "Olga", "Omar", "Paula", "Priya", "Quentin",
    "Rafael", "Rosa", "Samir", "Sofia", "Tariq", "Tove", "Uma", "Viktor", "Wanda", "Xenia", "Yara",
    "Yusuf", "Zoe",
];

const FAMILY: &[&str] = &[
    "Adeyemi",
    "Almeida",
    "Brandt",
    "Castillo",
    "Dubois",
    "Eriksen",
    "Fontana",
    "Gruber",
    "Haas",
    "Hopper",
    "Ito",
    "Jansen",
    "Kaya",
    "Keller",
    "Lindqvist",
    "Lovelace",
    "Mensah",
    "Moreau",
    "Nair",
    "Novak",
    "Okafor",
    "Ortiz",
    "Petrov",
    "Quist",
    "Reyes",
    "Rossi",
    "Sato",
    "Schmid",
    "Silva",
    "Tanaka",
    "Torres",
    "Ueda",
    "Varga",
    "Weber",
    "Yilmaz",
    "Zhang",
];

/// Those to whom nothing happens on this day but the storm.
const CROWD: usize = 22;

/// Somebody whom HR knows.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Person {
    pub(super) number: String,
    pub(super) given: &'static str,
    pub(super) family: &'static str,
    pub(super) user_name: String,
}

impl Person {
    pub(super) fn name(&self) -> String {
        format!("{} {}", self.given, self.family)
    }
}

/// Everybody, by the part that they play.
#[derive(Clone, Debug)]
pub(super) struct Company {
    /// Begins in nine days.
    pub(super) newcomer: Arc<Person>,
    /// Begins in two months.
    pub(super) distant: Arc<Person>,
    pub(super) manager: Arc<Person>,
    pub(super) mover: Arc<Person>,
    pub(super) dismissed: Arc<Person>,
    pub(super) at_risk: Arc<Person>,
    /// Terminated by a mistake.
    pub(super) mistaken: Arc<Person>,
    /// Leaves while the storm rages.
    pub(super) leaver: Arc<Person>,
    /// Whose event follows the poison.
    pub(super) next_in_line: Arc<Person>,
    /// Whose cut gets no answer.
    pub(super) unheard: Arc<Person>,
    pub(super) crowd: Vec<Arc<Person>>,
    /// Accounts that nobody has.
    pub(super) orphans: Vec<Arc<Person>>,
    /// A machine's account, and one that stays because somebody said so.
    pub(super) spared: Vec<Arc<Person>>,
}

impl Company {
    pub(super) fn new(seed: u64) -> Self {
        let mut names = Names::new(seed);
        Self {
            newcomer: names.person(),
            distant: names.person(),
            manager: names.person(),
            mover: names.person(),
            dismissed: names.person(),
            at_risk: names.person(),
            mistaken: names.person(),
            leaver: names.person(),
            next_in_line: names.person(),
            unheard: names.person(),
            crowd: (0..CROWD).map(|_| names.person()).collect(),
            orphans: ORPHANS.iter().map(nobody).collect(),
            spared: [SERVICE, EXCEPTED].iter().map(nobody).collect(),
        }
    }

    /// All who begin today.
    pub(super) fn colleagues(&self) -> Vec<Arc<Person>> {
        let cast = [
            &self.manager,
            &self.mover,
            &self.dismissed,
            &self.at_risk,
            &self.mistaken,
            &self.leaver,
            &self.next_in_line,
            &self.unheard,
        ];
        cast.into_iter().chain(&self.crowd).map(Arc::clone).collect()
    }

    /// Whoever left before HR's last list was made.
    pub(super) fn gone(&self) -> [&Arc<Person>; 3] {
        [&self.dismissed, &self.leaver, &self.unheard]
    }

    /// HR's list of people, before or after it has heard of those who left.
    pub(super) fn list(&self, is_later: bool) -> String {
        let everybody = self.everybody();
        let gone = self.gone();
        let listed = everybody.iter().filter(|person| !is_later || !gone.contains(person));
        let rows: Vec<_> = listed.map(|person| (person, person.name())).collect();
        roster(
            rows.iter()
                .map(|(person, name)| [&*person.number, &*person.user_name, name, "Finance"]),
        )
    }

    pub(super) fn everybody(&self) -> Vec<Arc<Person>> {
        let mut all = vec![Arc::clone(&self.newcomer), Arc::clone(&self.distant)];
        all.extend(self.colleagues());
        all
    }
}

/// Whom nobody knows is called by the account.
fn nobody(found: &Found) -> Arc<Person> {
    Arc::new(Person {
        number: found.user_name.to_owned(),
        given: found.given,
        family: found.family,
        user_name: found.user_name.to_owned(),
    })
}

/// Names, in an order that the seed decides. The two lists differ in length, so that pairs repeat
/// late.
struct Names {
    given: Cycle<IntoIter<&'static str>>,
    family: Cycle<IntoIter<&'static str>>,
    number: u32,
}

impl Names {
    fn new(seed: u64) -> Self {
        let mut chance = Chance::new(seed);
        let given = shuffled(GIVEN, &mut chance).into_iter().cycle();
        let family = shuffled(FAMILY, &mut chance).into_iter().cycle();
        Self { given, family, number: 2000 }
    }

    fn person(&mut self) -> Arc<Person> {
        self.number += 1;
        let given = self.given.next().unwrap_or_default();
        let family = self.family.next().unwrap_or_default();
        let user_name = format!("{given}.{family}@example.com").to_lowercase();
        Arc::new(Person { number: self.number.to_string(), given, family, user_name })
    }
}

fn shuffled(names: &[&'static str], chance: &mut Chance) -> Vec<&'static str> {
    let mut names = names.to_vec();
    for index in (1..names.len()).rev() {
        names.swap(index, chance.index(index + 1));
    }
    names
}
