//! Markdown on paper: paragraphs, headings, lists, quotes, code, tables, and stress inside a line. The address of a link
//! is written out behind its words, for paper can't be clicked.

mod set;

use super::{
    faces::Weight,
    ink::Ink,
    lines::{Span, Style, line},
    sheet::Sheet,
    table::{Column, Table},
    tree::Kind,
};
use pulldown_cmark::{Alignment, Event, HeadingLevel, Options, Parser, Tag, TagEnd};

/// The most columns of a table that is set as one; a wider one is written row by row.
const COLUMNS_MAX: usize = 8;
/// What lists and quotes are set in by.
const STEP: f32 = 15.0;

/// How running text is set.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Prose {
    /// How big its letters are, in points.
    pub size: f32,
    /// How high a line is.
    pub leading: f32,
    /// How wide it is.
    pub width: f32,
}

impl Sheet {
    /// A text in Markdown.
    pub fn prose(&mut self, markdown: &str, prose: Prose) {
        let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TASKLISTS;
        let mut setting = Setting::on(self, prose);
        for event in Parser::new_ext(markdown, options) {
            setting.take(event);
        }
        setting.flush();
    }
}

/// What stands before the first line of an item.
enum Label {
    Point,
    Number(String),
    Box(bool),
}

/// A list or a quote around what is set.
struct Around {
    /// How far it is set in.
    by: f32,
    /// The number of the next item of a list that has numbers.
    next: Option<u64>,
    is_quote: bool,
}

struct Setting<'s> {
    sheet: &'s mut Sheet,
    prose: Prose,
    around: Vec<Around>,
    label: Option<Label>,
    spans: Vec<Span>,
    strong: u16,
    slanted: u16,
    struck: u16,
    heading: Option<HeadingLevel>,
    code: Option<String>,
    /// Addresses of the links that are open, and how many spans there were before each.
    links: Vec<(String, usize)>,
    table: Option<Table>,
    is_first: bool,
}

impl<'s> Setting<'s> {
    const fn on(sheet: &'s mut Sheet, prose: Prose) -> Self {
        Self {
            sheet,
            prose,
            around: Vec::new(),
            label: None,
            spans: Vec::new(),
            strong: 0,
            slanted: 0,
            struck: 0,
            heading: None,
            code: None,
            links: Vec::new(),
            table: None,
            is_first: true,
        }
    }

    fn take(&mut self, event: Event<'_>) {
        match event {
            Event::Start(tag) => self.start(tag),
            Event::End(tag) => self.end(tag),
            Event::Text(text) | Event::Html(text) | Event::InlineHtml(text) => self.say(&text),
            Event::Code(text) | Event::InlineMath(text) | Event::DisplayMath(text) => {
                let style = Style { ink: Ink::ACCENT, ..self.style() };
                self.push(Span::of(&*text, style));
            }
            Event::SoftBreak => self.say(" "),
            Event::HardBreak => self.say("\n"),
            Event::FootnoteReference(name) => self.say(&name),
            Event::TaskListMarker(done) => self.label = Some(Label::Box(done)),
            Event::Rule => self.set_rule(),
        }
    }

