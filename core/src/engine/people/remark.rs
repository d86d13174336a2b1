//! Why an event was set aside or passed over, and what somebody should know besides, in words.

use crate::engine::record::aside::Reason;
use crate::engine::said::claims::{Instance, Word};
use crate::engine::said::employment;
use crate::engine::state::Person;
use crate::engine::will::wish;
use crate::model::claim::{By, Precedence};
use crate::model::code::Code;
use crate::model::decision::Why;
use crate::model::event::{Event, EventClass};
use crate::model::event_kind::EventKind;
use crate::model::ids::PersonId;
use jiff::Timestamp;
use std::collections::BTreeSet;

/// Its source would say nothing any more until then: of each source the latest word counts.
pub(in crate::engine) fn in_the_future() -> Why {
    Why::new(
        Code::TimeInTheFuture,
        Some("time"),
        "the event says that it happened more than an hour from now; set the source's clock right, or \
         usher's, and send it again; what is to happen later belongs in `effective_at`",
    )
}

/// Nobody can tell the repetition of an event from another one that bears its id.
pub(in crate::engine) fn id_reused() -> Why {
    Why::new(
        Code::EventIdReused,
        Some("id"),
        "this source sent another event under the same `id` before, so nobody knows which of the two \
         counts; let it give every event an id of its own, and send this one again under a new id",
    )
}

/// Only somebody who knows the source can say whether its numbers or its times count.
pub(in crate::engine) fn numbered_anew() -> Why {
    Why::new(
        Code::SequenceRestarted,
        Some("sequence"),
        "the number of this event is lower than that of what its source said of the person earlier, \
         so the source seems to count anew; nothing but cuts is taken in from it: let it go on from its \
         highest number, or give it another `source`, and send what was set aside again",
    )
}

pub(in crate::engine) fn cut_anew() -> Why {
    Why::new(
        Code::SequenceRestarted,
        Some("sequence"),
        "the number of this event is lower than that of what its source said of the person earlier; \
         it takes access, so it counts by its time; let the source go on from its highest number, or \
         give it another `source`",
    )
}

pub(in crate::engine) fn names_nobody() -> Why {
    Why::new(
        Code::IdentityNobody,
        Some("data.worker"),
        "all that the event names is shared by many people, so it leads to nobody; send the employee \
         number or another name that is one person's own",
    )
}

/// Rules that act on it are refused, so nothing is missed.
pub(in crate::engine) fn only_informs() -> Why {
    Why::new(
        Code::AccountInforms,
        Some("type"),
        "events of this type only tell what was found; nothing is done because of them",
    )
}

/// Of an account that HR's events speak for.
pub(in crate::engine) fn account_of_somebody() -> Why {
    Why::new(
        Code::AccountOfSomebody,
        Some("data.account"),
        "HR knows somebody who has the account, so what was found of it as nobody's does not count: what HR \
         says of them does",
    )
}

/// Somebody must say who it is, or a leaver may stay in.
pub(in crate::engine) fn account_of_unclear() -> Why {
    Why::new(
        Code::AccountOfSomebody,
        Some("data.account"),
        "lists say that whoever has the account has left, or that nobody has it, and usher knows somebody of \
         whom HR has not said that they work here; nothing is done: look at `usher reconcile`, then let HR \
         send the termination, or say by `usher override` what counts",
    )
}

/// HR names who has an account that was taken for nobody's, and does not say whether they work here.
pub(in crate::engine) fn of_accounts(
    person: &Person,
    event: &Event,
    today: Timestamp,
) -> Option<Why> {
    let is_so = event.kind.class() == EventClass::Hr && !event.kind.takes_access();
    let counts = |claim: &Instance| {
        let spans = claim.spans(&person.claims);
        claim.is_of_account() && spans.iter().any(|span| span.is_in_force(today))
    };
    (is_so && person.claims.iter().any(counts)).then(|| {
        Why::new(
            Code::AccountOfSomebody,
            Some("data.worker"),
            "HR names somebody whose account was disabled because nobody was known to have it, and does not say \
             that they work here now, so it stays as it is; if they do, let HR send a hire or a return, or put \
             them into the list",
        )
    })
}

/// Somebody asks for something of an account that usher has bound to nobody.
pub(in crate::engine) fn asked_of_nobody() -> Why {
    Why::new(
        Code::RequestAccountUnknown,
        Some("data.account.id"),
        "usher has bound no account of this id to anybody, so nobody knows whose it is; compare the id, or say \
         by `usher bind` whose the account is, and ask again",
    )
}

