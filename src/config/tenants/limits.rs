//! How many people a target may be changed for in any hour and any day.
//!
//! What is not named is as usual; `none` says that there is no such limit.

use crate::engine::brakes::kind::LimitKind;
use crate::engine::brakes::limits;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, Error, IntoDeserializer, MapAccess, Visitor};
use serde::{Deserialize, Serialize, Serializer};
use std::fmt;
use std::marker::PhantomData;

/// The key `limits` of a target.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// Accounts made inactive or put into a restricting group, and the groups that they leave with that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cut: Option<OrNone<Limit>>,
    /// Accounts deleted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delete: Option<OrNone<Limit>>,
    /// Accounts made, and the groups that they join with that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub create: Option<OrNone<Limit>>,
    /// People who leave a group and stay.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub leave: Option<OrNone<Limit>>,
    /// Accounts made active, people who join a group or leave a restricting one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub grant: Option<OrNone<Limit>>,
    /// Accounts that lose a value or their user name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub change: Option<OrNone<Limit>>,
    /// Members that one group may lose within an hour.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group: Option<OrNone<Share>>,
    /// Cuts beyond the limit for claims of precedence `security`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reserve: Option<OrNone<Reserve>>,
}

/// Something, or `none`: then there is no such limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OrNone<T> {
    Some(T),
    None,
}

/// What binds within an hour, and what within a day; the stricter counts.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Limit {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hour: Option<OrNone<Ceiling>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub day: Option<OrNone<Ceiling>>,
}

/// So many people, and so many percent of the accounts; the stricter counts.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Ceiling {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub count: Option<OrNone<u32>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub percent: Option<OrNone<u8>>,
}

/// So many percent of a group's members, if it has at least so many.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Share {
    #[schemars(range(min = 0, max = 100))]
    pub percent: u8,
    pub from_members: usize,
}

/// Cuts an hour beyond the limit: in all, for one source, by one rule.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Reserve {
    pub an_hour: u32,
    pub per_source: u32,
    pub per_rule: u32,
}

/// Shows what holds, be it said or usual.
pub(super) fn shown<S: Serializer>(limits: &OrNone<Limits>, out: S) -> Result<S::Ok, S::Error> {
    match limits {
        OrNone::None => OrNone::<Limits>::None.serialize(out),
        OrNone::Some(limits) => limits.whole().serialize(out),
    }
}

impl Default for Share {
    fn default() -> Self {
        let usual = limits::Limits::usual();
        Self { percent: usual.group_percent.unwrap_or(100), from_members: usual.group_least }
    }
}

impl Default for Reserve {
    fn default() -> Self {
        let limits::Reserve { an_hour, per_source, per_rule } = limits::Limits::usual().reserve;
        Self { an_hour, per_source, per_rule }
    }
}

impl Limits {
    /// What the engine is told.
    pub fn settings(&self) -> limits::Limits {
        let mut settings = limits::Limits::usual();
        for (kind, said) in self.kinds() {
            match said {
                None => {}
                Some(OrNone::None) => {
                    settings.kinds.remove(&kind);
                }
                Some(OrNone::Some(limit)) => {
                    let usual = settings.kinds.entry(kind).or_default();
                    usual.hour = merged(limit.hour, usual.hour);
                    usual.day = merged(limit.day, usual.day);
                }
            }
        }
        match self.group {
            None => {}
            Some(OrNone::None) => settings.group_percent = None,
            Some(OrNone::Some(share)) => {
                settings.group_percent = Some(share.percent);
                settings.group_least = share.from_members;
            }
        }
        match self.reserve {
            None => {}
            Some(OrNone::None) => settings.reserve = limits::Reserve::default(),
            Some(OrNone::Some(Reserve { an_hour, per_source, per_rule })) => {
                settings.reserve = limits::Reserve { an_hour, per_source, per_rule };
            }
        }
        settings
    }

