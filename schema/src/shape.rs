//! What the scalar types look like to others: their JSON Schema (draft 2020-12). They have no rules beyond being
//! read, so they are always valid.

use crate::{
    codec::Packed,
    id::Id,
    money::Currency,
    page::{Page, PageInfo},
    role::Role,
    room::RoomId,
    time::{Date, Timestamp},
};
use garde::{Path, Report, Validate};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use std::borrow::Cow;

/// A scalar: its name, its schema, and nothing to validate.
macro_rules! scalar {
    ([$($generic:tt)*] $ty:ty, $name:literal, $schema:expr) => {
        impl<$($generic)*> JsonSchema for $ty {
            fn inline_schema() -> bool {
                true
            }
            fn schema_name() -> Cow<'static, str> {
                $name.into()
            }
            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                $schema
            }
        }
        impl<$($generic)*> Validate for $ty {
            type Context = ();
            fn validate_into(&self, (): &(), _: &mut dyn FnMut() -> Path, _: &mut Report) {}
        }
    };
}

scalar!([K: ?Sized] Id<K>, "Id", json_schema!({"type": "string", "format": "uuid"}));
scalar!([] Timestamp, "Timestamp", json_schema!({"type": "string", "format": "date-time"}));
scalar!([] Date, "Date", json_schema!({"type": "string", "format": "date"}));
scalar!([] Role, "Role", {
    let words = Role::ALL.map(Role::word);
    json_schema!({"type": "string", "enum": words})
});
scalar!([] Currency, "Currency", {
    let codes: Vec<_> = Currency::ALL.iter().filter_map(|currency| serde_json::to_value(currency).ok()).collect();
    json_schema!({"type": "string", "enum": codes})
});
scalar!([] RoomId, "RoomId", json_schema!({"type": "string"}));
scalar!([] Packed, "Packed", json_schema!({"type": "object"}));

impl<T: JsonSchema> JsonSchema for Page<T> {
    fn schema_name() -> Cow<'static, str> {
        format!("PageOf{}", T::schema_name()).into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        page_of(generator.subschema_for::<T>(), generator)
    }
}

/// One page of records that look like this.
#[must_use]
pub fn page_of(record: Schema, generator: &mut SchemaGenerator) -> Schema {
    let page = generator.subschema_for::<PageInfo>();
    json_schema!({
        "type": "object",
        "properties": {"data": {"type": "array", "items": record}, "page": page},
        "required": ["data", "page"],
    })
}
