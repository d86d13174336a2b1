//! The files that accounts are compared by, as far as they can be judged without the data in them.

use super::{Error, read};
use crate::config::{Loaded, Tenant};
use crate::reconcile::{Exceptions, ExceptionsRefused};
use jiff::civil::Date;
use std::path::Path;

/// The exceptions of a tenant, as they count on that day.
pub fn exceptions_of(
    loaded: &Loaded,
    tenant: &Tenant,
    today: Date,
) -> Result<Result<Exceptions, ExceptionsRefused>, Error> {
    let file = tenant.exceptions.as_ref().map(|named| loaded.resolve(named));
    exceptions_in(file.as_deref(), &tenant.name, today)
}

/// The same, where the file is known; `None`: there is none.
pub fn exceptions_in(
    file: Option<&Path>,
    tenant: &str,
    today: Date,
) -> Result<Result<Exceptions, ExceptionsRefused>, Error> {
    let Some(file) = file else { return Ok(Ok(Exceptions::default())) };
    let text = read("the exceptions", file, &format!("tenant `{tenant}`"))?;
    Ok(Exceptions::parse(&file.display().to_string(), &text, today))
}

/// Whether exceptions can be used; and what can be meant of lists, but probably is not.
pub fn check_lists(loaded: &Loaded, today: Date) -> Result<Vec<String>, Error> {
    let mut doubts = Vec::new();
    for tenant in &loaded.settings.tenants {
        let name = &tenant.name;
        let exceptions = exceptions_of(loaded, tenant, today)?
            .map_err(|source| Error::Exceptions { tenant: name.clone(), source })?;
        for over in exceptions.over(today) {
            doubts.push(format!(
                "an exception of tenant `{name}` at target `{}` is over since {}: look at its account again",
                over.target, over.until
            ));
        }
        for target in &tenant.targets {
            super::policies_of(loaded, tenant, target)?;
        }
        for list in tenant.roster.iter().chain(&tenant.idp) {
            let file = loaded.resolve(&list.file);
            if !file.exists() {
                doubts.push(format!(
                    "the list {} of tenant `{name}` is not there: until it comes, nobody is found to have left",
                    file.display()
                ));
            }
        }
        let seats = tenant.targets.iter().filter(|target| target.seats.is_some());
        if seats.count() > 0 && tenant.roster.is_none() && tenant.idp.is_none() {
            doubts.push(format!(
                "tenant `{name}` has `seats` and neither `roster` nor `idp`: it cannot be told what orphans cost"
            ));
        }
    }
    Ok(doubts)
}
