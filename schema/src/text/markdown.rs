//! Markdown without the HTML in it. Pure; what a text is about is not its business.

/// The text without raw HTML. Tags are dropped and what might become one is escaped; links in angle
/// brackets stay, and so does everything in a fenced block that begins at the edge. Code inside a line
/// is treated like the rest, because whether a backtick opens code depends on the lines around it.
#[must_use]
pub(super) fn without_html(text: &str) -> String {
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
        assert_eq!(without_html(text), plain);
    }

    #[test]
    fn a_tag_cannot_be_put_together_from_what_is_left() {
        assert_eq!(without_html("<<b>script>alert(1)<</b>/script>"), "&lt;script>alert(1)&lt;/script>");
        assert_eq!(without_html("- a\n  ```\n<script>x</script>"), "- a\n  ```\nx");
        assert_eq!(without_html("<javascript:alert(1)>"), "");
    }

    proptest! {
        #[test]
        fn no_tag_survives_outside_a_fence(text in "[<>/!?a-b `:\n]{0,60}") {
            let plain = without_html(&text);
            prop_assume!(!plain.lines().any(|line| Fence::opened_by(line).is_some()));

            prop_assert!(!has_tag(&plain), "{plain}");
        }

        #[test]
        fn cleaning_twice_changes_nothing_more(text in "[<>/!?a-b `~:\n]{0,60}") {
            let once = without_html(&text);

            prop_assert_eq!(without_html(&once), once);
        }
    }
}
