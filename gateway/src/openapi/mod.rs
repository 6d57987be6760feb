//! The description of the API (OpenAPI 3.1), made from the catalogue: nobody writes it, and no operation is left out.
//! What an operation says of itself stands beside it in its module; what all of its kind have in common stands here.

mod example;
mod operation;
mod pages;
mod parameters;
mod responses;
mod schemas;
mod stream;

pub(crate) use pages::Pages;

use engine::Catalog;
use schemas::Schemas;
use serde_json::{Map, Value, json};

/// The description of everything that the catalogue offers.
#[must_use]
pub fn document(catalog: &Catalog) -> Value {
    let (mut schemas, mut shared) = (Schemas::new(), responses::Shared::new());
    let mut paths: Map<String, Value> = Map::new();
    for entry in catalog.operations() {
        let path = format!("{}{}", entry.base, entry.operation.route.path);
        let method = entry.operation.route.method.word().to_lowercase();
        let described = operation::describe(entry, &mut schemas, &mut shared);
        let place = paths.entry(path).or_insert_with(|| json!({}));
        if let Some(place) = place.as_object_mut() {
            place.insert(method, described);
        }
    }
    paths.insert(crate::rest::STREAM.to_owned(), stream::describe(&mut shared));
    let mut tags: Vec<Value> = Vec::new();
    for module in &catalog.modules {
        // A module may have a piece in another crate.
        let tag = json!({"name": operation::tag(module.base)});
        if !tags.contains(&tag) {
            tags.push(tag);
        }
    }
    let mut components = json!({
        "securitySchemes": {"bearer": {
            "type": "http",
            "scheme": "bearer",
            "description": "An access token of `POST /api/v1/auth/login/`.",
        }},
        "responses": shared.finish(),
        "headers": responses::headers(),
        "parameters": parameters::components(),
    });
    // The samples need the shapes, so they are made once all shapes are known.
    let shapes = schemas.finish();
    example::fill(&mut paths, &shapes);
    if let Some(components) = components.as_object_mut() {
        components.insert("schemas".into(), Value::Object(shapes));
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "EcosystIA",
            "version": "1",
            "summary": "People, projects, meetings and what they tell each other, over REST.",
            "description": ABOUT,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/", "description": "This server"}],
        "security": [{"bearer": []}],
        "tags": tags,
        "paths": paths,
        "components": components,
    })
}

/// What holds for all operations.
const ABOUT: &str = "\
Sign in with `POST /api/v1/auth/login/` and send `Authorization: Bearer <access token>`.

**Lists** answer `{data, page}`; `limit` is 1 to 100, `cursor` goes on where the last page ended, `sort` takes column \
names with `-` for backward, `with_total=true` counts. A filter `field=a,b` means any of them; `__ne`, `__lt`, `__lte`, \
`__gt`, `__gte`, `__isnull` and `__contains` are written behind a field's name. An unknown filter is refused.

**Refusals** are problem documents of RFC 9457 with a `code` for programs, a `title` in French or English (`?lang=`, \
`Accept-Language`), and one entry in `errors` for each field at fault. What the caller may not know of is `not-found`.

**Writing twice is writing once**: an `Idempotency-Key` names a command for 24 hours, and whoever repeats it gets the \
stored reply with `Idempotent-Replay: true`. Every `503` may be repeated with its key.

**Versions**: a record carries a strong `ETag`; `If-Match` refuses a write of an older version with `412`.

**Events**: what a write tells its room is named in `x-events`; rooms are heard over the socket `/ws/`.";
