//! Whom an event is about: subject identifiers (RFC 9493, SSF 1.0, RFC 9967), and their older forms.

use crate::decode::refusal::{Bearing, Refusal};
use crate::decode::transmitter::Transmitter;
use crate::model::code::Code;
use crate::model::decision::Why;
use serde_json::{Map, Value};

/// More names than this are a list of people.
const ALIASES_MAX: usize = 16;

/// What a complex subject may have besides a user, and what each says if it stands alone.
const OTHERS: [(&str, Alone); 6] = [
    ("device", Alone::Machine),
    ("application", Alone::Machine),
    ("session", Alone::Unnamed),
    ("tenant", Alone::Many),
    ("org_unit", Alone::Many),
    ("group", Alone::Many),
];

/// Of what a subject is that names no user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Alone {
    Machine,
    Many,
    Unnamed,
}

/// Whom an event names.
#[derive(Debug, Default)]
pub(super) struct Subject {
    /// As `data.worker` has names.
    pub(super) worker: Map<String, Value>,
    /// The id of the device at which the person was.
    pub(super) device: Option<String>,
    /// The first thing found that is no person.
    alone: Option<Alone>,
}

impl Subject {
    /// Reads one more subject of the same event, in tokens of `of`.
    pub(super) fn read(&mut self, subject: &Value, of: &Transmitter) -> Result<(), Refusal> {
        let Value::Object(members) = subject else { return Err(unsupported()) };
        let form = text(members, "format").or_else(|| text(members, "subject_type"));
        let form = form.map(|it| it.to_ascii_lowercase().replace('-', "_"));
        match form.as_deref() {
            Some("complex") => self.complex(members, of),
            Some("aliases") => {
                let Some(Value::Array(names)) = members.get("identifiers") else {
                    return Err(unsupported());
                };
                if names.is_empty() || names.len() > ALIASES_MAX {
                    return Err(unsupported());
                }
                let is_nested = |it: &&Value| it.get("identifiers").is_some();
                if names.iter().any(|it| is_nested(&it)) {
                    return Err(unsupported());
                }
                names.iter().try_for_each(|name| self.read(name, of))
            }
            Some(form) => self.simple(form, members, of),
            None if members.contains_key("user")
                || OTHERS.iter().any(|(it, _)| members.contains_key(*it)) =>
            {
                self.complex(members, of)
            }
            None if members.contains_key("sub") => self.simple("iss_sub", members, of),
            None if members.contains_key("email") => self.simple("email", members, of),
            None => Err(unsupported()),
        }
    }

    /// An id that the transmitter gives.
    pub(super) fn read_id(&mut self, id: &str, of: &Transmitter) -> Result<(), Refusal> {
        self.add_id(&of.system_of(&of.issuer), id)
    }

    /// Whether somebody is named; if not, why that is so.
    pub(super) fn named(self) -> Result<Self, Refusal> {
        if !self.worker.is_empty() {
            return Ok(self);
        }
        match self.alone {
            Some(Alone::Machine) => Err(Refusal::skip(Why::new(
                Code::SubjectMachine,
                Some("sub_id"),
                "the event is about a device or an application, and names no user of it",
            ))),
            Some(Alone::Many) => Err(park(
                Code::SetSubjectMany,
                "the event is about a whole tenant, unit or group, and usher acts on people; look \
                 whom it concerns, and act by hand",
            )),
            Some(Alone::Unnamed) | None => Err(unsupported()),
        }
    }

    fn complex(&mut self, members: &Map<String, Value>, of: &Transmitter) -> Result<(), Refusal> {
        for (name, alone) in OTHERS {
            if members.get(name).is_some_and(|it| !it.is_null()) {
                self.alone.get_or_insert(alone);
            }
        }
        if let Some(device) = members.get("device") {
            self.device = self.device.take().or_else(|| id_of(device));
        }
        match members.get("user") {
            None | Some(Value::Null) => Ok(()),
            Some(user) if user.get("user").is_some() => Err(unsupported()),
            Some(user) => self.read(user, of),
        }
    }

