//! What the token may read besides accounts and groups: each scope is asked for, and nothing is written.

use super::wire::{Ask, Heard, Wire};
use super::{Error, Finding, Mark, ProviderSettings};
use crate::inventory::scope::{self, Grant, List, Scope};
use crate::scim::address::with_query;
use reqwest::Method;

/// What was found of a scope.
#[derive(Clone, Debug, serde::Serialize)]
pub struct ScopeFinding {
    pub scope: Scope,
    /// `None`: the target cannot be reached.
    pub grant: Option<Grant>,
    #[serde(flatten)]
    pub finding: Finding,
}

/// Asks for every scope, one by one.
pub async fn scopes(
    settings: &ProviderSettings,
    calls_per_second: f64,
) -> Result<Vec<ScopeFinding>, Error> {
    let mut wire = Wire::new(settings, &settings.dialect, calls_per_second)?;
    let mut findings = Vec::new();
    for scope in Scope::ALL {
        let mut asked = Vec::new();
        for list in scope.lists() {
            asked.push(ask(&mut wire, *list).await);
            let is_missing = asked.last().is_some_and(|(_, it)| *it == Some(Grant::NotThere));
            if let Some(other) = list.otherwise().filter(|_| is_missing) {
                asked.pop();
                asked.push(ask(&mut wire, other).await);
            }
        }
        findings.push(told(scope, &asked, &mut wire));
    }
    Ok(findings)
}

type Asked = (List, Option<Grant>);

async fn ask(wire: &mut Wire, list: List) -> Asked {
    let question = scope::question(list, 0);
    let url = wire.address.at_root(question.path);
    let shown = format!("{}?{}", question.path, question.query);
    let url = Some(with_query(url, &[question.query]));
    let method = if question.body.is_some() { Method::POST } else { Method::GET };
    let ask = Ask::new(method, url, shown.trim_end_matches('?'));
    let ask = question.body.into_iter().fold(ask, Ask::with_body);
    let heard = wire.ask(ask).await;
    (list, grant(list, &heard))
}

fn grant(list: List, heard: &Heard) -> Option<Grant> {
    let status = heard.status()?;
    match Grant::of_status(status) {
        Some(Grant::Granted) => {
            let is_list = heard.body().is_some_and(|body| scope::read(list, body).is_some());
            Some(if is_list || status == 204 { Grant::Granted } else { Grant::Failed })
        }
        Some(other) => Some(other),
        // Busy to the end.
        None => Some(Grant::Failed),
    }
}

/// A scope is granted if each of its lists is; the worst of them is told.
fn told(scope: Scope, asked: &[Asked], wire: &mut Wire) -> ScopeFinding {
    let worst = asked.iter().max_by_key(|(_, grant)| rank(*grant)).copied();
    let (list, grant) = worst.unwrap_or((List::Tokens, None));
    let endpoint = list.endpoint();
    let (mark, conclusion, advice) = match grant {
        Some(Grant::Granted) => {
            let all: Vec<&str> = asked.iter().map(|(list, _)| list.endpoint()).collect();
            (Mark::Good, format!("granted: {}", all.join(", ")), None)
        }
        Some(Grant::NotGranted) => (
            Mark::Note,
            format!("not granted: {endpoint}"),
            Some(format!("to have it read, add the endpoint {endpoint} (read) to the token")),
        ),
        Some(Grant::NotThere) => (
            Mark::Note,
            format!("not there: {endpoint}"),
            Some("the target is of another kind, or lacks the licence for it".to_owned()),
        ),
        Some(Grant::Failed) => (
            Mark::Note,
            format!("failed: {endpoint} does not answer with a list"),
            Some("try again later; usher reads on without it".to_owned()),
        ),
        None => (
            Mark::Change,
            format!("cannot be asked for: {endpoint}"),
            Some("first let `usher target check` reach the target".to_owned()),
        ),
    };
    let exchanges = wire.take_log();
    let finding = Finding { check: scope.word(), mark, conclusion, advice, exchanges };
    ScopeFinding { scope, grant, finding }
}

fn rank(grant: Option<Grant>) -> u8 {
    match grant {
        Some(Grant::Granted) => 0,
        Some(Grant::NotThere) => 1,
        Some(Grant::NotGranted) => 2,
        Some(Grant::Failed) => 3,
        None => 4,
    }
}