    fn start(&mut self, tag: Tag<'_>) {
        match tag {
            Tag::Heading { level, .. } => {
                self.flush();
                self.heading = Some(level);
            }
            Tag::BlockQuote(_) => {
                self.flush();
                self.sheet.tree.open(Kind::Quote);
                self.step(STEP, None, true);
            }
            Tag::CodeBlock(_) => {
                self.flush();
                self.code = Some(String::new());
            }
            Tag::List(first) => {
                self.flush();
                self.sheet.tree.open(Kind::List(first.is_some()));
                let by = first.map_or(STEP, |first| {
                    let longest = format!("{}.", first.saturating_add(9));
                    let span = Span::of(longest, self.plain());
                    (line(&mut self.sheet.faces, &[span]).width + 5.0).max(STEP)
                });
                self.step(by, first, false);
            }
            Tag::Item => {
                self.flush();
                self.sheet.tree.open(Kind::Item);
                self.sheet.tree.open(Kind::Body);
                self.label = self.around.last_mut().map(|list| match &mut list.next {
                    Some(number) => {
                        let label = Label::Number(format!("{number}."));
                        *number = number.saturating_add(1);
                        label
                    }
                    None => Label::Point,
                });
            }
            Tag::Table(alignments) => {
                self.flush();
                let columns = alignments.iter().map(|alignment| Column {
                    title: String::new(),
                    right: matches!(alignment, Alignment::Right),
                });
                self.table = Some(Table { columns: columns.collect(), rows: Vec::new() });
            }
            Tag::TableRow => {
                if let Some(table) = &mut self.table {
                    table.rows.push(Vec::new());
                }
            }
            Tag::Emphasis => self.slanted += 1,
            Tag::Strong => self.strong += 1,
            Tag::Strikethrough => self.struck += 1,
            Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. } => {
                self.links.push((dest_url.into_string(), self.spans.len()));
            }
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Paragraph | TagEnd::HtmlBlock => self.flush(),
            TagEnd::Heading(_) => {
                self.flush();
                self.heading = None;
            }
            TagEnd::BlockQuote(_) | TagEnd::List(_) => {
                self.flush();
                self.around.pop();
                self.sheet.tree.close();
            }
            TagEnd::CodeBlock => self.quote_code(),
            TagEnd::Item => {
                self.flush();
                self.label = None;
                self.sheet.tree.close();
                self.sheet.tree.close();
            }
            TagEnd::Table => {
                if let Some(table) = self.table.take() {
                    self.set_table(table);
                }
            }
            TagEnd::TableCell => self.end_cell(),
            TagEnd::Emphasis => self.slanted = self.slanted.saturating_sub(1),
            TagEnd::Strong => self.strong = self.strong.saturating_sub(1),
            TagEnd::Strikethrough => self.struck = self.struck.saturating_sub(1),
            TagEnd::Link | TagEnd::Image => self.end_link(),
            _ => {}
        }
    }

    fn end_link(&mut self) {
        let Some((address, from)) = self.links.pop() else { return };
        let words: String =
            self.spans.get(from..).unwrap_or_default().iter().map(|span| span.text.as_str()).collect();
        let bare = address.strip_prefix("mailto:").unwrap_or(&address);
        if !bare.is_empty() && !words.contains(bare) && !bare.starts_with('#') {
            let style = Style { ink: Ink::FAINT, ..self.plain() };
            self.push(Span::of(format!(" ({bare})"), style));
        }
    }

    fn end_cell(&mut self) {
        let cell = std::mem::take(&mut self.spans);
        let Some(table) = &mut self.table else { return };
        match table.rows.last_mut() {
            Some(row) => row.push(cell),
            None => {
                let words = cell.into_iter().map(|span| span.text).collect();
                if let Some(column) = table.columns.iter_mut().find(|column| column.title.is_empty()) {
                    column.title = words;
                }
            }
        }
    }

    fn say(&mut self, words: &str) {
        match &mut self.code {
            Some(code) => code.push_str(words),
            None => {
                let style = self.style();
                self.push(Span::of(words, style));
            }
        }
    }

    fn push(&mut self, span: Span) {
        match self.spans.last_mut() {
            Some(last) if last.style == span.style => last.text.push_str(&span.text),
            _ => self.spans.push(span),
        }
    }

    fn plain(&self) -> Style {
        Style::of(Weight::Regular, self.prose.size, Ink::TEXT)
    }

    fn style(&self) -> Style {
        let quoted = self.around.iter().any(|around| around.is_quote);
        let weight = match (self.heading, self.strong, self.slanted) {
            (Some(_), ..) | (_, 1.., _) => Weight::Strong,
            (_, _, 1..) => Weight::Slanted,
            _ => Weight::Regular,
        };
        let ink = match (self.links.is_empty(), quoted) {
            (false, _) => Ink::ACCENT,
            (true, true) => Ink::SOFT,
            _ => Ink::TEXT,
        };
        let size = self.prose.size + if self.heading == Some(HeadingLevel::H1) { 0.75 } else { 0.0 };
        Style { struck: self.struck > 0, ..Style::of(weight, size, ink) }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{draw::Drawn, sheet::tests::about};
    use super::*;
    use proptest::prelude::*;

    const BODY: Prose = Prose { size: 10.5, leading: 15.75, width: 430.0 };

    fn said(markdown: &str) -> String {
        let mut sheet = Sheet::new(about()).unwrap();
        sheet.prose(markdown, BODY);
        let drawn = sheet.pages.iter().flatten().flat_map(|leaf| &leaf.drawn);
        let texts = drawn.filter_map(|drawn| match drawn {
            Drawn::Text(_, run) => Some(run.text.clone()),
            _ => None,
        });
        texts.collect::<Vec<_>>().join("|")
    }

    #[test]
    fn stress_and_lists_are_set_and_no_mark_of_markdown_is_left() {
        assert_eq!(said("Un **mot** fort\n\n3. trois\n4. quatre"), "Un |mot| fort|3.|trois|4.|quatre");
        assert_eq!(said("# Titre\n- [x] fait\n> cité"), "Titre|fait|cité");
    }

    #[test]
    fn a_link_is_followed_by_its_address_unless_that_is_what_it_says() {
        assert_eq!(said("[ici](https://a.sn)"), "ici| (https://a.sn)");
        assert_eq!(said("<https://a.sn> <moi@a.sn>"), "https://a.sn| |moi@a.sn");
    }

    #[test]
    fn a_table_keeps_its_cells_and_one_with_too_many_columns_is_written_row_by_row() {
        assert_eq!(said("|a|b|\n|-|-:|\n|1|2|"), "a|b|1|2");
        let wide = format!("{}|\n{}|\n{}|", "|a".repeat(9), "|-".repeat(9), "|1".repeat(9));
        assert_eq!(said(&wide), format!("a{}|1{}", " · a".repeat(8), " · 1".repeat(8)));
    }

    #[test]
    fn depth_without_end_is_set_in_only_so_far() {
        for hostile in
            ["> ".repeat(3_000) + "x", "- ".repeat(3_000) + "x", "*".repeat(9_999), "[".repeat(9_999)]
        {
            let mut sheet = Sheet::new(about()).unwrap();
            sheet.prose(&hostile, BODY);
            assert!(sheet.pages.len() < 10);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn any_text_becomes_a_file(markdown in "(?s)([#>*_`|\\[\\]()!-]{0,3}.{0,30}\n?){0,12}") {
            let mut sheet = Sheet::new(about()).unwrap();

            sheet.prose(&markdown, BODY);

            let file = sheet.finish();
            prop_assert!(file.is_ok(), "{:?}", file.err());
        }
    }
}
