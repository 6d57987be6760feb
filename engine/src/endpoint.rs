//! An operation is a value. One struct is REST body, socket call, validation, permission and typed
//! request; [`op`] erases its type at once, so the path is not generic over four hundred of them.

use crate::{
    Context, Error, Listing, Needs, Result, Route,
    answer::{Answer, Answered},
};
use actors::BoxFuture;
use base64::prelude::{BASE64_STANDARD, Engine as _};
use bytes::Bytes;
use schema::{
    caller::Caller,
    change::Change,
    code::Code,
    codec,
    id::Id,
    key::Key,
    reply::Reply,
    room::RoomId,
    schemars::{JsonSchema, Schema, SchemaGenerator},
    table::{Spec, Table},
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use serde_path_to_error::Segment;
use std::future::Future;
use uuid::Uuid;

/// One operation of the catalogue.
pub trait Endpoint:
    Serialize + DeserializeOwned + JsonSchema + garde::Validate<Context = ()> + Send + Sync + 'static
{
    /// Where it stands in the timetable.
    const ROUTE: Route;
    /// Who may.
    const NEEDS: Needs;
    /// Which token bucket it draws from.
    const RATE: Rate = Rate::Standard;
    /// The list that its `query` is asked of.
    const LISTING: Option<&'static Listing> = None;
    /// Names that its `query` understands besides, each with what it means.
    const ASKS: &'static [Param] = &[];
    /// What it answers.
    type Output: Answer;

    /// Where it runs.
    fn scope(&self, caller: &Caller) -> Scope;

    /// Answers, or says what to commit. May be run again when a commit meets a conflict, so it does
    /// nothing but read.
    fn run(&self, cx: &Context) -> impl Future<Output = Result<Outcome>> + Send;
}

/// Where an operation runs: at the home of what it is about, because there, and only there, reads,
/// guards and memberships are coherent.
#[derive(Clone, Debug)]
pub enum Scope {
    /// In this room.
    Room(RoomId),
    /// In the room that homes this record of a table declared `find`.
    Find(&'static Spec, Uuid),
    /// In the room of whoever holds this unique value.
    Claim(Key),
    /// In a room of this kind that begins with it.
    Birth(&'static str),
    /// In the room of a record of this type, which its module knows.
    Entity(String, Uuid),
    /// Nowhere: it reads across rooms.
    Nowhere,
}

impl Scope {
    /// The room of a record that is named by its id.
    #[must_use]
    pub fn of<T: Table>(id: Id<T>) -> Self {
        Self::Find(T::SPEC, id.uuid())
    }
}

/// A name in a query.
#[derive(Clone, Copy, Debug)]
pub struct Param {
    /// The name.
    pub name: &'static str,
    /// Its format: `date-time`, `date`, `integer`, `boolean`, or `text`.
    pub format: &'static str,
    /// A sentence.
    pub help: &'static str,
    /// Whether the question makes no sense without it.
    pub required: bool,
}

/// What an operation came to.
pub enum Outcome {
    /// An answer; nothing changes.
    Answer(Reply),
    /// 200 with a body that is JSON text already, for what is too large to be built as a value first.
    Text(Bytes),
    /// A change to commit; its reply is the answer.
    Commit(Change),
    /// The answer of what was done by commands of their own, and whether all of them had been carried out before.
    Done(Reply, bool),
}

impl Outcome {
    /// 200 with a value.
    ///
    /// # Errors
    /// When the value refuses to serialise.
    pub fn ok(body: &impl Serialize) -> Result<Self> {
        let body = serde_json::to_value(body)
            .map_err(|e| Error::new(Code::Internal, "the answer can't be written").because(e))?;
        Ok(Self::Answer(Reply::ok(body)))
    }

    /// The same without the value in between, for large answers.
    ///
    /// # Errors
    /// When the value refuses to serialise.
    pub fn text(body: &impl Serialize) -> Result<Self> {
        let text = serde_json::to_vec(body)
            .map_err(|e| Error::new(Code::Internal, "the answer can't be written").because(e))?;
        Ok(Self::Text(text.into()))
    }

    /// 200 with a file of a media type, under a name; it shows a record at this version.
    #[must_use]
    pub fn file(media: &str, name: String, bytes: &[u8], version: u64) -> Self {
        Self::Answer(Reply::file(media, name, BASE64_STANDARD.encode(bytes)).tagged(version))
    }

    /// 200 with one record and its entity tag.
    ///
    /// # Errors
    /// When the record refuses to serialise.
    pub fn record(body: &impl Serialize, version: u64) -> Result<Self> {
        match Self::ok(body)? {
            Self::Answer(reply) => Ok(Self::Answer(reply.tagged(version))),
            other => Ok(other),
        }
    }
}

/// Which token bucket a call draws from; the gateway knows the sizes.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Rate {
    /// The caller's ordinary bucket.
    Standard,
    /// Signing in, by address.
    Login,
    /// Chat messages.
    Chat,
}

/// An operation whose type is forgotten.
#[derive(Clone, Copy)]
pub struct Operation {
    /// The route.
    pub route: Route,
    /// Who may.
    pub needs: Needs,
    /// Which bucket.
    pub rate: Rate,
    /// The list that its query is asked of.
    pub listing: Option<&'static Listing>,
    /// Names that its query understands besides.
    pub asks: &'static [Param],
    name: fn() -> &'static str,
    decode: fn(Value) -> Result<Box<dyn Erased>>,
    takes: fn(&mut SchemaGenerator) -> Schema,
    answers: fn(&mut SchemaGenerator, Option<&Listing>) -> Answered,
}

impl Operation {
    /// The operation's name: `operationId`, the `name` of a socket call, the action in an audit line.
    #[must_use]
    pub fn name(&self) -> &'static str {
        (self.name)()
    }

    /// The schema of its fields: path values, body and `query` in one object; its description is the operation's.
    #[must_use]
    pub fn takes(&self, generator: &mut SchemaGenerator) -> Schema {
        (self.takes)(generator)
    }

    /// What it answers when it is not refused.
    #[must_use]
    pub fn answers(&self, generator: &mut SchemaGenerator) -> Answered {
        (self.answers)(generator, self.listing)
    }

    /// Whether an input would be taken, were it sent: decoded and held to its rules.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn check(&self, input: Value) -> Result<()> {
        self.decode(input).map(drop)
    }

    pub(crate) fn decode(&self, input: Value) -> Result<Box<dyn Erased>> {
        (self.decode)(input)
    }
}

