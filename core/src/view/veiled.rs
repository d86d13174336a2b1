//! The answer about one person without names and values: for whoever may see what was done, and not to
//! whom.
//!
//! What the audit tells stays, for it holds none of them: ids, codes, groups, rules, events.

use super::person::{At, Claim, Decided, Judged, Next, Other, Person, ProfileWord, Said};
use crate::engine::state::Before;
use crate::model::account::Value;
use crate::model::claim::By;
use crate::model::operation::Field;
use crate::model::wish::Wanted;

impl Person {
    /// The same, where names, values and the ids of employments are described instead of told.
    #[must_use]
    pub fn veiled(mut self) -> Self {
        for name in &mut self.names {
            name.value = hidden(&name.value);
        }
        self.employments.iter_mut().for_each(veil_instance);
        self.targets.iter_mut().for_each(veil_target);
        self.claims.iter_mut().for_each(|Claim { by, .. }| veil_instance(by));
        self.next.iter_mut().for_each(|Next { by, .. }| veil_instance(by));
        self
    }
}

/// What stands in the place of a text.
fn hidden(text: &str) -> String {
    format!("(text of {})", text.chars().count())
}

fn veil_target(at: &mut At) {
    for judged in &mut at.fields {
        let Judged { wanted, decided, others, profile, before, .. } = judged;
        wanted.iter_mut().for_each(veil);
        match decided {
            Decided::Claim { winner } => veil_said(winner),
            Decided::Profile
            | Decided::Override { .. }
            | Decided::WayBack
            | Decided::NoWayBack
            | Decided::Nobody => {}
        }
        for Other { said, .. } in others {
            veil_said(said);
        }
        for ProfileWord { value, .. } in profile {
            veil(value);
        }
        match before {
            Some(Before::Was(was)) => veil(was),
            Some(Before::Unknown) | None => {}
        }
    }
}

fn veil_said(said: &mut Said) {
    veil(&mut said.wants);
    veil_instance(&mut said.by);
}

/// Which instance of a claim it is, without the id of an employment.
#[must_use]
pub fn veiled_instance(by: &By) -> By {
    let mut by = by.clone();
    veil_instance(&mut by);
    by
}

/// An employment may be called by the number of an employee.
fn veil_instance(by: &mut By) {
    match by {
        By::Employment(id) => *id = hidden(id),
        By::Person | By::Source(_) | By::Detection { .. } => {}
    }
}

fn veil(wanted: &mut Wanted) {
    match wanted {
        Wanted::Attribute(Field::Set(value)) => *value = Value::Text(hidden(&value.to_text())),
        Wanted::Account(_)
        | Wanted::Active(_)
        | Wanted::Group(_)
        | Wanted::Attribute(Field::Clear) => {}
    }
}
