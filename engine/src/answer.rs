//! What operations answer, as types: they name the status and the shape for those who read the API's description.
//! None is ever built.

use crate::Listing;
use schema::{
    schemars::{JsonSchema, Schema, SchemaGenerator, json_schema},
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
    /// What its body is written in.
    pub media: &'static str,
    /// What a file is written in that may be asked for instead of the body.
    pub file: Option<&'static str>,
}

impl Answered {
    const fn of(status: u16, body: Option<Schema>, tagged: bool) -> Self {
        Self { status, body, tagged, media: "application/json", file: None }
    }
}

/// What a text or a file is written in.
pub trait Media {
    /// Its media type (RFC 6838), without parameters.
    const NAME: &'static str;
}

/// 200 with some value.
pub struct Whole<T>(PhantomData<T>);
/// 200 with one record and its entity tag.
pub struct Record<T>(PhantomData<T>);
/// 201 with the new record and its entity tag.
pub struct Created<T>(PhantomData<T>);
/// 200 with a page of records, each with the columns that its list carries, and with those of `X`.
pub struct Listed<T, X = ()>(PhantomData<(T, X)>);
/// 200 with a text that is no JSON.
pub struct Texted<M>(PhantomData<M>);
/// What `A` is, or the same as a file, where the query asks for one.
pub struct OrFile<A, M>(PhantomData<(A, M)>);
/// 204.
pub struct Empty;
/// 202 with the work that goes on, and the place where it is looked after.
pub struct Later<T>(PhantomData<T>);
/// 202 without a body: it is done later, or nobody may learn whether it is.
pub struct Accepted;

impl<T: JsonSchema> Answer for Whole<T> {
    fn describe(generator: &mut SchemaGenerator, _: Option<&Listing>) -> Answered {
        Answered::of(200, Some(generator.subschema_for::<T>()), false)
    }
}
impl<T: JsonSchema> Answer for Record<T> {
    fn describe(generator: &mut SchemaGenerator, _: Option<&Listing>) -> Answered {
        Answered::of(200, Some(generator.subschema_for::<T>()), true)
    }
}
impl<T: JsonSchema> Answer for Created<T> {
    fn describe(generator: &mut SchemaGenerator, _: Option<&Listing>) -> Answered {
        Answered::of(201, Some(generator.subschema_for::<T>()), true)
    }
}
impl<T: JsonSchema> Answer for Later<T> {
    fn describe(generator: &mut SchemaGenerator, _: Option<&Listing>) -> Answered {
        Answered::of(202, Some(generator.subschema_for::<T>()), false)
    }
}
impl<M: Media> Answer for Texted<M> {
    fn describe(_: &mut SchemaGenerator, _: Option<&Listing>) -> Answered {
        Answered { media: M::NAME, ..Answered::of(200, Some(json_schema!({"type": "string"})), false) }
    }
}
impl<A: Answer, M: Media> Answer for OrFile<A, M> {
    fn describe(generator: &mut SchemaGenerator, listing: Option<&Listing>) -> Answered {
        Answered { file: Some(M::NAME), ..A::describe(generator, listing) }
    }
}
impl Answer for Accepted {
    fn describe(_: &mut SchemaGenerator, _: Option<&Listing>) -> Answered {
        Answered::of(202, None, false)
    }
}
impl Answer for Empty {
    fn describe(_: &mut SchemaGenerator, _: Option<&Listing>) -> Answered {
        Answered::of(204, None, false)
    }
}
impl<T: Table + JsonSchema, X: JsonSchema> Answer for Listed<T, X> {
    fn describe(generator: &mut SchemaGenerator, listing: Option<&Listing>) -> Answered {
        let mut record = T::json_schema(generator);
        let carried = listing.map_or_else(|| T::SPEC.key.to_vec(), Listing::carried);
        if let Some(properties) = record.get_mut("properties").and_then(|p| p.as_object_mut()) {
            // Rows that come from no index are put together by their operation, and may leave columns out.
            let whole = listing.is_some_and(|listing| listing.sorts.is_empty());
            properties.retain(|name, _| whole || carried.contains(&name.as_str()));
            let more = X::json_schema(generator);
            if let Some(more) = more.get("properties").and_then(|p| p.as_object()) {
                properties.extend(more.clone());
            }
        }
        if let Some(required) = record.get_mut("required").and_then(|r| r.as_array_mut()) {
            required.retain(|name| name.as_str().is_some_and(|name| carried.contains(&name)));
        }
        record.remove("description");
        Answered::of(200, Some(page_of(record, generator)), false)
    }
}
