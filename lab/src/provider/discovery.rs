//! What the provider says of itself (RFC 7644 §4).

use super::answer::Answer;
use super::{Failure, Provider};
use crate::provider::directory::Refusal;
use crate::provider::directory::schema::{
    self, Access, Attribute, CORE_USER, ENTERPRISE_USER, Kind, Schema, TENANT_USER,
};
use serde_json::{Value as Json, json};

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Page {
    ServiceProviderConfig,
    Schemas(Option<String>),
    ResourceTypes(Option<String>),
}

impl Page {
    pub(super) fn of(name: &str, id: Option<String>) -> Option<Self> {
        match (name, id) {
            ("ServiceProviderConfig", None) => Some(Self::ServiceProviderConfig),
            ("Schemas", id) => Some(Self::Schemas(id)),
            ("ResourceTypes", id) => Some(Self::ResourceTypes(id)),
            _ => None,
        }
    }
}

impl Provider {
    pub(super) fn discover(&self, page: &Page) -> Result<Answer, Failure> {
        let (all, id) = match page {
            Page::ServiceProviderConfig => {
                return Ok(Answer::scim(200, self.service_provider_config()));
            }
            Page::Schemas(id) => (self.schemas(), id),
            Page::ResourceTypes(id) => (self.resource_types(), id),
        };
        let Some(id) = id else {
            return Ok(Answer::scim(
                200,
                json!({
                    "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
                    "totalResults": all.len(),
                    "startIndex": 1,
                    "itemsPerPage": all.len(),
                    "Resources": all,
                }),
            ));
        };
        let is_it = |item: &Json| item.get("id").and_then(Json::as_str) == Some(id.as_str());
        let found = all.into_iter().find(is_it);
        found
            .map(|found| Answer::scim(200, found))
            .ok_or_else(|| Refusal::NotThere(id.clone()).into())
    }

    fn service_provider_config(&self) -> Json {
        let manners = self.directory.manners();
        json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"],
            "patch": { "supported": true },
            "bulk": { "supported": false, "maxOperations": 0, "maxPayloadSize": 0 },
            "filter": { "supported": true, "maxResults": manners.page_size_max },
            "changePassword": { "supported": false },
            "sort": { "supported": false },
            "etag": { "supported": manners.has_etags },
            "authenticationSchemes": [{
                "type": "oauthbearertoken",
                "name": "Bearer token",
                "description": "The token that the sandbox was started with",
                "primary": true,
            }],
            "meta": {
                "resourceType": "ServiceProviderConfig",
                "location": self.location("ServiceProviderConfig"),
            },
        })
    }

    fn schemas(&self) -> Vec<Json> {
        let mut all: Vec<Json> = [&schema::USER, &schema::ENTERPRISE, &schema::GROUP]
            .into_iter()
            .map(|schema| self.schema_json(schema.urn, schema.name, schema.attributes))
            .collect();
        if self.directory.manners().custom_attributes.is_some() {
            all.push(self.schema_json(TENANT_USER, "Custom attributes", &[]));
        }
        all
    }

    fn schema_json(&self, urn: &str, name: &str, attributes: &[Attribute]) -> Json {
        json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Schema"],
            "id": urn,
            "name": name,
            "description": name,
            "attributes": attributes.iter().map(attribute_json).collect::<Vec<_>>(),
            "meta": {
                "resourceType": "Schema",
                "location": self.location(&format!("Schemas/{urn}")),
            },
        })
    }

    fn resource_types(&self) -> Vec<Json> {
        let custom = self.directory.manners().custom_attributes.map(|_| TENANT_USER);
        let extension = |urn: &str| json!({ "schema": urn, "required": false });
        let of = |schema: &Schema| {
            let mut shown = json!({
                "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ResourceType"],
                "id": schema.name,
                "name": schema.name,
                "description": schema.name,
                "endpoint": format!("/{}", schema.endpoint),
                "schema": schema.urn,
                "meta": {
                    "resourceType": "ResourceType",
                    "location": self.location(&format!("ResourceTypes/{}", schema.name)),
                },
            });
            if schema.urn == CORE_USER
                && let Some(shown) = shown.as_object_mut()
            {
                let urns = std::iter::once(ENTERPRISE_USER).chain(custom);
                shown.insert("schemaExtensions".to_owned(), urns.map(extension).collect());
            }
            shown
        };
        vec![of(&schema::USER), of(&schema::GROUP)]
    }
}

fn attribute_json(attribute: &Attribute) -> Json {
    let (kind, is_list, subs) = match attribute.kind {
        Kind::Text => ("string", false, None),
        Kind::Flag => ("boolean", false, None),
        Kind::Complex(subs) => ("complex", false, Some(subs)),
        Kind::Values(subs) => ("complex", true, Some(subs)),
    };
    let name = attribute.name;
    let mut shown = json!({
        "name": name,
        "type": kind,
        "multiValued": is_list,
        "description": name,
        "required": attribute.is_required,
        "mutability": match attribute.access {
            Access::ReadWrite => "readWrite",
            Access::ReadOnly => "readOnly",
            Access::WriteOnly => "writeOnly",
        },
        "returned": if attribute.access == Access::WriteOnly { "never" } else { "default" },
        "uniqueness": if name == "userName" { "server" } else { "none" },
    });
    if let Some(shown) = shown.as_object_mut() {
        if kind == "string" {
            shown.insert("caseExact".to_owned(), (name == "externalId").into());
        }
        if let Some(subs) = subs {
            shown.insert("subAttributes".to_owned(), subs.iter().map(attribute_json).collect());
        }
    }
    shown
}
