//! How a list is shown beyond what is in it: `fields` leaves columns out, `expand` puts what a column refers to beside it.

use crate::{Context, Error, Result, catalog::Entry, entity::Reference};
use schema::code::Code;
use serde_json::{Value, json};
use std::collections::HashMap;
use uuid::Uuid;

/// References that one answer resolves: a page of a hundred rows with five each.
const REFERENCES_MAX: usize = 500;

/// What a query asks of the shape.
#[derive(Clone, Debug, Default)]
pub(crate) struct Shape {
    fields: Option<Vec<String>>,
    expand: Vec<String>,
}

impl Shape {
    /// Reads it off a call's input; `None` where nothing is asked, or the operation is no list.
    pub(crate) fn of(entry: &Entry, input: &Value) -> Option<Self> {
        entry.operation.listing?;
        let names = |name: &str| {
            let text = input.get("query")?.get(name)?.as_str()?;
            Some(text.split(',').map(|name| name.trim().to_owned()).collect::<Vec<_>>())
        };
        let (fields, expand) = (names("fields"), names("expand").unwrap_or_default());
        (fields.is_some() || !expand.is_empty()).then_some(Self { fields, expand })
    }

    /// Shapes the page of an answer.
    ///
    /// # Errors
    /// `invalid-filter` for what can't be expanded or is not there.
    pub(crate) async fn apply(&self, cx: &Context, entry: &Entry, body: &mut Value) -> Result<()> {
        let known = entry.operation.listing.map(crate::Listing::carried).unwrap_or_default();
        let wanted =
            self.expand.iter().map(|name| self.column(cx, name, &known)).collect::<Result<Vec<_>>>()?;
        let Some(rows) = body.get_mut("data").and_then(Value::as_array_mut) else { return Ok(()) };
        let mut resolved: HashMap<(&'static str, Uuid), Value> = HashMap::new();
        for row in rows.iter_mut().filter_map(Value::as_object_mut) {
            for (name, column, kind) in &wanted {
                let id = row.get(column).and_then(Value::as_str).and_then(|id| id.parse::<Uuid>().ok());
                let value = match id {
                    Some(id) => reference(cx, &mut resolved, kind, id).await?,
                    None => Value::Null,
                };
                row.insert((*name).clone(), value);
            }
        }
        if let Some(fields) = &self.fields {
            check_fields(fields, &known, rows)?;
            for row in rows.iter_mut().filter_map(Value::as_object_mut) {
                row.retain(|name, _| name == "id" || fields.contains(name) || self.expand.contains(name));
            }
        }
        Ok(())
    }

    /// The column that a name to expand stands for, and the type of what it refers to.
    fn column<'n>(
        &self,
        cx: &Context,
        name: &'n String,
        known: &[&str],
    ) -> Result<(&'n String, String, &'static str)> {
        let column = if known.contains(&name.as_str()) { name.clone() } else { format!("{name}_id") };
        let kind = cx.engine().catalog().referred(&column).filter(|_| known.contains(&column.as_str()));
        match kind {
            Some(kind) => Ok((name, column, kind)),
            None => Err(refused("expand", &format!("{name} can't be expanded here"))),
        }
    }
}

fn check_fields(fields: &[String], known: &[&str], rows: &[Value]) -> Result<()> {
    let there = |name: &String| {
        known.contains(&name.as_str())
            || rows.iter().filter_map(Value::as_object).any(|row| row.contains_key(name))
    };
    match fields.iter().find(|name| !there(name)) {
        Some(stranger) if !rows.is_empty() => {
            Err(refused("fields", &format!("there is no field {stranger} in this list")))
        }
        _ => Ok(()),
    }
}

async fn reference(
    cx: &Context,
    resolved: &mut HashMap<(&'static str, Uuid), Value>,
    kind: &'static str,
    id: Uuid,
) -> Result<Value> {
    if let Some(known) = resolved.get(&(kind, id)) {
        return Ok(known.clone());
    }
    if resolved.len() >= REFERENCES_MAX {
        return Err(refused("expand", "too much to expand; ask for a shorter page"));
    }
    let seen = match cx.engine().catalog().entity(kind) {
        Some(entity) => (entity.seen)(cx, id).await?,
        None => None,
    };
    // What the caller may not know of is not there.
    let value = seen.map_or(Value::Null, |seen| {
        json!(Reference { id, kind: kind.to_owned(), title: seen.title, link: seen.link })
    });
    resolved.insert((kind, id), value.clone());
    Ok(value)
}

fn refused(name: &str, message: &str) -> Error {
    let pointer = format!("/query/{name}");
    Error::new(Code::InvalidFilter, format!("{name}: {message}")).and_field(&pointer, "invalid", message)
}
