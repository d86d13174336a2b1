//! Whom a signal is about. Machines, services and built-in accounts are nobody; a bare name of an account
//! that several people may have is not guessed at.

use crate::decode::refusal::{Bearing, Refusal};
use crate::model::code::Code;
use crate::model::decision::Why;
use crate::model::event_kind::EventKind;
use crate::model::text::{clean, is_blank};
use crate::model::{Alias, AliasKind};
use core::net::IpAddr;
use serde_json::{Map, Value};

/// The names of one person, as they come up.
#[derive(Default)]
pub(in crate::decode::formats) struct Names {
    worker: Map<String, Value>,
    external: Map<String, Value>,
    /// An account was named that is nobody's.
    is_machine: bool,
    /// An account was named without the domain that tells whose it is.
    is_bare: bool,
}

impl Names {
    /// HR's number.
    pub(in crate::decode::formats) fn number(mut self, number: Option<&str>) -> Self {
        self.set("employee_id", number, AliasKind::EmployeeNumber);
        self
    }

    /// HR's own id of the person.
    pub(in crate::decode::formats) fn worker_id(mut self, id: Option<&str>) -> Self {
        self.set("worker_id", id, AliasKind::WorkerId);
        self
    }

    /// A name by which a directory of the company knows somebody: an address, `DOMAIN\name`, or a name
    /// alone.
    pub(in crate::decode::formats) fn account(self, name: Option<&str>) -> Self {
        self.named(name, true)
    }

    /// What a sensor on a device saw: a name alone may be of an account of that device only.
    pub(in crate::decode::formats) fn local_account(self, name: Option<&str>) -> Self {
        self.named(name, false)
    }

    fn named(mut self, name: Option<&str>, is_known_alone: bool) -> Self {
        let Some(name) = name.map(clean).filter(|name| !is_blank(name)) else { return self };
        if is_nobodys(&name) {
            self.is_machine = true;
        } else if name.contains('\\') {
            self.external.entry("sam").or_insert_with(|| name.into());
        } else if name.contains('@') {
            self.set("user_name", Some(&name), AliasKind::UserName);
            self.set("work_email", Some(&name), AliasKind::Email);
        } else if is_known_alone {
            self.set("user_name", Some(&name), AliasKind::UserName);
        } else {
            self.is_bare = true;
        }
        self
    }

    pub(in crate::decode::formats) fn email(mut self, address: Option<&str>) -> Self {
        self.set("work_email", address.filter(|it| it.contains('@')), AliasKind::Email);
        self
    }

    /// What another system calls them.
    pub(in crate::decode::formats) fn external(mut self, scheme: &str, id: Option<&str>) -> Self {
        let alias = id.and_then(|id| Alias::external(scheme, id));
        if let (Some(id), Some(alias)) = (id, alias) {
            if alias.is_of_a_machine() || (scheme == "sid" && is_built_in(id)) {
                self.is_machine = true;
            } else if !alias.is_placeholder() {
                self.external.entry(scheme).or_insert_with(|| id.into());
            }
        }
        self
    }

    fn set(&mut self, member: &str, name: Option<&str>, kind: AliasKind) {
        let alias = name.and_then(|name| Alias::parse(kind, name));
        if let (Some(name), Some(alias)) = (name, alias)
            && !alias.is_placeholder()
            && !self.worker.contains_key(member)
        {
            self.worker.insert(member.to_owned(), name.into());
        }
    }

    /// `worker` of an event; `field`: where the vendor names people.
    pub(in crate::decode::formats) fn worker(
        mut self,
        field: &str,
    ) -> Result<Map<String, Value>, Refusal> {
        if !self.external.is_empty() {
            self.worker.insert("external_ids".to_owned(), Value::Object(self.external));
        }
        if !self.worker.is_empty() {
            return Ok(self.worker);
        }
        if self.is_bare {
            let text = "the account is named without its domain, so it may be anybody's, or one of the \
                        device alone; let the vendor send the user principal name, or act by hand";
            let why = Why::new(Code::SubjectAmbiguous, Some(field), text);
            return Err(Refusal::park(why, Bearing::Of(EventKind::RiskRaised)));
        }
        Err(nobody(field, self.is_machine))
    }
}

/// Why something is about nobody.
pub(in crate::decode::formats) fn nobody(field: &str, is_machine: bool) -> Refusal {
    let text = if is_machine {
        "the signal is about an account of a machine, a service or a system, which is nobody's"
    } else {
        "the signal names no person, only devices or files; nothing to do, unless the vendor can name \
         the person who was at work there"
    };
    Refusal::skip(Why::new(Code::SubjectMachine, Some(field), text))
}

/// Accounts that every system has. An administrator's own account has a name of its own.
const BUILT_IN: [&str; 7] = [
    "administrator",
    "guest",
    "krbtgt",
    "defaultaccount",
    "wdagutilityaccount",
    "localadmin",
    "ec2-user",
];

fn is_nobodys(name: &str) -> bool {
    let lower = name.to_lowercase();
    let account = lower.rsplit_once('\\').map_or(lower.as_str(), |(_, account)| account);
    let alias = Alias::parse(AliasKind::UserName, name);
    BUILT_IN.contains(&account)
        || name.parse::<IpAddr>().is_ok()
        || is_built_in(name)
        || alias.is_none_or(|it| it.is_of_a_machine() || it.is_placeholder())
}

/// The security identifiers of a domain's built-in accounts.
fn is_built_in(sid: &str) -> bool {
    let ends = ["-500", "-501", "-502"];
    sid.get(..4).is_some_and(|it| it.eq_ignore_ascii_case("S-1-"))
        && ends.iter().any(|end| sid.ends_with(end))
}
