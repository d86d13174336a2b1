//! What usher has committed of people, as it is compared.

use super::known::{Employment, KnownPeople, KnownPerson, KnownSeat, Wanted};
use crate::engine::record::Kept;
use crate::engine::said::employment;
use crate::engine::state::{Person, Seat};
use crate::model::ids::TargetName;
use crate::model::wish::{Membership, Presence, Wish};
use crate::model::{Alias, AttributeName};
use jiff::Timestamp;
use std::collections::BTreeMap;

impl KnownPeople {
    /// Another person, as their record has them. `now`: on which their employments are judged.
    pub fn add_kept(&mut self, kept: &Kept, now: Timestamp) {
        let Kept { person, seats } = kept;
        // What is known by an account alone says of nobody that it is theirs.
        if person.is_an_account() {
            return;
        }
        let yields = person.parted.yields();
        let names: Vec<Alias> =
            person.aliases.iter().filter(|name| !yields.contains(name)).cloned().collect();
        let wishes: Vec<(&TargetName, &Seat, Written)> =
            seats.iter().map(|(target, seat)| (target, seat, Written::of(&seat.wish))).collect();
        let lent: Vec<_> = wishes.iter().map(|(_, _, written)| written.lent()).collect();
        let places = wishes.iter().zip(&lent).map(|((target, seat, _), lent)| KnownSeat {
            target,
            bound: seat.own_account(),
            since: seat.charges.values().map(|it| it.at).chain([seat.began_at]).max(),
            wants: Wanted {
                account: seat.wish.account.map(|presence| presence == Presence::Present),
                active: seat.wish.active,
                attributes: &lent.attributes,
                groups_in: &lent.groups_in,
                groups_out: &lent.groups_out,
            },
        });
        let places: Vec<KnownSeat<'_>> = places.collect();
        let employment = employment(person, seats, now);
        self.add(&KnownPerson { id: &person.id, names: &names, employment, seats: &places });
    }
}

/// Whom usher wants in somewhere has not left, whatever an older event says: sources that give no id of
/// an employment do not tell a return from what was before.
fn employment(person: &Person, seats: &BTreeMap<TargetName, Seat>, now: Timestamp) -> Employment {
    if !employment::going_on(person, now).is_empty() || seats.values().any(Seat::wants_in) {
        Employment::Open
    } else if employment::begins_later(person, now) {
        Employment::Future
    } else if employment::has_ended(person, now) {
        Employment::Ended
    } else {
        Employment::Untold
    }
}

/// The values of a wish as texts.
struct Written {
    attributes: Vec<(AttributeName, String)>,
    groups: Vec<(String, Membership)>,
}

/// The same, lent.
struct Lent<'a> {
    attributes: Vec<(AttributeName, &'a str)>,
    groups_in: Vec<&'a str>,
    groups_out: Vec<&'a str>,
}

impl Written {
    fn of(wish: &Wish) -> Self {
        // A manager is a person's id here, and an account's at the target.
        let compared = wish.attributes.iter().filter(|(name, _)| **name != AttributeName::MANAGER);
        let text = |field: &crate::model::operation::Field| {
            field.value().map(crate::model::Value::to_text).unwrap_or_default()
        };
        Self {
            attributes: compared.map(|(name, field)| (name.clone(), text(field))).collect(),
            groups: wish.groups.iter().map(|(name, is)| (name.to_string(), *is)).collect(),
        }
    }

    fn lent(&self) -> Lent<'_> {
        let groups = |wanted: Membership| {
            let groups = self.groups.iter().filter(move |(_, is)| *is == wanted);
            groups.map(|(name, _)| name.as_str()).collect()
        };
        Lent {
            attributes: self
                .attributes
                .iter()
                .map(|(it, text)| (it.clone(), text.as_str()))
                .collect(),
            groups_in: groups(Membership::Member),
            groups_out: groups(Membership::Outside),
        }
    }
}