/// Puts an operation into the timetable.
#[must_use]
pub const fn op<T: Endpoint>() -> Operation {
    Operation {
        route: T::ROUTE,
        needs: T::NEEDS,
        rate: T::RATE,
        listing: T::LISTING,
        asks: T::ASKS,
        name: name::<T>,
        decode: decode::<T>,
        takes: T::json_schema,
        answers: T::Output::describe,
    }
}

fn name<T>() -> &'static str {
    let path = std::any::type_name::<T>();
    path.rsplit("::").next().unwrap_or(path)
}

fn decode<T: Endpoint>(input: Value) -> Result<Box<dyn Erased>> {
    let operation: T = serde_path_to_error::deserialize(input).map_err(|error| unreadable(&error))?;
    operation.validate().map_err(|report| invalid(&report))?;
    Ok(Box::new(operation))
}

fn unreadable(error: &serde_path_to_error::Error<serde_json::Error>) -> Error {
    let message = error.inner().to_string();
    let pointer = pointer(error.path());
    if let Some(field) = message.strip_prefix("unknown field `").and_then(|rest| rest.split('`').next()) {
        let refused = Error::new(Code::UnknownField, format!("there is no field `{field}` here"));
        return refused.and_field(&pointer, "unknown", message.clone());
    }
    if let Some(field) = message.strip_prefix("missing field `").and_then(|rest| rest.split('`').next()) {
        return Error::field(&format!("{pointer}/{field}"), "required", "this field is required");
    }
    Error::field(&pointer, "invalid", message)
}

/// A place in the input as a JSON Pointer (RFC 6901).
fn pointer(path: &serde_path_to_error::Path) -> String {
    let token = |segment: &Segment| match segment {
        Segment::Seq { index } => format!("/{index}"),
        Segment::Map { key } => format!("/{}", key.replace('~', "~0").replace('/', "~1")),
        Segment::Enum { .. } | Segment::Unknown => String::new(),
    };
    path.iter().map(token).collect()
}

fn invalid(report: &garde::Report) -> Error {
    let refused = Error::new(Code::Validation, "some fields are not valid");
    report.iter().fold(refused, |error, (path, reason)| {
        // It names our own fields, `tags[0]`, in which nothing must be escaped.
        let pointer = format!("/{}", path.to_string().replace('[', "/").replace(']', "").replace('.', "/"));
        error.and_field(&pointer, "invalid", reason.message())
    })
}

/// What the path needs of an operation it does not know.
pub(crate) trait Erased: Send + Sync {
    fn scope(&self, caller: &Caller) -> Scope;
    fn run<'a>(&'a self, cx: &'a Context) -> BoxFuture<'a, Result<Outcome>>;
    /// The input after decoding, its fields in the order of the type: what a command's hash is taken over.
    fn canonical(&self) -> Vec<u8>;
}

impl<T: Endpoint> Erased for T {
    fn scope(&self, caller: &Caller) -> Scope {
        Endpoint::scope(self, caller)
    }
    fn run<'a>(&'a self, cx: &'a Context) -> BoxFuture<'a, Result<Outcome>> {
        Box::pin(Endpoint::run(self, cx))
    }
    fn canonical(&self) -> Vec<u8> {
        // What is free in its shape is a `Value`, which keeps its members sorted.
        codec::to_msgpack(self).unwrap_or_default()
    }
}
