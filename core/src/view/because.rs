//! Reasons for findings, for people.

use crate::reconcile::{Evidence, InList, Likeness};
use crate::roster::{Space, Standing};

/// All reasons of a finding in a line.
pub fn because(evidence: &[Evidence], lists: &[&str]) -> String {
    let told = evidence.iter().map(|one| reason(one, lists));
    told.collect::<Vec<_>>().join("; ")
}

fn reason(evidence: &Evidence, lists: &[&str]) -> String {
    let list = |number: u16| lists.get(usize::from(number)).copied().unwrap_or("a list");
    let at = |at: &InList| format!("{} line {}", list(at.list), at.line);
    match evidence {
        Evidence::NobodysNames => "its names are nobody's".to_owned(),
        Evidence::NamedIn { space, at: place } => {
            format!("{} of {}", name_of(*space), at(place))
        }
        Evidence::NamedKnown { space } => {
            format!("{} of somebody whom usher knows", name_of(*space))
        }
        Evidence::Bound => "usher takes it for theirs".to_owned(),
        Evidence::NotIn { list: number } => format!("not in {}", list(*number)),
        Evidence::Stands { at: place, standing, ends } => {
            let ends = ends.map(|day| format!(", until {day}")).unwrap_or_default();
            format!("{} by {}{ends}", standing_of(*standing), at(place))
        }
        Evidence::StartsOn { at: place, on } => {
            let day = on.map_or("some day".to_owned(), |day| day.to_string());
            format!("starts on {day} by {}", at(place))
        }
        Evidence::KnownEnded => "HR's events say that no employment goes on".to_owned(),
        Evidence::KnownEmployed => {
            "HR's events say that an employment goes on or begins".to_owned()
        }
        Evidence::NotLookedAfter => "usher does not look after it".to_owned(),
        Evidence::Wished => "usher wants an account".to_owned(),
        Evidence::OneOf { accounts } => format!("one of {accounts} accounts of one person"),
        Evidence::Attribute { name } => format!("{} is another", name.as_str()),
        Evidence::NotActive => "it is not active".to_owned(),
        Evidence::StillActive => "it is still active".to_owned(),
        Evidence::NotInGroup { group } => format!("not in group {group}"),
        Evidence::InGroup { group } => format!("in group {group}"),
        Evidence::UnusedSince { at: Some(at) } => format!("last used at {at}"),
        Evidence::UnusedSince { at: None } => "never used".to_owned(),
        Evidence::Like { likeness, at: place } => {
            format!("may be that of {}: {}", at(place), alike(*likeness))
        }
        Evidence::IsAdministrator => "an administrator's, or protected".to_owned(),
        Evidence::IsService => "a machine's".to_owned(),
    }
}

fn name_of(space: Space) -> &'static str {
    match space {
        Space::EmployeeNumber => "the employee number",
        Space::WorkerId => "the worker id",
        Space::Name => "the user name or address",
        Space::External => "the external id",
    }
}

fn standing_of(standing: Standing) -> &'static str {
    match standing {
        Standing::Ended => "has left",
        Standing::Disabled => "is disabled",
        Standing::Unclear => "stands unclear",
        Standing::Future => "begins later",
        Standing::OnLeave => "is on leave",
        Standing::Current => "works here",
    }
}

fn alike(likeness: Likeness) -> &'static str {
    match likeness {
        Likeness::NumberWithoutZeros => "the same number but for zeros",
        Likeness::MailboxOfOtherDomain => "the same mailbox at another domain",
        Likeness::DisplayName => "the same display name",
    }
}
