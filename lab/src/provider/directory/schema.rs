//! What a User and a Group may hold (RFC 7643 §4, §8.7.1), in the letter case of the RFC.

pub const CORE_USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
pub const CORE_GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
pub const ENTERPRISE_USER: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
/// Custom attributes, as Netskope has them.
pub const TENANT_USER: &str = "urn:ietf:params:scim:schemas:extension:tenant:2.0:User";

/// One attribute.
#[derive(Debug)]
pub struct Attribute {
    pub name: &'static str,
    pub kind: Kind,
    pub access: Access,
    /// A resource cannot be without it.
    pub is_required: bool,
}

/// What an attribute's value is.
#[derive(Debug)]
pub enum Kind {
    Text,
    Flag,
    /// One object.
    Complex(&'static [Attribute]),
    /// A list of objects.
    Values(&'static [Attribute]),
}

/// Who may set it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    ReadWrite,
    /// The provider alone.
    ReadOnly,
    /// Taken in and never shown.
    WriteOnly,
}

/// A kind of resource.
#[derive(Debug)]
pub struct Schema {
    pub name: &'static str,
    pub endpoint: &'static str,
    pub urn: &'static str,
    pub attributes: &'static [Attribute],
}

const fn attribute(name: &'static str, kind: Kind) -> Attribute {
    Attribute { name, kind, access: Access::ReadWrite, is_required: false }
}

const fn text(name: &'static str) -> Attribute {
    attribute(name, Kind::Text)
}

const fn required(name: &'static str) -> Attribute {
    Attribute { is_required: true, ..attribute(name, Kind::Text) }
}

const fn flag(name: &'static str) -> Attribute {
    attribute(name, Kind::Flag)
}

const fn values(name: &'static str) -> Attribute {
    attribute(name, Kind::Values(VALUE))
}

/// What each value of a list has (RFC 7643 §2.4).
const VALUE: &[Attribute] =
    &[text("value"), text("display"), text("type"), flag("primary"), text("$ref")];

/// Of a member only its id is kept.
const MEMBER: &[Attribute] =
    &[text("value"), Attribute { access: Access::ReadOnly, ..text("display") }];

const NAME: &[Attribute] = &[
    text("formatted"),
    text("familyName"),
    text("givenName"),
    text("middleName"),
    text("honorificPrefix"),
    text("honorificSuffix"),
];

const ADDRESS: &[Attribute] = &[
    text("formatted"),
    text("streetAddress"),
    text("locality"),
    text("region"),
    text("postalCode"),
    text("country"),
    text("type"),
    flag("primary"),
];

const MANAGER: &[Attribute] = &[text("value"), text("$ref"), text("displayName")];

pub static USER: Schema = Schema {
    name: "User",
    endpoint: "Users",
    urn: CORE_USER,
    attributes: &[
        required("userName"),
        text("externalId"),
        attribute("name", Kind::Complex(NAME)),
        text("displayName"),
        text("nickName"),
        text("profileUrl"),
        text("title"),
        text("userType"),
        text("preferredLanguage"),
        text("locale"),
        text("timezone"),
        flag("active"),
        Attribute { access: Access::WriteOnly, ..text("password") },
        values("emails"),
        values("phoneNumbers"),
        values("ims"),
        values("photos"),
        attribute("addresses", Kind::Values(ADDRESS)),
        Attribute { access: Access::ReadOnly, ..values("groups") },
        values("entitlements"),
        values("roles"),
        values("x509Certificates"),
    ],
};

pub static ENTERPRISE: Schema = Schema {
    name: "EnterpriseUser",
    endpoint: "",
    urn: ENTERPRISE_USER,
    attributes: &[
        text("employeeNumber"),
        text("costCenter"),
        text("organization"),
        text("division"),
        text("department"),
        attribute("manager", Kind::Complex(MANAGER)),
    ],
};

pub static GROUP: Schema = Schema {
    name: "Group",
    endpoint: "Groups",
    urn: CORE_GROUP,
    attributes: &[
        required("displayName"),
        text("externalId"),
        attribute("members", Kind::Values(MEMBER)),
    ],
};

/// The attribute called `name`, whatever its letter case (RFC 7643 §2.1).
pub fn find<'a>(attributes: &'a [Attribute], name: &str) -> Option<&'a Attribute> {
    attributes.iter().find(|attribute| attribute.name.eq_ignore_ascii_case(name))
}

/// Whether it is every resource's own: nobody sets it.
pub fn is_common(name: &str) -> bool {
    ["id", "meta", "schemas"].iter().any(|common| common.eq_ignore_ascii_case(name))
}

/// What follows a schema's URN and a colon, if `text` begins with it; empty for the URN alone.
pub fn after_urn<'a>(text: &'a str, urn: &str) -> Option<&'a str> {
    let (head, rest) = text.split_at_checked(urn.len())?;
    if !head.eq_ignore_ascii_case(urn) {
        return None;
    }
    if rest.is_empty() { Some(rest) } else { rest.strip_prefix(':') }
}
