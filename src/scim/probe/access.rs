//! Reached, let in, and allowed: the address, the token and its scopes.

use super::facts::Fact;
use super::wire::{Ask, Heard, Wire};
use super::{Finding, Mark, Probe};
use crate::scim::address::with_query;
use crate::scim::client::NoResponse;
use crate::scim::dialect::{Auth, Dialect};
use crate::scim::read;
use url::Url;

/// Anything that answers over HTTP, and TLS where it is asked for.
pub(super) async fn reach(probe: &mut Probe) -> Finding {
    let url = probe.wire.address.discovery();
    let heard = probe.wire.ask(Ask::get(url, "/ServiceProviderConfig")).await;
    let advice = match &heard.0 {
        Ok(response) if (300..=399).contains(&response.status) => {
            "it sends us elsewhere, and usher follows no redirects; set the target's url to the final address"
        }
        Ok(_) => return probe.found("reach", Mark::Good, "the target answers"),
        Err(NoResponse::NoConnection) => {
            "nothing listens there: check the target's url, the name's DNS entry, and that this machine \
             may connect to it"
        }
        Err(NoResponse::NoTls) => {
            "TLS failed: if the certificate is of a company's own authority, or a proxy between opens \
             TLS, name its certificate in the target's `ca_file`"
        }
        Err(NoResponse::OwnAuthority) => {
            "the server shows a certificate that is its own authority (`CA:TRUE`), which TLS forbids; give it \
             one for its host that is no authority (`CA:FALSE`), and name that, or the authority that signed \
             it, in the target's `ca_file`"
        }
        Err(NoResponse::NoToken) => "there is no token: check the target's `token_file`",
        Err(NoResponse::TimedOut) => {
            "no answer came within `request_timeout`; try again, and see what is slow"
        }
        Err(NoResponse::BrokenOff | NoResponse::LeaseOver) => {
            "the connection broke; if this stays so, something between does not let it through"
        }
    };
    let conclusion = format!("the target cannot be reached: {}", heard.words());
    probe.found("reach", Mark::Change, conclusion).advise(advice)
}

fn first_of(wire: &Wire, resource: &'static str) -> Ask {
    let url = match resource {
        "Users" => wire.address.users(),
        _ => wire.address.groups(),
    };
    let query = "startIndex=1&count=1".to_owned();
    let shown = format!("/{resource}?{query}");
    Ask::get(url.map(|url: Url| with_query(url, &[query])), &shown)
}

/// Whether the token is accepted as the dialect sends it, and how else it would be; and whether the
/// trial can go on, in one way or another.
pub(super) async fn token(probe: &mut Probe) -> (Finding, bool) {
    let configured = probe.dialect.auth.clone();
    let heard = with(probe, &configured).await;
    let mut accepted: Vec<Auth> = Vec::new();
    for other in other_ways(&configured) {
        let heard = with(probe, &other).await;
        accepted.extend(is_let_in(&heard).then_some(other));
    }
    accepted.extend(is_let_in(&heard).then(|| configured.clone()));
    let rank = |auth: &Auth| all_ways().iter().position(|known| known == auth);
    accepted.sort_by_key(|auth| rank(auth).unwrap_or(usize::MAX));
    if accepted.is_empty() {
        return (refused(probe, &heard), false);
    }
    probe.learn(Fact::Auth(accepted.clone()));
    // Whatever was tried last, the dialect decides how it goes on.
    if probe.wire.reconnect(&probe.settings, &probe.dialect).is_err() {
        return (refused(probe, &heard), false);
    }
    let shown: Vec<String> = accepted.iter().map(shown).collect();
    let shown = shown.join(" and in ");
    if accepted.contains(&configured) {
        let conclusion = format!("the token is accepted in {shown}");
        return (probe.found("token", Mark::Good, conclusion), true);
    }
    let conclusion = format!("the token is not accepted as the dialect sends it, but in {shown}");
    let finding = probe.found("token", Mark::Change, conclusion);
    (finding.advise("take the dialect proposed below"), true)
}

/// Asks for Users with the token sent in one way.
async fn with(probe: &mut Probe, auth: &Auth) -> Heard {
    let dialect = Dialect { auth: auth.clone(), ..probe.dialect.clone() };
    if probe.wire.reconnect(&probe.settings, &dialect).is_err() {
        return Heard(Err(NoResponse::NoToken));
    }
    let ask = first_of(&probe.wire, "Users");
    let heard = probe.wire.ask(ask).await;
    probe.wire.annotate(format!("with {}", shown(auth)));
    heard
}

/// Why not, as far as the answer tells.
fn refused(probe: &mut Probe, heard: &Heard) -> Finding {
    let (conclusion, advice) = match heard.status() {
        Some(401) => (
            "the token is not accepted (401)",
            "it is wrong, has expired, or is for something else: put a new one into the target's \
             `token_file`",
        ),
        Some(403) => (
            "the token may not read Users (403)",
            "give it the scopes for Users and Groups, read and write; at Netskope these are the \
             endpoints /api/v2/scim/Users and /api/v2/scim/Groups, and the tenant's IP allowlist \
             must hold this machine's address",
        ),
        Some(404) => (
            "there are no Users at this address (404)",
            "check the path of the target's url; /Users and /Groups are added to it. At Netskope it \
             ends with /api/v2/scim",
        ),
        Some(200..=299) => (
            "something answers, but with no list of Users",
            "check the target's url: this is probably a web page or another interface",
        ),
        Some(_) | None => (
            "whether the token is accepted cannot be told",
            "the target does not answer as it should; try again when it does",
        ),
    };
    let conclusion = format!("{conclusion}: {}", heard.words());
    probe.found("token", Mark::Change, conclusion).advise(advice)
}

fn is_let_in(heard: &Heard) -> bool {
    heard.body().is_some_and(|body| read::page(body).is_some() && !read::denies(body))
}

/// The ways of the dialects that come with usher.
fn other_ways(configured: &Auth) -> Vec<Auth> {
    all_ways().into_iter().filter(|auth| auth != configured).collect()
}

fn all_ways() -> Vec<Auth> {
    let mut all: Vec<Auth> = Vec::new();
    for auth in Dialect::builtin_names().filter_map(Dialect::builtin).map(|dialect| dialect.auth) {
        if !all.contains(&auth) {
            all.push(auth);
        }
    }
    all
}

fn shown(auth: &Auth) -> String {
    format!("`{}: {} …`", auth.header, auth.scheme).replace(":  ", ": ")
}

/// Reading of both resources; writing shows when the group is made.
pub(super) async fn scopes(probe: &mut Probe) -> Finding {
    let heard = probe.wire.ask(first_of(&probe.wire, "Groups")).await;
    probe.lists_groups = is_let_in(&heard);
    if probe.lists_groups {
        return probe.found("scopes", Mark::Good, "the token may read Users and Groups");
    }
    let advice = match heard.status() {
        Some(401 | 403) => "give the token the scope for Groups, read and write",
        Some(404) => "this target has no Groups: only rules without groups can work for it",
        Some(_) | None => "the target does not answer as it should; try again when it does",
    };
    let conclusion = format!("Users can be read, but Groups cannot: {}", heard.words());
    probe.found("scopes", Mark::Change, conclusion).advise(advice)
}
