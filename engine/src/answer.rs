//! What operations answer, as types: they name the status and the shape for those who read the API's description.
//! None is ever built.

use crate::Listing;
use schema::{
    schemars::{JsonSchema, Schema, SchemaGenerator},
    shape::page_of,
    table::Table,
};
use std::marker::PhantomData;

/// What a call that was not refused is answered with.
pub trait Answer {
    /// Describes it; a list by the columns that are carried in all of its orders.
    fn describe(generator: &mut SchemaGenerator, listing: Option<&Listing>) -> Answered;
}

/// A description of an answer.
#[derive(Clone, Debug)]
pub struct Answered {
    /// The status.
    pub status: u16,
    /// The body; none where it is empty.
    pub body: Option<Schema>,
    /// Whether it has an entity tag.
    pub tagged: bool,
}

/// 200 with some value.
pub struct Whole<T>(PhantomData<T>);
/// 200 with one record and its entity tag.
pub struct Record<T>(PhantomData<T>);
/// 201 with the new record and its entity tag.
pub struct Created<T>(PhantomData<T>);
/// 200 with a page of records, each with the columns that its list carries, and with those of `X`.
pub struct Listed<T, X = ()>(PhantomData<(T, X)>);
/// 204.
pub struct Empty;
/// 202 without a body: it is done later, or nobody may learn whether it is.
pub struct Accepted;

impl<T: JsonSchema> Answer for Whole<T> {
    fn describe(generator: &mut SchemaGenerator, _: Option<&Listing>) -> Answered {
        Answered { status: 200, body: Some(generator.subschema_for::<T>()), tagged: false }
    }
}
impl<T: JsonSchema> Answer for Record<T> {
    fn describe(generator: &mut SchemaGenerator, _: Option<&Listing>) -> Answered {
        Answered { status: 200, body: Some(generator.subschema_for::<T>()), tagged: true }
    }
}
impl<T: JsonSchema> Answer for Created<T> {
    fn describe(generator: &mut SchemaGenerator, _: Option<&Listing>) -> Answered {
        Answered { status: 201, body: Some(generator.subschema_for::<T>()), tagged: true }
    }
}
impl Answer for Accepted {
    fn describe(_: &mut SchemaGenerator, _: Option<&Listing>) -> Answered {
        Answered { status: 202, body: None, tagged: false }
    }
}
impl Answer for Empty {
    fn describe(_: &mut SchemaGenerator, _: Option<&Listing>) -> Answered {
        Answered { status: 204, body: None, tagged: false }
    }
}
impl<T: Table + JsonSchema, X: JsonSchema> Answer for Listed<T, X> {
    fn describe(generator: &mut SchemaGenerator, listing: Option<&Listing>) -> Answered {
        let mut record = T::json_schema(generator);
        let carried = listing.map_or_else(|| T::SPEC.key.to_vec(), Listing::carried);
        if let Some(properties) = record.get_mut("properties").and_then(|p| p.as_object_mut()) {
            properties.retain(|name, _| carried.contains(&name.as_str()));
            let more = X::json_schema(generator);
            if let Some(more) = more.get("properties").and_then(|p| p.as_object()) {
                properties.extend(more.clone());
            }
        }
        if let Some(required) = record.get_mut("required").and_then(|r| r.as_array_mut()) {
            required.retain(|name| name.as_str().is_some_and(|name| carried.contains(&name)));
        }
        record.remove("description");
        Answered { status: 200, body: Some(page_of(record, generator)), tagged: false }
    }
}