    fn simple(
        &mut self,
        form: &str,
        members: &Map<String, Value>,
        of: &Transmitter,
    ) -> Result<(), Refusal> {
        let need = |name: &str| text(members, name).ok_or_else(unsupported);
        match form {
            "email" => self.add("work_email", need("email")?),
            "iss_sub" => {
                let issuer = text(members, "iss").unwrap_or(&of.issuer);
                self.add_id(&of.system_of(issuer), need("sub")?)
            }
            "id_token_claims" => {
                if let Some(email) = text(members, "email") {
                    self.add("work_email", email)?;
                }
                let issuer = text(members, "iss").unwrap_or(&of.issuer);
                let sub = text(members, "sub");
                sub.map_or(Ok(()), |sub| self.add_id(&of.system_of(issuer), sub))
            }
            "opaque" => self.add_id(&of.system_of(&of.issuer), need("id")?),
            "phone_number" | "phone" => {
                let number = text(members, "phone_number").or_else(|| text(members, "phone"));
                self.add_id("phone", number.ok_or_else(unsupported)?)
            }
            "did" => self.add_id("did", need("url")?),
            "account" | "uri" => self.address(need("uri")?),
            "scim" => self.scim(members, of),
            "jwt_id" | "saml_assertion_id" | "ip_addresses" | "session" => {
                self.alone.get_or_insert(Alone::Unnamed);
                Ok(())
            }
            _ => Err(unsupported()),
        }
    }

    fn address(&mut self, address: &str) -> Result<(), Refusal> {
        match address.split_once(':') {
            Some(("acct", account)) => self.add("user_name", account),
            Some(("mailto", email)) => self.add("work_email", email),
            Some(("tel", number)) => self.add_id("phone", number),
            Some(("did", _)) => self.add_id("did", address),
            _ => Err(unsupported()),
        }
    }

    /// A resource of the transmitter's SCIM provider.
    fn scim(&mut self, members: &Map<String, Value>, of: &Transmitter) -> Result<(), Refusal> {
        let mut place = text(members, "uri").unwrap_or_default().rsplit('/');
        let (Some(id), Some("Users")) = (place.next(), place.next()) else {
            self.alone.get_or_insert(Alone::Machine);
            return Ok(());
        };
        self.add_id(&of.system_of(&of.issuer), id)?;
        if let Some(id) = text(members, "externalId") {
            self.add_id("scim", id)?;
        }
        if let Some(name) = text(members, "userName") {
            self.add("user_name", name)?;
        }
        match members.get("emails") {
            Some(Value::String(email)) => self.add("work_email", email),
            Some(Value::Array(emails)) if emails.len() == 1 => {
                let email = emails.first().map(|it| it.get("value").unwrap_or(it));
                let email = email.and_then(Value::as_str);
                email.map_or(Ok(()), |email| self.add("work_email", email))
            }
            _ => Ok(()),
        }
    }

    fn add(&mut self, name: &str, value: &str) -> Result<(), Refusal> {
        put(&mut self.worker, name, value)
    }

    fn add_id(&mut self, system: &str, id: &str) -> Result<(), Refusal> {
        let ids = self.worker.entry("external_ids").or_insert_with(|| Value::Object(Map::new()));
        ids.as_object_mut().map_or(Ok(()), |ids| put(ids, system, id))
    }
}

/// One name of each kind: of two nobody knows which person is meant.
fn put(names: &mut Map<String, Value>, name: &str, value: &str) -> Result<(), Refusal> {
    let value = value.trim();
    match names.get(name).and_then(Value::as_str) {
        Some(known) if !known.eq_ignore_ascii_case(value) => Err(park(
            Code::SetSubjectsDiffer,
            "the token names several people, or one by several names of the same kind, so nobody \
             knows who is meant",
        )),
        Some(_) => Ok(()),
        None => {
            names.insert(name.to_owned(), value.into());
            Ok(())
        }
    }
}

/// What identifies a device: the id in whichever form it has.
fn id_of(device: &Value) -> Option<String> {
    let members = device.as_object()?;
    let id = ["id", "sub", "url", "uri"].iter().find_map(|name| text(members, name));
    id.map(str::to_owned)
}

fn text<'a>(members: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    members.get(name).and_then(Value::as_str).filter(|it| !it.trim().is_empty())
}

fn unsupported() -> Refusal {
    park(
        Code::SetSubjectUnsupported,
        "the token does not name a person in a form that usher can read; let the transmitter name \
         the user, by `email`, `iss_sub`, `account` or `opaque`",
    )
}

fn park(code: Code, text: &str) -> Refusal {
    Refusal::park(Why::new(code, Some("sub_id"), text), Bearing::OfAny)
}
