//! How a provider says no: in the shape of the RFC, or in those that clients have met.

use super::Provider;
use super::answer::Answer;
use super::directory::Refusal;
use serde_json::{Value as Json, json};

impl Provider {
    /// In the words of a gateway, which knows no SCIM.
    pub(super) fn error(&self, status: u16, message: &str) -> Answer {
        if self.directory.manners().errors_are_plain {
            return Answer::plain(status, json!({ "message": message }));
        }
        Answer::scim(status, scim_error(status, None, message))
    }

    /// In one of the shapes that Netskope's clients have met, or in the one of the RFC.
    pub(super) fn refuse(&self, refusal: &Refusal) -> Answer {
        let (status, text) = (refusal.status(), refusal.to_string());
        if !self.directory.manners().errors_are_plain {
            return Answer::scim(status, scim_error(status, refusal.scim_type(), &text));
        }
        let body = match refusal {
            Refusal::NotThere(_) => json!({ "status": "error", "errors": [text] }),
            Refusal::Taken(_) => scim_error(status, refusal.scim_type(), &text),
            Refusal::NoTarget(_) | Refusal::Path(_) => json!({ "error": text }),
            Refusal::Value(_) | Refusal::UnknownMember(_) => {
                json!({ "status": { "code": status, "message": text } })
            }
            Refusal::ReadOnly(_)
            | Refusal::Filter(_)
            | Refusal::Syntax(_)
            | Refusal::Version
            | Refusal::Told { .. } => json!({ "message": text }),
        };
        Answer::plain(status, body)
    }
}

fn scim_error(status: u16, scim_type: Option<&str>, detail: &str) -> Json {
    let mut error = json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"],
        "status": status.to_string(),
        "detail": detail,
    });
    if let (Some(scim_type), Some(error)) = (scim_type, error.as_object_mut()) {
        error.insert("scimType".to_owned(), scim_type.into());
    }
    error
}
