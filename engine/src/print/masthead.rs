//! How a document begins: from whom it comes, what it is, its title, and in a frame at the right what matters most.

use super::{
    cloth::{Cloth, band},
    draw::{Area, At, Drawn, Shape},
    faces::Weight,
    ink::Ink,
    lines::{Span, Style, even, line},
    shares::{Share, stretches},
    sheet::{Entry, MARGIN, MEASURE, PAGE, Sheet, baseline},
    tree::Kind,
};

/// The height of one row of the band at the upper edge.
const PICK: f32 = 4.5;
const SMALL: f32 = 10.5;
const TITLE: f32 = 22.0;

/// The first lines of a document.
pub struct Masthead<'a> {
    /// Whose document it is.
    pub from: &'a str,
    /// What it is.
    pub kind: &'a str,
    /// Its title.
    pub title: &'a str,
    /// What it is about, in a few words.
    pub under: &'a str,
    /// What matters most.
    pub seal: Option<Seal<'a>>,
}

/// A word in a frame.
pub struct Seal<'a> {
    /// What the word is about.
    pub label: &'a str,
    /// The word.
    pub word: &'a str,
    /// The form before it, so that the colour says nothing alone.
    pub form: Form,
    /// The colour of all.
    pub ink: Ink,
    /// What stands under the frame.
    pub note: Option<&'a str>,
}

/// A form that says the same as its colour.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Form {
    /// All is well.
    Disc,
    /// Look here.
    Triangle,
    /// Help is needed.
    Diamond,
}

impl Form {
    fn shape(self, (x, y): At, size: f32) -> Shape {
        let (half, whole) = (size / 2.0, size);
        match self {
            Self::Disc => Shape::Disc((x + half, y + half), half),
            Self::Triangle => Shape::Polygons(vec![vec![
                (x + half, y + size * 0.06),
                (x + whole, y + size * 0.94),
                (x, y + size * 0.94),
            ]]),
            Self::Diamond => Shape::Polygons(vec![vec![
                (x + half, y),
                (x + whole, y + half),
                (x + half, y + whole),
                (x, y + half),
            ]]),
        }
    }
}

impl Sheet {
    /// The woven band along the upper edge of the first page: the parts of a whole, or bare cloth where there are none.
    pub fn band(&mut self, shares: &[Share<'_>]) {
        let mut drawn = Vec::new();
        let mut left = 0.0;
        for (share, width) in stretches(shares, PAGE.0, 4.0 * PICK) {
            drawn.extend(band((left, 0.0), width, PICK, share.cloth, share.ink));
            left += width;
        }
        if drawn.is_empty() {
            drawn = band((0.0, 0.0), PAGE.0, PICK, Cloth::Bare, Ink::IDLE);
        }
        self.adorn(drawn);
    }

    /// The head of the document.
    pub fn masthead(&mut self, head: &Masthead<'_>) {
        let top = 29.0;
        let (taken, below) = head.seal.as_ref().map_or((0.0, top), |seal| self.measure(seal, top));
        let width = MEASURE - taken;
        let from = [
            Span::of(head.from, Style::of(Weight::Strong, SMALL, Ink::SOFT)),
            Span::of(format!("\u{a0} {}", head.kind), Style::of(Weight::Regular, SMALL, Ink::SOFT)),
        ];
        self.y = top;
        self.block(&from, Kind::Paragraph, width, 15.5);
        self.y += 7.0;
        self.contents.push(Entry { words: head.title.to_owned(), page: 0, y: self.y });
        let title = Span::of(head.title, Style::of(Weight::Strong, TITLE, Ink::TEXT));
        self.block(&[title], Kind::Heading(1, head.title.to_owned()), width, 28.5);
        self.y += 2.0;
        let under = Span::of(head.under, Style::of(Weight::Regular, 12.0, Ink::SOFT));
        self.block(&[under], Kind::Paragraph, width, 17.0);
        let left = self.y;
        if let Some(seal) = &head.seal {
            self.seal(seal, top);
        }
        self.y = left.max(below) + 15.0;
    }

    fn block(&mut self, spans: &[Span], kind: Kind, width: f32, leading: f32) {
        let set = even(&mut self.faces, spans, width);
        self.tree.open(kind);
        self.set(&set, MARGIN, leading);
        self.tree.close();
    }

    /// The width that a seal takes from the title, and where it ends.
    fn measure(&mut self, seal: &Seal<'_>, top: f32) -> (f32, f32) {
        let spans = seal.spans();
        let [label, word, note] = spans.each_ref().map(|span| line(&mut self.faces, span).width);
        let frame = label.max(word + 15.0) + 20.0;
        let below = top + if seal.note.is_some() { 58.0 } else { 42.0 };
        (frame.max(note) + 24.0, below)
    }

    fn seal(&mut self, seal: &Seal<'_>, top: f32) {
        let spans = seal.spans();
        let [label, word, note] = spans.each_ref().map(|span| line(&mut self.faces, span));
        let width = label.width.max(word.width + 15.0) + 20.0;
        let right = MARGIN + MEASURE;
        let left = right - width;
        let frame = Area::of(left, top, width, 42.0).inset(0.6);
        self.adorn(vec![
            Drawn::Outline(Shape::Round(frame, 4.5), seal.ink, 1.2),
            Drawn::Fill(seal.form.shape((left + 10.0, top + 22.6), 9.6), seal.ink),
        ]);
        self.tree.open(Kind::Paragraph);
        self.write_line((left + 10.0, top + 5.0 + baseline(15.0, SMALL)), &label);
        self.write_line((left + 25.0, top + 18.5 + baseline(18.0, 13.5)), &word);
        self.tree.close();
        self.tree.open(Kind::Paragraph);
        self.write_line((right - note.width, top + 46.0 + baseline(15.0, SMALL)), &note);
        self.tree.close();
    }
}

impl Seal<'_> {
    fn spans(&self) -> [Vec<Span>; 3] {
        let small = |ink| Style::of(Weight::Regular, SMALL, ink);
        [
            vec![Span::of(self.label, small(Ink::SOFT))],
            vec![Span::of(self.word, Style::of(Weight::Strong, 13.5, self.ink))],
            self.note.map(|note| Span::of(note, small(Ink::FAINT))).into_iter().collect(),
        ]
    }
}
