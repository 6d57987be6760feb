//! One operation: its words, its parameters, its body, what it answers and why it may refuse.

use super::{
    parameters,
    responses::{self, Shared},
    schemas::{Schemas, plain, width},
};
use engine::{Tells, catalog::Entry};
use schema::schemars::{
    Schema,
    transform::{RecursiveTransform, Transform as _},
};
use serde_json::{Map, Value, json};

/// Describes an operation.
pub(super) fn describe(entry: &Entry, schemas: &mut Schemas, shared: &mut Shared) -> Value {
    let operation = &entry.operation;
    let mut input = operation.takes(&mut schemas.taken);
    RecursiveTransform(|schema: &mut Schema| width(schema)).transform(&mut input);
    let mut answered = operation.answers(&mut schemas.answered);
    if let Some(body) = &mut answered.body {
        plain(body);
    }
    let words = input.get("description").and_then(Value::as_str).unwrap_or_default().to_owned();
    let (summary, rest) = split(&words);
    let names = path_names(operation.route.path);
    let needs = operation.needs.words();
    let asks = input.get("properties").is_some_and(|fields| fields.get("query").is_some());
    let mut described = json!({
        "operationId": operation.name(),
        "tags": [tag(entry.base)],
        "summary": summary,
        "description": said(rest, &needs),
        "parameters": parameters::of(entry, &input, &names, answered.tagged),
        "responses": responses::of(entry, &answered, (!names.is_empty(), asks), shared),
        "x-permission": needs,
    });
    let Some(members) = described.as_object_mut() else { return described };
    if operation.needs.is_public() {
        members.insert("security".into(), json!([]));
    }
    match operation.route.tells {
        Tells::Nothing => {}
        Tells::Events(events) => drop(members.insert("x-events".into(), json!(events))),
        Tells::Nobody(because) => drop(members.insert("x-tells-nobody".into(), json!(because))),
    }
    if let Some(body) = body(entry, &input, &names) {
        members.insert("requestBody".into(), body);
    }
    described
}

/// What the operations of a module stand under: the last part of its path.
pub(super) fn tag(base: &str) -> &str {
    base.rsplit('/').next().unwrap_or(base)
}

/// The first sentence, and the rest.
fn split(words: &str) -> (String, String) {
    let words = words.replace('\n', " ");
    match words.split_once(". ") {
        Some((first, rest)) => (first.to_owned(), rest.trim().to_owned()),
        None => (words.trim_end_matches('.').to_owned(), String::new()),
    }
}

fn said(rest: String, needs: &str) -> String {
    let needs = format!("Needs: `{needs}`.");
    if rest.is_empty() { needs } else { format!("{rest}\n\n{needs}") }
}

/// The names in a path.
fn path_names(path: &str) -> Vec<&str> {
    path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}')).collect()
}

/// The body: every field that is said neither by the path nor by the query.
fn body(entry: &Entry, input: &Schema, names: &[&str]) -> Option<Value> {
    let route = entry.operation.route;
    if route.is_read() {
        return None;
    }
    let elsewhere = |name: &str| names.contains(&name) || name == "query";
    let fields = input.get("properties").and_then(Value::as_object).cloned().unwrap_or_default();
    let fields: Map<String, Value> = fields.into_iter().filter(|(name, _)| !elsewhere(name)).collect();
    if fields.is_empty() {
        return None;
    }
    let required = input.get("required").and_then(Value::as_array).cloned().unwrap_or_default();
    let required: Vec<Value> =
        required.into_iter().filter(|name| name.as_str().is_some_and(|name| !elsewhere(name))).collect();
    let schema = json!({
        "type": "object",
        "properties": fields,
        "required": required,
        "additionalProperties": false,
    });
    Some(json!({
        "required": !required.is_empty(),
        "content": {"application/json": {"schema": schema}},
    }))
}
