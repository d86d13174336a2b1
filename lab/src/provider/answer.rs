//! What goes back.

use serde_json::Value as Json;

const SCIM: &str = "application/scim+json;charset=utf-8";
const PLAIN: &str = "application/json";

/// An answer; its headers without the length.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(&'static str, String)>,
    pub body: Option<Json>,
}

impl Answer {
    pub fn empty(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: None }
    }

    pub fn scim(status: u16, body: Json) -> Self {
        Self { body: Some(body), ..Self::empty(status) }.with_header("content-type", SCIM)
    }

    pub fn plain(status: u16, body: Json) -> Self {
        Self { body: Some(body), ..Self::empty(status) }.with_header("content-type", PLAIN)
    }

    #[must_use]
    pub fn with_header(mut self, name: &'static str, value: &str) -> Self {
        self.headers.retain(|(known, _)| *known != name);
        self.headers.push((name, value.to_owned()));
        self
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str())
    }

    /// 201, and where it is now.
    pub(super) fn created(mut self) -> Self {
        self.status = 201;
        let location = self.body.as_ref().and_then(|body| body.pointer("/meta/location")?.as_str());
        match location.map(str::to_owned) {
            Some(location) => self.with_header("location", &location),
            None => self,
        }
    }
}
