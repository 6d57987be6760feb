//! `openapi.json`: the description of the API, and that its samples are what it says.

use super::{agrees, catalog::modules};
use engine::Catalog;
use serde_json::{Map, Value};

fn document() -> (Catalog, Value) {
    let catalog = Catalog::new(modules());
    let document = gateway::openapi::document(&catalog);
    (catalog, document)
}

/// Every operation of the document with its name.
fn operations(document: &Value) -> impl Iterator<Item = (&str, &str, &Value)> {
    let paths = document["paths"].as_object().unwrap();
    paths.iter().flat_map(|(path, place)| {
        place
            .as_object()
            .unwrap()
            .values()
            .map(move |operation| (path.as_str(), operation["operationId"].as_str().unwrap(), operation))
    })
}

#[test]
fn the_description_is_what_the_contract_says() {
    let (_, document) = document();

    agrees("openapi.json", &format!("{}\n", serde_json::to_string_pretty(&document).unwrap()));
}

#[test]
fn every_operation_is_described_with_its_words() {
    let (catalog, document) = document();

    for entry in catalog.operations() {
        let name = entry.operation.name();
        let (path, _, described) = operations(&document).find(|(_, known, _)| *known == name).expect(name);
        assert!(path.starts_with(entry.base), "{name}");
        let words = described["summary"].as_str().unwrap();
        assert!(words.len() > 5 && words.chars().next().unwrap().is_uppercase(), "{name} says: {words}");
        for parameter in described["parameters"].as_array().unwrap() {
            let said = parameter.get("$ref").is_some()
                || parameter["description"].as_str().is_some_and(|d| !d.is_empty());
            assert!(said, "{name}: a parameter says nothing: {parameter}");
        }
        let fields = described.pointer("/requestBody/content/application~1json/schema/properties");
        for (field, schema) in fields.and_then(Value::as_object).into_iter().flatten() {
            assert!(
                schema["description"].as_str().is_some_and(|d| !d.is_empty()),
                "{name}: {field} says nothing"
            );
        }
    }
}

#[test]
fn every_sample_of_a_body_is_taken_by_its_operation() {
    let (catalog, document) = document();

    let mut refused = Vec::new();
    for (path, name, described) in operations(&document) {
        let sample = described.pointer("/requestBody/content/application~1json/example");
        let mut input: Map<String, Value> = sample.and_then(Value::as_object).cloned().unwrap_or_default();
        for parameter in described["parameters"].as_array().unwrap() {
            if parameter["in"] == "path" {
                let value = match parameter["schema"]["format"].as_str() {
                    Some("uuid") => "01935fae-d5b8-7000-8000-000000000001",
                    _ if parameter["name"] == "emoji" => "👍",
                    _ => parameter["schema"]["enum"][0].as_str().unwrap_or("x"),
                };
                input.insert(parameter["name"].as_str().unwrap().into(), value.into());
            }
        }
        let Some(entry) = catalog.operation(name) else { continue };
        let operation = &entry.operation;
        let checked = operation.check(Value::Object(input.clone()));
        if let Err(error) = checked {
            refused.push(format!("{name} {path}: {error:?}\n{}", Value::Object(input)));
        }
    }
    assert!(refused.is_empty(), "{}", refused.join("\n\n"));
}

#[test]
fn every_write_says_what_it_tells_or_why_it_tells_nobody() {
    let (_, document) = document();

    for (_, name, described) in operations(&document) {
        let reads = described.get("requestBody").is_none() && described["responses"].get("409").is_none();
        let says = described.get("x-events").is_some() || described.get("x-tells-nobody").is_some();
        assert!(reads != says, "{name}: a write tells its room, or says why it does not");
    }
}
