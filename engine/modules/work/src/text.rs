//! Text that people write: what a title and a longer text may be, and Markdown without the HTML in it.
//! Pure; what a text is about is not its business.

use garde::Error;
use schema::patch::Patch;

/// The longest title, in characters.
pub(crate) const TITLE_MAX: usize = 200;
/// The longest Markdown text, in characters: a change, its event and its audit line each hold a copy,
/// and together they must fit into one commit.
pub(crate) const MARKDOWN_MAX: usize = 10_000;

/// A title: 1 to 200 characters on one line, not all of them blank.
pub(crate) fn title<T: AsRef<str>>(text: &T, _: &()) -> garde::Result {
    let text = text.as_ref();
    if text.chars().count() > TITLE_MAX {
        return Err(Error::new("200 characters at most"));
    }
    if text.chars().any(char::is_control) {
        return Err(Error::new("one line, without control characters"));
    }
    visible(&text, &())
}

/// Something to read: not empty and not blank.
pub(crate) fn visible<T: AsRef<str>>(text: &T, _: &()) -> garde::Result {
    if text.as_ref().trim().is_empty() { Err(Error::new("must not be blank")) } else { Ok(()) }
}

/// Markdown of up to 10,000 characters.
pub(crate) fn long<T: AsRef<str>>(text: &T, _: &()) -> garde::Result {
    let count = text.as_ref().chars().count();
    if count > MARKDOWN_MAX { Err(Error::new("10,000 characters at most")) } else { Ok(()) }
}

/// An `https` address of up to 500 characters.
pub(crate) fn url<T: AsRef<str>>(text: &T, _: &()) -> garde::Result {
    let text = text.as_ref();
    let tail = text.strip_prefix("https://").unwrap_or_default();
    let plain = tail.chars().all(|c| !c.is_whitespace() && !c.is_control());
    if tail.is_empty() || !plain || text.chars().count() > 500 {
        return Err(Error::new("an address that begins with https://"));
    }
    Ok(())
}

/// The same check where the value may be absent.
pub(crate) fn given<T>(
    check: impl Fn(&T, &()) -> garde::Result,
) -> impl Fn(&Option<T>, &()) -> garde::Result {
    move |value, cx| value.as_ref().map_or(Ok(()), |value| check(value, cx))
}

/// The same check where the value is one field of a PATCH.
pub(crate) fn patched<T>(
    check: impl Fn(&T, &()) -> garde::Result,
) -> impl Fn(&Patch<T>, &()) -> garde::Result {
    move |value, cx| value.value().map_or(Ok(()), |value| check(value, cx))
}

/// The same check where the value is one field of a PATCH that can't be cleared.
pub(crate) fn kept<T>(check: impl Fn(&T, &()) -> garde::Result) -> impl Fn(&Patch<T>, &()) -> garde::Result {
    move |value, cx| match value {
        Patch::Keep => Ok(()),
        Patch::Clear => Err(Error::new("must not be null")),
        Patch::Set(value) => check(value, cx),
    }
}

/// The text without raw HTML. Tags are dropped and what might become one is escaped; links in angle
/// brackets stay, and so does everything in a fenced block that begins at the edge. Code inside a line
/// is treated like the rest, because whether a backtick opens code depends on the lines around it.
#[must_use]
pub(crate) fn markdown(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut fence: Option<Fence> = None;
    for line in text.split_inclusive('\n') {
        if let Some(open) = fence {
            out.push_str(line);
            fence = (!open.is_closed_by(line)).then_some(open);
        } else {
            let from = out.len();
            without_tags(line, &mut out);
            // The line as it will be read: it may have become a fence by losing a tag.
            fence = out.get(from..).and_then(Fence::opened_by);
        }
    }
    out
}

/// An open fenced block (CommonMark 0.31 §4.5): its mark and how often it stands there.
#[derive(Clone, Copy)]
struct Fence(char, usize);