    /// The same, with nothing left to be as usual.
    fn whole(&self) -> Self {
        let settings = self.settings();
        let ceiling = |limits::Ceiling { count, percent }| {
            let is_there = count.is_some() || percent.is_some();
            let ceiling = Ceiling { count: Some(count.into()), percent: Some(percent.into()) };
            Some(if is_there { OrNone::Some(ceiling) } else { OrNone::None })
        };
        let limit = |kind| {
            let limit: Option<&limits::Limit> = settings.kinds.get(&kind);
            Some(limit.map_or(OrNone::None, |it| {
                OrNone::Some(Limit { hour: ceiling(it.hour), day: ceiling(it.day) })
            }))
        };
        let limits::Reserve { an_hour, per_source, per_rule } = settings.reserve;
        let share = |percent| Share { percent, from_members: settings.group_least };
        Self {
            cut: limit(LimitKind::Cut),
            delete: limit(LimitKind::Delete),
            create: limit(LimitKind::Create),
            leave: limit(LimitKind::Leave),
            grant: limit(LimitKind::Grant),
            change: limit(LimitKind::Change),
            group: Some(settings.group_percent.map_or(OrNone::None, |it| OrNone::Some(share(it)))),
            reserve: Some(OrNone::Some(Reserve { an_hour, per_source, per_rule })),
        }
    }

    fn kinds(&self) -> [(LimitKind, Option<OrNone<Limit>>); 6] {
        LimitKind::ALL.map(|kind| {
            let said = match kind {
                LimitKind::Cut => self.cut,
                LimitKind::Delete => self.delete,
                LimitKind::Create => self.create,
                LimitKind::Leave => self.leave,
                LimitKind::Grant => self.grant,
                LimitKind::Change => self.change,
            };
            (kind, said)
        })
    }
}

/// What is not said is as usual.
fn merged(said: Option<OrNone<Ceiling>>, usual: limits::Ceiling) -> limits::Ceiling {
    match said {
        None => usual,
        Some(OrNone::None) => limits::Ceiling::default(),
        Some(OrNone::Some(Ceiling { count, percent })) => limits::Ceiling {
            count: count.map_or(usual.count, OrNone::some),
            percent: percent.map_or(usual.percent, OrNone::some),
        },
    }
}

impl<T> OrNone<T> {
    fn some(self) -> Option<T> {
        match self {
            Self::Some(it) => Some(it),
            Self::None => None,
        }
    }
}

impl<T> From<Option<T>> for OrNone<T> {
    fn from(it: Option<T>) -> Self {
        it.map_or(Self::None, Self::Some)
    }
}

impl<T: Serialize> Serialize for OrNone<T> {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Some(it) => it.serialize(out),
            Self::None => out.serialize_str("none"),
        }
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for OrNone<T> {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        struct Reading<T>(PhantomData<T>);

        impl<'de, T: Deserialize<'de>> Visitor<'de> for Reading<T> {
            type Value = OrNone<T>;

            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("`none`, or what the limit is")
            }

            fn visit_str<E: Error>(self, word: &str) -> Result<Self::Value, E> {
                match word {
                    "none" => Ok(OrNone::None),
                    other => Err(E::invalid_value(serde::de::Unexpected::Str(other), &self)),
                }
            }

            fn visit_u64<E: Error>(self, number: u64) -> Result<Self::Value, E> {
                T::deserialize(number.into_deserializer()).map(OrNone::Some)
            }

            fn visit_i64<E: Error>(self, number: i64) -> Result<Self::Value, E> {
                T::deserialize(number.into_deserializer()).map(OrNone::Some)
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
                T::deserialize(MapAccessDeserializer::new(map)).map(OrNone::Some)
            }
        }

        input.deserialize_any(Reading(PhantomData))
    }
}

impl<T: schemars::JsonSchema> schemars::JsonSchema for OrNone<T> {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        format!("OrNone{}", T::schema_name()).into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let inner = generator.subschema_for::<T>();
        schemars::json_schema!({ "oneOf": [{ "const": "none" }, inner] })
    }
}
