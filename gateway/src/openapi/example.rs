//! Samples of bodies and answers, made from their schemas: what a field is called says what a likely value is. The
//! tests hold every sample to its schema, and every sample of a body to its operation.

use serde_json::{Map, Value, json};

/// How deep a sample goes.
const DEPTH_MAX: usize = 6;
/// Likely values, by the name of a field.
const LIKELY: &[(&str, &str)] = &[
    ("title", "Jardin partagé de la Médina"),
    ("name", "Jardin partagé"),
    ("description", "Des légumes pour **tous**."),
    ("body", "Bonjour à tous"),
    ("summary", "Tout avance comme prévu."),
    ("email", "awa.diop@example.org"),
    ("first_name", "Awa"),
    ("last_name", "Diop"),
    ("password", "baobab-sous-la-pluie-42"),
    ("key", "JARDIN"),
    ("color", "#0E7C66"),
    ("timezone", "Africa/Dakar"),
    ("phone", "+221771234567"),
    ("location", "Dakar"),
    ("country", "SN"),
    ("reason", "Fin de saison"),
    ("emoji", "👍"),
    ("rank", "V0000000"),
    ("action", "CreateTask"),
];

/// Puts a sample beside every schema of a body.
pub(super) fn fill(paths: &mut Map<String, Value>, shapes: &Map<String, Value>) {
    for operation in paths.values_mut().filter_map(Value::as_object_mut).flat_map(|place| place.values_mut())
    {
        if let Some(content) = operation.pointer_mut("/requestBody/content/application~1json") {
            put(content, shapes);
        }
        let responses = operation.get_mut("responses").and_then(Value::as_object_mut);
        for response in responses.into_iter().flat_map(|responses| responses.values_mut()) {
            if let Some(content) = response.pointer_mut("/content/application~1json") {
                put(content, shapes);
            }
        }
    }
}

fn put(content: &mut Value, shapes: &Map<String, Value>) {
    let sample = content.get("schema").map(|schema| of(schema, "", shapes, 0));
    if let (Some(sample), Some(members)) = (sample, content.as_object_mut()) {
        members.insert("example".into(), sample);
    }
}

/// A value of a schema, for a field of this name.
fn of(schema: &Value, name: &str, shapes: &Map<String, Value>, depth: usize) -> Value {
    if depth > DEPTH_MAX {
        return Value::Null;
    }
    let deeper = |schema: &Value| of(schema, name, shapes, depth + 1);
    let usual = schema.get("default").filter(|value| value.is_string()).cloned();
    if let Some(value) = first(schema, "examples").or(usual).or_else(|| first(schema, "enum")) {
        return value;
    }
    if let Some(value) = schema.get("const") {
        return value.clone();
    }
    if let Some(shape) = schema.get("$ref").and_then(Value::as_str).and_then(|path| path.rsplit('/').next()) {
        return shapes.get(shape).map_or(Value::Null, deeper);
    }
    for choice in ["anyOf", "oneOf"] {
        let choices = schema.get(choice).and_then(Value::as_array).into_iter().flatten();
        let real = choices.filter(|choice| choice.get("type") != Some(&json!("null")));
        if let Some(choice) = real.into_iter().next() {
            return deeper(choice);
        }
    }
    if let Some(all) = schema.get("allOf").and_then(Value::as_array) {
        let mut whole = Map::new();
        for part in all.iter().map(deeper) {
            whole.extend(part.as_object().cloned().unwrap_or_default());
        }
        return Value::Object(whole);
    }
    match kind(schema) {
        "object" => object(schema, shapes, depth),
        "array" => array(schema, name, shapes, depth),
        "string" => text(schema, name),
        "integer" | "number" => schema.get("minimum").cloned().unwrap_or_else(|| json!(1)),
        "boolean" => json!(true),
        _ => Value::Null,
    }
}

fn first(schema: &Value, list: &str) -> Option<Value> {
    schema.get(list)?.as_array()?.first().cloned()
}

/// The type, where there are several the first that is not null.
fn kind(schema: &Value) -> &str {
    match schema.get("type") {
        Some(Value::String(kind)) => kind,
        Some(Value::Array(kinds)) => {
            kinds.iter().filter_map(Value::as_str).find(|kind| *kind != "null").unwrap_or("null")
        }
        _ if schema.get("properties").is_some() => "object",
        _ => "null",
    }
}

fn object(schema: &Value, shapes: &Map<String, Value>, depth: usize) -> Value {
    let properties = schema.get("properties").and_then(Value::as_object).into_iter().flatten();
    let members = properties.map(|(name, schema)| (name.clone(), of(schema, name, shapes, depth + 1)));
    let mut members: Map<String, Value> = members.collect();
    if members.is_empty()
        && let Some(values) = schema.get("additionalProperties").filter(|values| values.is_object())
    {
        members.insert("todo".into(), of(values, "", shapes, depth + 1));
    }
    Value::Object(members)
}

fn array(schema: &Value, name: &str, shapes: &Map<String, Value>, depth: usize) -> Value {
    let one = schema.get("items").map(|items| of(items, name.trim_end_matches('s'), shapes, depth + 1));
    one.map_or_else(|| json!([]), |one| json!([one]))
}

fn text(schema: &Value, name: &str) -> Value {
    match schema.get("format").and_then(Value::as_str) {
        Some("uuid") => return json!("01935fae-d5b8-7000-8000-000000000001"),
        Some("date-time") => return json!("2030-01-15T09:00:00.000Z"),
        Some("date") => return json!("2030-01-15"),
        Some("uri") => return json!("https://example.org/salle"),
        Some("password") => return json!("baobab-sous-la-pluie-42"),
        _ => {}
    }
    let likely = LIKELY.iter().find(|(known, _)| *known == name || name.ends_with(&format!("_{known}")));
    let text = likely.map_or("Texte", |(_, text)| *text);
    let longest = schema.get("maxLength").and_then(Value::as_u64).and_then(|most| usize::try_from(most).ok());
    json!(text.chars().take(longest.unwrap_or(usize::MAX)).collect::<String>())
}
