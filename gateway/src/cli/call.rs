//! `ecosystia call`: any operation of the catalogue, by its name, over the socket.

use super::{
    Failure,
    connect::Connect,
    terminal::{harmless, remark, say},
};
use clap::Args;
use gateway::house;
use schema::clock::Clock;
use serde_json::{Map, Value};

const EXAMPLES: &str = "\
Examples:
  ecosystia call ListProjects query.limit=5 query.sort=-created_at
  ecosystia call CreateProject title='Marché de nuit' due_date=2027-06-30
  ecosystia call CreateTask project_id=0198… title='Louer la salle' estimated_minutes:=90
  ecosystia call ?                              all operations, with their routes

A field is name=text, or name:=json for numbers, lists and null. A dot reaches inside: query.limit=5.";

/// An operation and its fields.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Call {
    /// The operation's name; `?` lists them
    operation: String,
    /// Its fields
    #[arg(value_name = "NAME=VALUE")]
    fields: Vec<String>,
    /// Name the command, so that repeating it does it once
    #[arg(long, value_name = "KEY")]
    key: Option<String>,
    #[command(flatten)]
    connect: Connect,
}

impl Call {
    pub(super) async fn run(self) -> Result<(), Failure> {
        if self.operation == "?" {
            list();
            return Ok(());
        }
        carry_out(&self.connect, &self.operation, input(&self.fields)?, self.key).await
    }
}

/// Carries an operation out and prints its reply.
pub(super) async fn carry_out(
    connect: &Connect,
    operation: &str,
    input: Value,
    key: Option<String>,
) -> Result<(), Failure> {
    let (mut socket, _) = connect.socket().await?;
    let key = key.unwrap_or_else(|| Clock::system().new_id::<()>().to_string());
    let reply = socket.call(operation, input, Some(&key)).await?;
    if reply.body.is_null() {
        remark("done");
    } else {
        say(&serde_json::to_string_pretty(&reply.body)?.lines().map(harmless).collect::<Vec<_>>().join("\n"));
    }
    let _ = socket.close().await;
    Ok(())
}

fn list() {
    for module in house::modules() {
        for operation in module.endpoints {
            let route = operation.route;
            let line =
                format!("{:<28} {:<6} {}{}", operation.name(), route.method.word(), module.base, route.path);
            if !say(&line) {
                return;
            }
        }
    }
}

/// The fields of a command line as one object.
fn input(fields: &[String]) -> Result<Value, Failure> {
    let mut input = Map::new();
    for field in fields {
        let (name, text) = field
            .split_once('=')
            .ok_or_else(|| format!("{field:?} is no field: say name=text or name:=json"))?;
        let (name, value) = match name.strip_suffix(':') {
            Some(name) => (
                name,
                serde_json::from_str(text)
                    .map_err(|error| format!("{name}: {text:?} is no JSON: {error}"))?,
            ),
            None => (name, Value::String(text.to_owned())),
        };
        set(&mut input, name, value)?;
    }
    Ok(Value::Object(input))
}

fn set(members: &mut Map<String, Value>, name: &str, value: Value) -> Result<(), Failure> {
    let Some((outer, inner)) = name.split_once('.') else {
        return match members.insert(name.to_owned(), value) {
            Some(_) => Err(format!("{name} is said twice").into()),
            None => Ok(()),
        };
    };
    let within = members.entry(outer).or_insert_with(|| Value::Object(Map::new()));
    match within.as_object_mut() {
        Some(within) => set(within, inner, value),
        None => Err(format!("{outer} is a value and has nothing inside").into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(fields: &[&str]) -> Result<Value, Failure> {
        input(&fields.iter().map(|field| (*field).to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn fields_are_text_unless_they_say_otherwise_and_dots_reach_inside() {
        let said =
            read(&["title=a=b", "year=2025", "n:=3", "due:=null", "query.limit=5", "query.q=x"]).unwrap();

        let meant =
            json!({"title": "a=b", "year": "2025", "n": 3, "due": null, "query": {"limit": "5", "q": "x"}});
        assert_eq!(said, meant);
    }

    #[test]
    fn what_is_no_field_is_explained() {
        for (fields, hint) in [(["title"], "name=text"), (["n:=x"], "no JSON")] {
            assert!(read(&fields).unwrap_err().to_string().contains(hint));
        }
        assert!(read(&["a=1", "a=2"]).is_err() && read(&["a=1", "a.b=2"]).is_err());
    }
}
