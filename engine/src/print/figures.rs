//! Key figures side by side between two rules: the figure, what it counts, and a note.

use super::{
    draw::rule,
    faces::Weight,
    ink::Ink,
    lines::{Line, Span, Style, lines},
    sheet::{MARGIN, MEASURE, Sheet, baseline},
    tree::Kind,
};

/// Heights of a line of each.
const LEADINGS: [(f32, f32); 3] = [(19.5, 25.0), (10.5, 14.0), (9.75, 13.0)];
const PAD: f32 = 12.0;

/// One figure.
pub struct Figure {
    /// It, with its unit.
    pub value: String,
    /// What it counts.
    pub label: String,
    /// What puts it in its place.
    pub note: String,
    /// The colour of the figure.
    pub ink: Ink,
}

impl Sheet {
    /// A row of figures of the same width.
    pub fn figures(&mut self, figures: &[Figure]) {
        let count = u16::try_from(figures.len()).map_or(1.0, f32::from).max(1.0);
        let column = MEASURE / count;
        let set: Vec<[Vec<Line>; 3]> = figures
            .iter()
            .enumerate()
            .map(|(at, figure)| {
                let width = column - if at == 0 { PAD } else { 2.0 * PAD };
                figure.spans().map(|span| lines(&mut self.faces, &[span], width))
            })
            .collect();
        let tall = |texts: &[Vec<Line>; 3]| {
            texts.iter().zip(LEADINGS).flat_map(|(set, (_, leading))| set.iter().map(move |_| leading)).sum()
        };
        let height = set.iter().map(tall).fold(0.0_f32, f32::max) + 20.0;
        self.need(height);
        let top = self.y;
        let mut left = MARGIN;
        self.adorn(vec![rule((MARGIN, top), MEASURE, 1.5, Ink::TEXT)]);
        for (at, texts) in set.iter().enumerate() {
            let mut x = left;
            if at > 0 {
                self.adorn(vec![rule((left, top + 1.5), 0.75, height - 1.5, Ink::SEAM)]);
                x += PAD;
            }
            let mut y = top + 9.5;
            self.tree.open(Kind::Paragraph);
            for (set, (size, leading)) in texts.iter().zip(LEADINGS) {
                for line in set {
                    self.write_line((x, y + baseline(leading, size)), line);
                    y += leading;
                }
            }
            self.tree.close();
            left += column;
        }
        self.adorn(vec![rule((MARGIN, top + height), MEASURE, 0.75, Ink::SEAM_STRONG)]);
        self.y = top + height + 0.75;
    }
}

impl Figure {
    fn spans(&self) -> [Span; 3] {
        let [(value, _), (label, _), (note, _)] = LEADINGS;
        [
            Span::of(self.value.as_str(), Style::of(Weight::Strong, value, self.ink)),
            Span::of(self.label.as_str(), Style::of(Weight::Strong, label, Ink::TEXT)),
            Span::of(self.note.as_str(), Style::of(Weight::Regular, note, Ink::FAINT)),
        ]
    }
}
