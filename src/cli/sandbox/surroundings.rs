//! What a sandbox has besides events: HR's list, policies, exceptions, and what seats cost.

use crate::sandbox::found::{EXCEPTED, roster};
use jiff::tz::Offset;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value as Json, json};
use usher_lab::provider::manners::{self, Manners};

/// Beside the configuration.
pub(in crate::cli) const ROSTER: &str = "people.csv";
pub(super) const EXCEPTIONS: &str = "exceptions.yaml";
pub(super) const POLICIES: &str = "real-time.csv";

/// A group of the rules that no policy of a sandbox names, so that one sees how that looks.
const NAMED_BY_NONE: &str = "Contractors";

/// After that somebody looks again.
const EXCEPTED_FOR: SignedDuration = SignedDuration::from_hours(24 * 180);

/// The provider's own word on when the token of the worker ends.
const TOKEN_LASTS: SignedDuration = SignedDuration::from_hours(24 * 60);

/// A provider that tells policies and the end of the token, unless somebody has said what its console tells.
pub(in crate::cli) fn furnished(
    manners: Manners,
    now: Timestamp,
) -> Result<Manners, manners::Error> {
    if !manners.takes_api_token_header || manners.quirks.console.is_some() {
        return Ok(manners);
    }
    let ends = now.checked_add(TOKEN_LASTS).unwrap_or(Timestamp::MAX);
    let rule = |name: &str, group: &str, app: &str, action: &str| {
        json!({
            "rule_name": name,
            "enabled": "1",
            "rule_data": {
                "user_groups": [group],
                "private_apps": [app],
                "match_criteria_action": { "action_name": action },
            },
        })
    };
    let console = json!({
        "policies": [rule("wiki and tickets", "VPN_Allowed", "intranet", "allow")],
        "tokens": [{ "name": "usher", "expiry": ends.to_string(), "endpoints": ["/api/v2/scim/Users"] }],
    });
    manners.with_json("console", console)
}

/// Whether the worker may read more than accounts and groups.
pub(super) fn has_console(manners: &Manners) -> bool {
    manners.quirks.console.is_some()
}

/// Those whom the guide of the sandbox hires, so that none of them is nobody.
pub(super) fn people_of_the_guide() -> String {
    roster([
        ["1001", "ada@example.com", "Ada Lovelace", "R&D"],
        ["1", "p1@example.com", "Pia First", "Sales"],
        ["2", "p2@example.com", "Piet Second", "Sales"],
        ["3", "p3@example.com", "Petra Third", "Sales"],
        ["4", "p4@example.com", "Paolo Fourth", "Sales"],
    ])
}

/// What a console exported: no interface shows policies of real-time protection.
pub(super) fn policies(restricting: &str) -> String {
    format!(
        "Policy Name,Status,User Group,Application,Action\n\
         Nothing but help while in quarantine,Enabled,{restricting},Any,Block\n\
         Old rule for {NAMED_BY_NONE},Disabled,{NAMED_BY_NONE},Any,Allow\n"
    )
}

/// `now`: exceptions end within a year.
pub(super) fn exceptions(target: &str, now: Timestamp) -> String {
    let until = Offset::UTC.to_datetime(now).date().saturating_add(EXCEPTED_FOR);
    let exception = json!({
        "target": target,
        "account": EXCEPTED.user_name,
        "by": "Ann",
        "reason": "it shows the weather",
        "until": until.to_string(),
    });
    format!("{:#}\n", json!({ "exceptions": [exception] }))
}

/// Fewer than the guide needs, and more than there are accounts at first.
pub(super) fn seats() -> Json {
    json!({ "bought": 40, "cost": 9.5, "currency": "EUR", "per": "month", "counts": "provisioned" })
}
