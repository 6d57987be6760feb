//! Fills the placeholders of a notification's text. Pure: the words, the event's data and the actor's
//! name in, a line out. Values are put in as they are: escaping is the business of whoever shows them.

use engine::Words;
use serde_json::Value;

const TITLE_CHARS_MAX: usize = 200;
const BODY_CHARS_MAX: usize = 2_000;
/// Stands for a value that the event does not have.
const ABSENT: &str = "…";

/// The title and the body.
#[must_use]
pub fn render(words: Words, data: &Value, actor: &str) -> (String, String) {
    let fill = |text, most| fill(text, |name| value(name, data, actor)).chars().take(most).collect();
    (fill(words.title, TITLE_CHARS_MAX), fill(words.body, BODY_CHARS_MAX))
}

/// The address of what it is about; `{id}` is the record, other names come from the data.
#[must_use]
pub fn link(link: &str, data: &Value, id: &str) -> String {
    fill(link, |name| if name == "id" { Some(id.to_owned()) } else { value(name, data, "") })
}

fn value(name: &str, data: &Value, actor: &str) -> Option<String> {
    if name == "actor" {
        return Some(actor.to_owned());
    }
    match data.get(name)? {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}

/// Puts a value for each `{name}`. A brace that closes nothing, or opens no name, is text.
fn fill(text: &str, value: impl Fn(&str) -> Option<String>) -> String {
    let mut out = String::with_capacity(text.len() + 32);
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        match after.split_once('}').filter(|(name, _)| is_name(name)) {
            Some((name, after)) => {
                out.push_str(value(name).as_deref().unwrap_or(ABSENT));
                rest = after;
            }
            None => {
                out.push('{');
                rest = after;
            }
        }
    }
    out.push_str(rest);
    out
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn names_are_filled_and_what_is_missing_shows() {
        let words = Words { title: "{actor} : « {title} »", body: "{count} fois, {nothing} {}" };

        let (title, body) = render(words, &json!({"title": "Semis", "count": 3}), "Awa Ndiaye");

        assert_eq!(title, "Awa Ndiaye : « Semis »");
        assert_eq!(body, "3 fois, … {}");
    }

    #[test]
    fn a_value_is_never_taken_for_a_placeholder() {
        let words = Words { title: "{title}", body: "" };

        let (title, _) = render(words, &json!({"title": "{secret}", "secret": "x"}), "");

        assert_eq!(title, "{secret}");
    }

    #[test]
    fn a_link_names_its_record() {
        let filled = link("/projects/{project_id}/tasks/{id}", &json!({"project_id": "p"}), "t");

        assert_eq!(filled, "/projects/p/tasks/t");
    }

    proptest! {
        #[test]
        fn a_text_without_braces_stays_as_it_is(text in "[^{}]{0,300}") {
            prop_assert_eq!(fill(&text, |_| None), text);
        }

        #[test]
        fn a_line_keeps_its_bound_whatever_is_put_in(value in ".{0,3000}") {
            let words = Words { title: "{title}{title}", body: "{title}{title}" };

            let (title, body) = render(words, &json!({"title": value}), "");

            prop_assert!(title.chars().count() <= TITLE_CHARS_MAX);
            prop_assert!(body.chars().count() <= BODY_CHARS_MAX);
        }
    }
}
