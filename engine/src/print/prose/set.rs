//! Setting what was read: where a block goes, what stands before it, and what runs along its edge.

use super::{Around, COLUMNS_MAX, Label, STEP, Setting};
use crate::print::{
    cloth::{Cloth, mark},
    draw::{At, Drawn, Shape, rule, text},
    faces::Weight,
    ink::Ink,
    lines::{Line, Span, Style, even, line, lines},
    sheet::{MARGIN, MEASURE, baseline},
    table::Table,
    tree::Kind,
};
use pulldown_cmark::HeadingLevel;

/// Letters that are bigger than these are those of a lead.
const LEAD: f32 = 11.0;

impl Setting<'_> {
    /// Goes one list or quote deeper; at some depth nothing is set in any more.
    pub(super) fn step(&mut self, by: f32, next: Option<u64>, is_quote: bool) {
        let taken: f32 = self.around.iter().map(|around| around.by).sum();
        let by = by.min((self.prose.width / 2.0 - taken).max(0.0));
        self.around.push(Around { by, next, is_quote });
    }

    /// Where the next line begins, and how wide it may be.
    fn place(&self) -> (f32, f32) {
        let taken: f32 = self.around.iter().map(|around| around.by).sum();
        (MARGIN + taken, self.prose.width - taken)
    }

    /// The space before a block.
    fn gap(&mut self) {
        if !std::mem::take(&mut self.is_first) {
            let tight = self.around.iter().any(|around| !around.is_quote);
            self.sheet.space(self.prose.leading * if tight { 0.2 } else { 0.5 });
        }
    }

    /// Sets the paragraph that was collected.
    pub(super) fn flush(&mut self) {
        let spans = std::mem::take(&mut self.spans);
        // Links that are still open go on in the next paragraph.
        self.links.iter_mut().for_each(|(_, from)| *from = 0);
        if spans.iter().all(|span| span.text.trim().is_empty()) {
            return;
        }
        if let Some(level) = self.heading {
            return self.set_heading(level, &spans);
        }
        self.gap();
        let (x, width) = self.place();
        // A short text in big letters stands by itself; in a long one all paragraphs are of one width.
        let break_up = if self.prose.size > LEAD { even } else { lines };
        let set = break_up(&mut self.sheet.faces, &spans, width);
        self.sheet.need(self.prose.leading * if set.len() == 1 { 1.0 } else { 2.0 });
        if let Some(label) = self.label.take() {
            self.set_label(&label, x);
        }
        self.sheet.tree.open(Kind::Paragraph);
        self.set_lines(&set, x);
        self.sheet.tree.close();
    }

    fn set_lines(&mut self, set: &[Line], x: f32) {
        let leading = self.prose.leading;
        let bars = self.bars();
        for (at, line) in set.iter().enumerate() {
            self.sheet.need(leading * if set.len() - at == 2 { 2.0 } else { 1.0 });
            for bar in &bars {
                let y = self.sheet.y;
                self.sheet.adorn(vec![rule((*bar, y), 2.0, leading, Ink::SEAM_STRONG)]);
            }
            self.sheet.stand(x, line, leading);
        }
    }

    /// Where the edges of the quotes around this place stand.
    fn bars(&self) -> Vec<f32> {
        let mut x = MARGIN;
        let mut bars = Vec::new();
        for around in &self.around {
            if around.is_quote && around.by > 4.0 {
                bars.push(x);
            }
            x += around.by;
        }
        bars
    }

    fn set_label(&mut self, label: &Label, x: f32) {
        let (size, leading) = (self.prose.size, self.prose.leading);
        let left = x - self.around.last().map_or(STEP, |around| around.by);
        let stands = self.sheet.y + baseline(leading, size);
        match label {
            Label::Point => self.sheet.adorn(vec![point((left, stands), size)]),
            Label::Number(number) => {
                let number = Span::of(number.as_str(), self.plain());
                let number = line(&mut self.sheet.faces, &[number]);
                self.sheet.write(text((x - 5.0 - number.width, stands), &number));
            }
            Label::Box(done) => {
                let (cloth, ink) =
                    if *done { (Cloth::Solid, Ink::SUCCESS) } else { (Cloth::Bare, Ink::IDLE) };
                let side = size * 0.85;
                let y = self.sheet.y + (leading - side) / 2.0;
                self.sheet.adorn(mark((left, y), side, cloth, ink));
            }
        }
    }

    fn set_heading(&mut self, level: HeadingLevel, spans: &[Span]) {
        if !std::mem::take(&mut self.is_first) {
            self.sheet.space(self.prose.leading * 0.9);
        }
        let words: String = spans.iter().map(|span| span.text.replace('\n', " ")).collect();
        let level = match level {
            HeadingLevel::H1 | HeadingLevel::H2 => 3,
            HeadingLevel::H3 => 4,
            HeadingLevel::H4 => 5,
            _ => 6,
        };
        let style = spans.first().map_or_else(|| self.plain(), |span| span.style);
        self.sheet.titled(&words, level, Style { ink: Ink::TEXT, ..style }, self.prose.leading + 1.5);
        self.sheet.y += self.prose.leading * 0.2;
        self.is_first = true;
    }

    /// Sets a table; it may be wider than the lines are.
    pub(super) fn set_table(&mut self, table: Table) {
        self.gap();
        let x = self.place().0;
        let width = MARGIN + MEASURE - x;
        if table.columns.len() <= COLUMNS_MAX {
            self.sheet.table(&table, x, width);
            self.sheet.y += 4.0;
            return;
        }
        let titles = table.columns.iter().map(|column| vec![Span::of(column.title.as_str(), self.plain())]);
        let titles = titles.collect::<Vec<_>>();
        for row in std::iter::once(titles).chain(table.rows) {
            let between = Span::of(" · ", self.plain());
            self.spans = row.into_iter().collect::<Vec<_>>().join(&between);
            self.flush();
        }
    }

    pub(super) fn set_rule(&mut self) {
        self.flush();
        self.gap();
        let (x, width) = self.place();
        self.sheet.need(self.prose.leading);
        let y = self.sheet.y + self.prose.leading / 2.0;
        self.sheet.adorn(vec![rule((x, y), width, 0.75, Ink::SEAM_STRONG)]);
        self.sheet.y += self.prose.leading;
    }

    pub(super) fn quote_code(&mut self) {
        let Some(code) = self.code.take() else { return };
        let style = Style::of(Weight::Regular, self.prose.size * 0.9, Ink::SOFT);
        let lines = code.trim_end().lines().map(|line| {
            let letters = line.trim_start_matches([' ', '\t']);
            let blanks: String = line
                .chars()
                .take_while(|char| matches!(char, ' ' | '\t'))
                .map(|char| if char == '\t' { "\u{a0}\u{a0}\u{a0}\u{a0}" } else { "\u{a0}" })
                .collect();
            blanks + letters
        });
        self.spans = vec![Span::of(lines.collect::<Vec<_>>().join("\n"), style)];
        self.step(STEP, None, true);
        self.flush();
        self.around.pop();
    }
}

/// The point before an item of a list.
fn point((x, y): At, size: f32) -> Drawn {
    Drawn::Fill(Shape::Disc((x + size * 0.3, y - size * 0.26), size * 0.14), Ink::SOFT)
}