impl Fence {
    /// The fence a line opens. One that is indented may belong to a list that ends before the fence
    /// does, so it does not count.
    fn opened_by(line: &str) -> Option<Self> {
        let mark = line.chars().next().filter(|c| matches!(c, '`' | '~'))?;
        let rest = line.trim_start_matches(mark);
        let length = line.len().saturating_sub(rest.len());
        let named = mark == '~' || !rest.contains('`');
        (length >= 3 && named).then_some(Self(mark, length))
    }

    fn is_closed_by(self, line: &str) -> bool {
        let line = line.trim_end();
        line.len() >= self.1 && line.chars().all(|c| c == self.0)
    }
}

fn without_tags(line: &str, out: &mut String) {
    let mut rest = line;
    while let Some((before, tail)) = rest.split_once('<') {
        out.push_str(before);
        let inside = tail.split_once('>');
        match (tail.chars().next(), inside) {
            (_, Some((link, after))) if is_link(link) => {
                out.extend(["<", link, ">"]);
                rest = after;
            }
            (Some('a'..='z' | 'A'..='Z' | '/' | '!' | '?'), Some((_, after))) => rest = after,
            // Nothing may follow it that turns it into a tag once something between is dropped.
            (Some('a'..='z' | 'A'..='Z' | '/' | '!' | '?' | '<'), _) => {
                out.push_str("&lt;");
                rest = tail;
            }
            _ => {
                out.push('<');
                rest = tail;
            }
        }
    }
    out.push_str(rest);
}

fn is_link(text: &str) -> bool {
    let schemes = ["https://", "http://", "mailto:"];
    schemes.iter().any(|scheme| text.len() > scheme.len() && text.starts_with(scheme))
        && !text.contains(|c: char| c.is_whitespace() || c == '<')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn has_tag(text: &str) -> bool {
        text.match_indices('<').any(|(at, _)| {
            let tail = &text[at + 1..];
            let link = tail.split_once('>').is_some_and(|(link, _)| is_link(link));
            !link && tail.starts_with(|c: char| c.is_ascii_alphabetic() || "/!?".contains(c))
        })
    }

    #[test]
    fn tags_go_and_links_and_fenced_code_stay() {
        let text = "Bonjour <b>à tous</b>, 1 < 2, <https://a.sn>\n```rust\nlet v: Vec<u8>;\n```\n<img src=x onerror=y>";

        let plain = "Bonjour à tous, 1 < 2, <https://a.sn>\n```rust\nlet v: Vec<u8>;\n```\n";
        assert_eq!(markdown(text), plain);
    }

    #[test]
    fn a_tag_cannot_be_put_together_from_what_is_left() {
        assert_eq!(markdown("<<b>script>alert(1)<</b>/script>"), "&lt;script>alert(1)&lt;/script>");
        assert_eq!(markdown("- a\n  ```\n<script>x</script>"), "- a\n  ```\nx");
        assert_eq!(markdown("<javascript:alert(1)>"), "");
    }

    #[test]
    fn a_title_is_one_line_that_says_something() {
        assert!(title(&"Jardin partagé", &()).is_ok());
        assert!(title(&"  ", &()).is_err());
        assert!(title(&"a\nb", &()).is_err());
        assert!(title(&"é".repeat(201), &()).is_err());
    }

    proptest! {
        #[test]
        fn no_tag_survives_outside_a_fence(text in "[<>/!?a-b `:\n]{0,60}") {
            let plain = markdown(&text);
            prop_assume!(!plain.lines().any(|line| Fence::opened_by(line).is_some()));

            prop_assert!(!has_tag(&plain), "{plain}");
        }

        #[test]
        fn cleaning_twice_changes_nothing_more(text in "[<>/!?a-b `~:\n]{0,60}") {
            let once = markdown(&text);

            prop_assert_eq!(markdown(&once), once);
        }
    }
}
