//! The writing calls: one request each, but for a strict server that misses a value, and for PUT.

use super::body::{self, WorkValue};
use super::client::{Exchange, NoResponse, Response, ResponseBody};
use super::dialect::Update;
use super::verdict::{self, Asked, Meaning};
use super::{Ended, Provider, asked, read};
use crate::model::account::AttributeName;
use crate::model::call::{Call, Outcome, Reply, Request};
use crate::model::ids::ScimId;
use crate::model::operation::{Field, GroupRef, Operation};
use reqwest::Method;
use serde_json::Value as Json;
use std::collections::BTreeMap;
use url::Url;

impl Provider {
    pub(super) async fn write(&self, call: &Call, operation: &Operation) -> Ended {
        match operation {
            Operation::Create { active, attributes } => {
                if !attributes.contains_key(&AttributeName::USER_NAME) {
                    let what = "an account needs a `userName`, and no rule maps one";
                    return verdict::hopeless(Asked::Create, &self.name, what).into();
                }
                let body = body::new_user(*active, attributes, &self.dialect);
                self.write_one(call, Method::POST, self.address.users(), Some(body)).await
            }
            Operation::Change { account, active, attributes } => {
                let Some(url) = self.address.user(account) else {
                    return self.bad_id(Asked::Change).into();
                };
                match self.dialect.users.update {
                    Update::Patch | Update::PatchWithoutPath => {
                        self.change(call, url, *active, attributes).await
                    }
                    Update::Put => self.put(call, (account, url), *active, attributes).await,
                }
            }
            Operation::AddMember { account, group } => {
                let body = body::members_added(std::slice::from_ref(account), &self.dialect);
                self.patch(call, self.address.group(&group.id), body).await
            }
            Operation::RemoveMember { account, group } => {
                let form = self.dialect.groups.remove_member;
                let body = body::member_removed(account, form, &self.dialect);
                self.patch(call, self.address.group(&group.id), body).await
            }
            Operation::CreateGroup { name } => {
                let body = body::new_group(name);
                self.write_one(call, Method::POST, self.address.groups(), Some(body)).await
            }
            Operation::Delete { account } => {
                self.write_one(call, Method::DELETE, self.address.user(account), None).await
            }
        }
    }

    pub(super) async fn add_members(
        &self,
        call: &Call,
        group: &GroupRef,
        accounts: &[ScimId],
    ) -> Ended {
        if accounts.len() > self.dialect.groups.members_per_call.get() {
            let what = "more members at once than the dialect's `members_per_call`";
            return verdict::hopeless(Asked::AddMembers, &self.name, what).into();
        }
        let body = body::members_added(accounts, &self.dialect);
        self.patch(call, self.address.group(&group.id), body).await
    }

    /// One PATCH; another if a strict server has no e-mail yet that the first could replace.
    ///
    /// A PATCH is atomic (RFC 7644 §3.5.2): one that was refused has changed nothing.
    async fn change(
        &self,
        call: &Call,
        url: Url,
        active: Option<bool>,
        attributes: &BTreeMap<AttributeName, Field>,
    ) -> Ended {
        let mut bodies: Vec<Option<Json>> = WorkValue::ALL
            .into_iter()
            .map(|form| body::user_patch(active, attributes, form, &self.dialect))
            .collect();
        bodies.dedup();
        let mut no_target = None;
        for body in bodies {
            let Some(body) = body else {
                // Only removals, of what the server has just said is not there.
                let changed = Outcome::Done(Reply::Changed);
                return match &no_target {
                    Some(response) => Ended::of(changed, response),
                    None => changed.into(),
                };
            };
            let exchange = Exchange::new(call, Method::PATCH, url.clone(), Some(body));
            match self.client.exchange(&exchange).await {
                Ok(response) if Meaning::of(&response, &self.dialect) == Meaning::NoTarget => {
                    no_target = Some(response);
                }
                answer => return self.written(call, answer),
            }
        }
        match no_target {
            Some(response) => self.written(call, Ok(response)),
            None => Outcome::Done(Reply::Changed).into(),
        }
    }

    async fn patch(&self, call: &Call, url: Option<Url>, body: Json) -> Ended {
        self.write_one(call, Method::PATCH, url, Some(body)).await
    }

    async fn write_one(
        &self,
        call: &Call,
        method: Method,
        url: Option<Url>,
        body: Option<Json>,
    ) -> Ended {
        let Some(url) = url else {
            return self.bad_id(asked(&call.request)).into();
        };
        let exchange = Exchange::new(call, method, url, body);
        self.written(call, self.client.exchange(&exchange).await)
    }

    pub(super) fn written(&self, call: &Call, answer: Result<Response, NoResponse>) -> Ended {
        self.ended(call, answer, |response| {
            Outcome::Done(match (&call.request, &response.body) {
                (Request::Write(Operation::CreateGroup { name }), ResponseBody::Json(body)) => {
                    read::id(body).map_or(Reply::Changed, |id| {
                        Reply::Groups(vec![GroupRef { name: name.clone(), id }])
                    })
                }
                (Request::Write(operation), ResponseBody::Json(body)) => {
                    self.account_sent_back(operation, body)
                }
                (_, _) => Reply::Changed,
            })
        })
    }

    /// The account in a writing call's answer, if it is the whole of the one that was written.
    fn account_sent_back(&self, operation: &Operation, body: &Json) -> Reply {
        let sent_back = match operation {
            Operation::Create { .. } => read::account(body, &self.dialect),
            Operation::Change { account, .. } => {
                read::account(body, &self.dialect).filter(|found| found.id == *account)
            }
            Operation::AddMember { .. }
            | Operation::RemoveMember { .. }
            | Operation::CreateGroup { .. }
            | Operation::Delete { .. } => None,
        };
        sent_back.map_or(Reply::Changed, Reply::Account)
    }
}
