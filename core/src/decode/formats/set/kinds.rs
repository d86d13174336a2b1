//! The events that tokens have, by their addresses.

/// What an address means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// How much somebody, or a device of theirs, is at risk.
    Risk(Whose),
    SessionRevoked,
    CredentialChange,
    /// Somebody must change a credential.
    CredentialChangeRequired,
    CredentialCompromise,
    AssuranceChange,
    DeviceCompliance,
    Disabled,
    Enabled,
    Purged,
    IdentifierChanged,
    /// A name belongs to somebody new.
    IdentifierRecycled,
    Scim(Deed),
    /// The transmitter speaks of its stream.
    StreamUpdated,
    /// It changes nobody's access, whatever it says.
    NoConcern,
}

/// Whose risk it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Whose {
    /// The event says it, or it is the user's.
    AsSaid,
    Device,
}

/// What happened to a resource of a SCIM provider (RFC 9967).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Deed {
    Activated,
    Deactivated,
    Deleted,
    /// With what it is now, or only with what of it.
    Made,
    Changed,
}

const OPENID: &str = "https://schemas.openid.net/secevent/";
/// It sends RISC's events under an address of its own, besides others.
const LOGIN_GOV: &str = "https://schemas.login.gov/secevent/";
const OKTA: &str = "https://schemas.okta.com/secevent/okta/event-type/";
/// Drafts had it in capitals.
const SCIM: &str = "urn:ietf:params:scim:event:";

impl Kind {
    /// `None`: usher knows no such event.
    pub(super) fn of(address: &str) -> Option<Self> {
        if let Some(name) = address.strip_prefix(OKTA) {
            return of_okta(name);
        }
        if let Some((start, name)) = address.split_at_checked(SCIM.len())
            && start.eq_ignore_ascii_case(SCIM)
        {
            return of_scim(&name.to_ascii_lowercase());
        }
        let rest = address.strip_prefix(OPENID).or_else(|| address.strip_prefix(LOGIN_GOV));
        match rest.and_then(|it| it.split_once("/event-type/")) {
            Some(("caep", name)) => of_caep(name),
            Some(("risc", name)) => of_risc(name),
            Some(("ssf" | "sse", name)) => of_stream(name),
            Some(_) => None,
            None => of_apple(address),
        }
    }
}

fn of_caep(name: &str) -> Option<Kind> {
    Some(match name {
        "session-revoked" => Kind::SessionRevoked,
        "credential-change" => Kind::CredentialChange,
        "assurance-level-change" => Kind::AssuranceChange,
        "device-compliance-change" => Kind::DeviceCompliance,
        "risk-level-change" => Kind::Risk(Whose::AsSaid),
        "token-claims-change" | "session-established" | "session-presented" => Kind::NoConcern,
        _ => return None,
    })
}

fn of_risc(name: &str) -> Option<Kind> {
    Some(match name {
        "account-credential-change-required" => Kind::CredentialChangeRequired,
        "account-purged" => Kind::Purged,
        "account-disabled" => Kind::Disabled,
        "account-enabled" => Kind::Enabled,
        "identifier-changed" => Kind::IdentifierChanged,
        "identifier-recycled" => Kind::IdentifierRecycled,
        "credential-compromise" => Kind::CredentialCompromise,
        "sessions-revoked" => Kind::SessionRevoked,
        "opt-in"
        | "opt-out-initiated"
        | "opt-out-cancelled"
        | "opt-out-effective"
        | "recovery-activated"
        | "recovery-information-changed" => Kind::NoConcern,
        _ => return None,
    })
}

fn of_stream(name: &str) -> Option<Kind> {
    match name {
        "stream-updated" => Some(Kind::StreamUpdated),
        "verification" => Some(Kind::NoConcern),
        _ => None,
    }
}

fn of_okta(name: &str) -> Option<Kind> {
    match name {
        "user-risk-change" => Some(Kind::Risk(Whose::AsSaid)),
        "device-risk-change" => Some(Kind::Risk(Whose::Device)),
        "ip-change" => Some(Kind::NoConcern),
        _ => None,
    }
}

fn of_scim(name: &str) -> Option<Kind> {
    Some(match name {
        "prov:activate" => Kind::Scim(Deed::Activated),
        "prov:deactivate" => Kind::Scim(Deed::Deactivated),
        "prov:delete" => Kind::Scim(Deed::Deleted),
        "prov:create:notice" | "prov:create:full" => Kind::Scim(Deed::Made),
        "prov:patch:notice" | "prov:patch:full" | "prov:put:notice" | "prov:put:full" => {
            Kind::Scim(Deed::Changed)
        }
        "feed:add" | "feed:remove" | "misc:asyncresp" | "misc:asyncresponse" => Kind::NoConcern,
        _ => return None,
    })
}

/// Apple's have no address, only a word.
fn of_apple(word: &str) -> Option<Kind> {
    match word {
        "account-delete" | "account-deleted" => Some(Kind::Purged),
        "consent-revoked" | "email-disabled" | "email-enabled" => Some(Kind::NoConcern),
        _ => None,
    }
}
