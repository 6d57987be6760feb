//! JSON Schemas of what comes in and what goes out, and the shared ones among them.

use schema::schemars::{
    Schema, SchemaGenerator,
    generate::{Contract, SchemaSettings},
    transform::{RecursiveTransform, Transform as _},
};
use serde_json::{Map, Value, json};

/// Makes schemas; those of answers are shared by name.
pub(super) struct Schemas {
    /// For what comes in: nothing is shared, since each operation takes its own.
    pub(super) taken: SchemaGenerator,
    /// For what goes out.
    pub(super) answered: SchemaGenerator,
}

impl Schemas {
    pub(super) fn new() -> Self {
        let settings = |contract| {
            SchemaSettings::draft2020_12().with(|settings| {
                settings.meta_schema = None;
                settings.definitions_path = "/components/schemas".into();
                settings.contract = contract;
                settings.inline_subschemas = settings.contract == Contract::Deserialize;
            })
        };
        Self {
            taken: settings(Contract::Deserialize).into_generator(),
            answered: settings(Contract::Serialize).into_generator(),
        }
    }

    /// The shared schemas, by name.
    pub(super) fn finish(mut self) -> Map<String, Value> {
        let mut shared = Map::new();
        for (name, mut schema) in self.answered.take_definitions(true) {
            if let Some(object) = schema.as_object_mut()
                && let Ok(schema) = <&mut Schema>::try_from(&mut Value::Object(object.clone()))
            {
                let mut schema = schema.clone();
                plain(&mut schema);
                shared.insert(name, schema.to_value());
            }
        }
        shared.insert("Problem".into(), problem());
        shared
    }
}

/// The same without what only this program wants to know: defaults of answers, widths of numbers.
pub(super) fn plain(schema: &mut Schema) {
    RecursiveTransform(|schema: &mut Schema| {
        schema.remove("default");
        width(schema);
    })
    .transform(schema);
}

/// Takes out formats that no reader knows.
pub(super) fn width(schema: &mut Schema) {
    let strange = schema
        .get("format")
        .and_then(Value::as_str)
        .is_some_and(|format| format.starts_with("uint") || ["int8", "int16", "uint8"].contains(&format));
    if strange {
        schema.remove("format");
    }
}

/// The problem document (RFC 9457).
fn problem() -> Value {
    let error = json!({
        "type": "object",
        "description": "What is wrong with one field.",
        "properties": {
            "pointer": {"type": "string", "description": "A JSON Pointer (RFC 6901) into the request."},
            "code": {"type": "string", "description": "A word for programs."},
            "message": {"type": "string", "description": "A sentence for people."},
        },
        "required": ["pointer", "code", "message"],
    });
    json!({
        "type": "object",
        "description": "Why a request was refused (RFC 9457).",
        "properties": {
            "type": {"type": "string", "format": "uri", "description": "Names the kind of problem."},
            "title": {"type": "string", "description": "A sentence in the reader's language."},
            "status": {"type": "integer", "description": "The HTTP status."},
            "detail": {"type": "string", "description": "What happened this time."},
            "instance": {"type": "string", "description": "The path that was called."},
            "code": {"type": "string", "description": "The word programs switch on."},
            "request_id": {"type": "string", "description": "Quote it when asking for help."},
            "errors": {"type": "array", "items": error, "description": "One entry for each field at fault."},
        },
        "required": ["type", "title", "status", "detail", "code"],
        "additionalProperties": true,
    })
}
