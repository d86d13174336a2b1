//! What a person's claims do next.

use crate::engine::said::claims::Instance;
use crate::engine::state::Person;
use crate::engine::will::wish;
use jiff::Timestamp;

/// What happens to a claim at an instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Turn {
    Begins,
    /// Its second stage is 2.
    ReachesStage(usize),
    Ends,
    /// A mute of it ends.
    CountsAgain,
}

/// What claims of `person` do after `now`, soonest first.
pub fn turns(person: &Person, now: Timestamp) -> Vec<(Timestamp, Turn, &Instance)> {
    let mut turns = Vec::new();
    for instance in &person.claims {
        for span in person.mutes.spans_anywhere(instance, &person.claims, now) {
            turns.push((span.begins(now), Turn::Begins, instance));
            turns.extend(span.ends(now).map(|ends| (ends, Turn::Ends, instance)));
            let stages = wish::stages(&span, now).enumerate().skip(1);
            let reached = stages.filter(|(_, (at, _))| span.until.is_none_or(|until| *at < until));
            turns.extend(reached.map(|(n, (at, _))| (at, Turn::ReachesStage(n + 1), instance)));
        }
        let mutes = person.mutes.iter().filter(|mute| mute.is_of(instance));
        turns.extend(mutes.filter_map(|it| Some((it.until?, Turn::CountsAgain, instance))));
    }
    turns.retain(|(at, ..)| *at > now);
    turns.sort_by(|a, b| (a.0, a.1, &a.2.name, &a.2.by).cmp(&(b.0, b.1, &b.2.name, &b.2.by)));
    turns
}