pub(in crate::engine) fn account_of_no_target() -> Why {
    Why::new(
        Code::AccountOfSomebody,
        Some("data.account.target"),
        "the tenant has no target of this name any more, so nothing is done to its accounts",
    )
}

pub(in crate::engine) fn account_not_known() -> Why {
    Why::new(
        Code::AccountInforms,
        Some("data.account"),
        "nothing was ever done to this account as nobody's, so there is nothing to take back",
    )
}

/// Merging cannot be undone, and whoever is cut then is two people.
pub(in crate::engine) fn apart() -> Why {
    Why::new(
        Code::IdentityApart,
        Some("data.worker"),
        "the names in this event belong to two people who each have an account or an employment, and \
         nothing but this event says that they are one; nobody is made one, and nothing is done: look \
         who is meant; correct it at the source and send the event again, or say by `usher link` that \
         they are one",
    )
}

/// What operators have said stands against whatever an event claims.
pub(in crate::engine) fn parted() -> Why {
    Why::new(
        Code::IdentityApart,
        Some("data.worker"),
        "the names in this event belong to people of whom an operator has said that each is another; \
         nobody is made one, and nothing is done: correct it at the source and send the event again, or \
         say by `usher link` that they are one",
    )
}

pub(in crate::engine) fn shared_name() -> Why {
    Why::new(
        Code::IdentitySharedName,
        Some("data.worker"),
        "more people than `engine.name_bearers_most` have an id or address of this event, so it tells \
         nobody from anybody: it leads to nobody from now on, and nobody is held for it",
    )
}

pub(in crate::engine) fn too_many_strangers() -> Why {
    Why::new(
        Code::SubjectTooMany,
        Some("data.worker"),
        "signals under thousands of names that nobody has are in force already, so this one was not \
         taken in; let the sensor send names that HR knows, and its claims end",
    )
}

pub(in crate::engine) fn too_much() -> Why {
    Why::new(
        Code::PersonTooMuch,
        None,
        "the person has as many claims and names as usher keeps, so this event was not folded; \
         the sources should withdraw what is over, and the rules give claims an end",
    )
}

pub(in crate::engine) fn of_a_machine() -> Why {
    Why::new(
        Code::SubjectMachine,
        Some("data.worker"),
        "the event is about an account of a machine or a service, which is nobody's; nothing to do, \
         unless the source should name the person who was at work there",
    )
}

pub(in crate::engine) fn unknown_subject() -> Why {
    Why::new(
        Code::SubjectUnknown,
        Some("data.worker"),
        "nobody was known by this name; it counts for whoever HR links the name to, and meanwhile for \
         the account of that name",
    )
}

pub(in crate::engine) fn merged(others: &BTreeSet<PersonId>) -> Why {
    let others: Vec<_> = others.iter().map(PersonId::as_str).collect();
    Why::new(
        Code::IdentityMerged,
        Some("data.worker"),
        format!(
            "the event links people who were known apart; this is now also {}",
            others.join(", ")
        ),
    )
}

/// Nobody can tell whether it is old, or the clock of what it is behind is fast.
pub(in crate::engine) fn overtaken() -> Why {
    Why::new(
        Code::TimeOvertaken,
        Some("time"),
        "the event takes access, and nothing comes of it, for a word on the same person is dated later \
         than it is now: a clock is fast; cut the person off by hand if they are to be out, set the \
         clock right, and send the event again with a new `id` and a `time` after that word's",
    )
}

pub(in crate::engine) fn partly_overtaken() -> Why {
    Why::new(
        Code::TimeOvertaken,
        Some("time"),
        "the event takes access, and part of that is lost or ends by itself, for a word on the same \
         person is dated later than it is now: a clock is fast; look whether the person is to stay out, \
         set the clock right, and send the event again with a new `id` and a `time` after that word's",
    )
}

pub(in crate::engine) fn not_given() -> Why {
    Why::new(
        Code::TimeOvertaken,
        Some("time"),
        "the event gives access, and not all of that comes to be, for a word on the same person is dated \
         later than it is now: a clock is fast; look whether the person is to be in, set the clock right, and \
         send the event again with a new `id` and a `time` after that word's",
    )
}

