//! What is said outside the body: values in the path, names in the query, headers.

use engine::{Listing, Param, catalog::Entry};
use schema::schemars::Schema;
use serde_json::{Map, Value, json};

/// A name in the query that may be left out.
pub(super) fn query(name: &str, schema: Value, help: &str) -> Value {
    json!({"name": name, "in": "query", "required": false, "schema": schema, "description": help})
}

/// Parameters that many operations share.
pub(super) fn components() -> Value {
    let header = |name: &str, schema: Value, help: &str| json!({"name": name, "in": "header", "required": false, "schema": schema, "description": help});
    let limit = json!({"type": "integer", "minimum": 1, "maximum": 100, "default": 20});
    let key = json!({"type": "string", "minLength": 1, "maxLength": 64, "pattern": "^[ -}]+$"});
    json!({
        "required_key": {
            "name": "Idempotency-Key",
            "in": "header",
            "required": true,
            "schema": key,
            "example": "01935fae-d5b8-7000-8000-000000000001",
            "description": "Names this command for 24 hours, so that repeating it does it once. Without one it is refused.",
        },
        "limit": query("limit", limit, "How many records a page holds."),
        "cursor": query("cursor", json!({"type": "string", "maxLength": 1000}), "Where the last page ended: its `page.next_cursor`."),
        "with_total": query("with_total", json!({"type": "boolean"}), "Whether to count: up to 10,000."),
        "fields": query("fields", json!({"type": "string", "maxLength": 200}), "The columns to show, with commas between; `id` always is."),
        "expand": query("expand", json!({"type": "string", "maxLength": 200}), "Columns whose records are named beside them, such as `assignee` for `assignee_id`."),
        "q": query("q", json!({"type": "string", "maxLength": 100}), "Words that are in the record; the last one may be unfinished."),
        "lang": query("lang", json!({"type": "string", "enum": ["fr", "en"]}), "The language of titles and texts."),
        "idempotency_key": header(
            "Idempotency-Key",
            key,
            "Names this command for 24 hours, so that repeating it does it once.",
        ),
        "if_match": header(
            "If-Match",
            json!({"type": "string", "pattern": "^\"v[0-9]{1,18}\\.[0-9]{1,18}\"$"}),
            "Refuses the write unless the record is at this version.",
        ),
        "if_none_match": header(
            "If-None-Match",
            json!({"type": "string"}),
            "Answers 304 where the record is still at this version.",
        ),
    })
}

fn shared(name: &str) -> Value {
    json!({"$ref": format!("#/components/parameters/{name}")})
}

/// The parameters of an operation.
pub(super) fn of(entry: &Entry, input: &Schema, names: &[&str], tagged: bool) -> Vec<Value> {
    let operation = &entry.operation;
    let properties = input.get("properties").and_then(Value::as_object).cloned().unwrap_or_default();
    let mut parameters: Vec<Value> = names.iter().map(|name| in_path(name, &properties)).collect();
    if let Some(listing) = operation.listing {
        parameters.extend(["limit", "cursor", "with_total", "fields", "expand"].map(shared));
        if !listing.spec.sought().is_empty() {
            parameters.push(shared("q"));
        }
        parameters.push(sort(listing));
        parameters.extend(filters(listing));
    }
    let own = operation.asks.iter().filter(|param| operation.listing.is_none() || param.name != "limit");
    parameters.extend(own.map(asked));
    parameters.push(shared("lang"));
    if operation.route.is_read() {
        if tagged {
            parameters.push(shared("if_none_match"));
        }
    } else if !operation.needs.is_public() {
        let key = if operation.route.keyed { "required_key" } else { "idempotency_key" };
        parameters.extend([key, "if_match"].map(shared));
    }
    parameters
}

fn in_path(name: &str, properties: &Map<String, Value>) -> Value {
    let mut schema = properties.get(name).cloned().unwrap_or_else(|| json!({"type": "string"}));
    let help = schema.as_object_mut().and_then(|schema| schema.remove("description"));
    json!({
        "name": name,
        "in": "path",
        "required": true,
        "schema": schema,
        "description": help.unwrap_or_default(),
    })
}

fn asked(param: &Param) -> Value {
    let schema = match param.format {
        "date-time" | "date" | "uuid" => json!({"type": "string", "format": param.format}),
        "integer" => json!({"type": "integer", "minimum": 0}),
        "boolean" => json!({"type": "boolean"}),
        _ => json!({"type": "string", "maxLength": 100}),
    };
    json!({
        "name": param.name,
        "in": "query",
        "required": param.required,
        "schema": schema,
        "description": param.help,
    })
}

fn sort(listing: &Listing) -> Value {
    let names: Vec<&str> = listing.sort_names().collect();
    let default = listing.sorts.first().map(|(name, _)| *name).unwrap_or_default();
    json!({
        "name": "sort",
        "in": "query",
        "required": false,
        "schema": {"type": "string", "maxLength": 100},
        "description": format!("A column, `-` before it for backward: {}.", names.join(", ")),
        "example": default,
    })
}

/// A filter for each column, and what its type can be compared by.
fn filters(listing: &Listing) -> Vec<Value> {
    let mut filters = Vec::new();
    let mut add = |name: String, schema: Value, help: String| {
        let filter =
            json!({"name": name, "in": "query", "required": false, "schema": schema, "description": help});
        filters.push(filter);
    };
    for column in listing.filters {
        let cql = listing.spec.column(column).map_or("text", |column| column.cql);
        let text = || json!({"type": "string", "maxLength": 100});
        add(
            (*column).to_owned(),
            text(),
            format!("Only records whose `{column}` is one of these, with commas between."),
        );
        match cql {
            "timestamp" | "date" | "bigint" => {
                add(
                    format!("{column}__gte"),
                    text(),
                    format!("Only records whose `{column}` is this or more."),
                );
                add(format!("{column}__lt"), text(), format!("Only records whose `{column}` is less."));
            }
            "text" if ["title", "name", "text", "first_name", "last_name"].contains(column) => {
                add(
                    format!("{column}__contains"),
                    text(),
                    format!("Only records whose `{column}` holds this, in any case."),
                );
            }
            _ => {}
        }
    }
    if listing.spec.column("archived_at").is_some() {
        let help = "Whether what was put aside is listed too, or alone.";
        add("archived".into(), json!({"type": "string", "enum": ["false", "only", "all"]}), help.into());
    }
    filters
}