/// Whether it still holds was said by words that nobody knows any more.
pub(in crate::engine) fn claim_forgotten() -> Why {
    Why::new(
        Code::ClaimForgotten,
        Some("time"),
        "the event is older than what was last said of such a claim, and that is forgotten: it was over, \
         and old or too much; so nobody knows whether it should count; look whether what was decided is \
         right, and have the person's last state sent as a new event if not",
    )
}

/// The end of an employment that takes nothing, and why.
pub(in crate::engine) fn of_employments(
    person: &Person,
    event: &Event,
    now: Timestamp,
) -> Option<Why> {
    let ended = By::Employment(event.employment_id.clone()?);
    if event.kind == EventKind::Terminated && employment::ends_unbegun(person, &ended, now) {
        return Some(never_began());
    }
    let of_event = |claim: &wish::Standing<'_>| {
        claim.span.assertion.precedence == Precedence::Leaver
            && claim.instance.by == ended
            && claim.set_aside_by.is_some()
    };
    wish::standing(person, now).iter().any(of_event).then(goes_on)
}

/// A source clears what is not known of it, and something else that it has raised goes on.
pub(in crate::engine) fn of_clearances(
    before: &Person,
    person: &Person,
    event: &Event,
    now: Timestamp,
) -> Option<Why> {
    let was_heard_of =
        |one: &Instance| before.claims.iter().any(|it| it.name == one.name && it.by == one.by);
    let standing = wish::standing(person, now);
    let goes_on = |cleared: &Instance| {
        standing.iter().map(|claim| claim.instance).any(|it| {
            it.name == cleared.name && it.by != cleared.by && it.by.source() == cleared.by.source()
        })
    };
    let is_of_this = |one: &&Instance| {
        let by = one.by.source() == Some(event.source.as_str()) && event.detection_id.is_some();
        by && one.marks.iter().all(|mark| matches!(mark.word, Word::Withdraw { .. }))
    };
    let mut cleared = person.claims.iter().filter(is_of_this);
    cleared.any(|one| !was_heard_of(one) && goes_on(one)).then(unknown_detection)
}

/// A slip in the id leaves somebody locked out, and nothing else would say so. But one that was too low
/// for any rule is cleared like this, too.
fn unknown_detection() -> Why {
    Why::new(
        Code::DetectionUnknown,
        Some("data.risk.detection_id"),
        "no claim came of the detection that this clears, and another one by the same source goes on for \
         this person, so nothing is given back: it was too low for the rules, or the id is another or \
         misspelt; if the one that goes on is meant, clear that by its own id",
    )
}

/// A name that several numbered people claim. Said of the event that brings it about, and of what is held meanwhile.
pub fn contested() -> Why {
    Why::new(
        Code::IdentityContested,
        Some("data.worker"),
        "somebody with another employee number has a name of this person as well; nothing is granted \
         or looked up by it until HR says another name for one of them, or the account of each has \
         their number, or an operator says who is who (`usher link`, `part` or `bind`)",
    )
}

/// An event that stood in a topic before it was first read, and is older than what calls are made for.
pub fn of_the_past() -> Why {
    Why::new(
        Code::EventPast,
        Some("time"),
        "the event stood in the topic before it was first read, and is older than \
         `engine.max_event_age`: it counts, and nothing is called until something of the present is \
         heard of this person",
    )
}

/// An event of a tenant that this shard does not serve.
pub fn unknown_tenant() -> Why {
    Why::new(Code::TenantUnknown, None, "the tenant is not configured")
}

/// A slip in the id leaves a leaver in, and nothing else would say so.
fn never_began() -> Why {
    Why::new(
        Code::EmploymentNeverBegan,
        Some("data.employment.id"),
        "this employment has ended and was never heard to begin, and another of the same person goes \
         on, so nothing is taken: its id is misspelt, or its beginning has not come yet; compare it with \
         the employment that goes on, and send the end again under the right id",
    )
}

fn goes_on() -> Why {
    Why::new(
        Code::EmploymentGoesOn,
        Some("data.employment.id"),
        "this employment has ended and another of the same person goes on, so nothing is taken \
         until that has ended as well",
    )
}

/// The event may speak of somebody who is set aside.
pub fn set_aside(reason: Reason) -> Why {
    let text = match reason {
        Reason::Unreadable => {
            "the record of whoever bears this name cannot be read by this version, so nothing is done for \
             them; run the version that wrote it, then replay the event"
        }
        Reason::Crashes => {
            "usher crashed twice while it worked for whoever bears this name, so nothing is done for them; \
             run a version that is mended, then replay the event"
        }
    };
    Why::new(reason.code(), None, text)
}
