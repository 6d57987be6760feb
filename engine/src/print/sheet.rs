//! A document while it is being laid out: where the next block goes, and which page it falls on. Blocks are written in
//! their own files; what is laid out is turned into a file in `pdf.rs`.

use super::{
    draw::{At, Drawn, text},
    faces::{Faces, Weight},
    ink::Ink,
    lines::{Line, Span, Style, lines},
    tree::{Kind, Tree},
};
use crate::{Error, Result};
use schema::time::Timestamp;

/// A4, in points.
pub(super) const PAGE: (f32, f32) = (595.28, 841.89);
/// What is left free at each side.
pub(super) const MARGIN: f32 = 36.0;
/// Between the margins.
pub(super) const MEASURE: f32 = PAGE.0 - 2.0 * MARGIN;
/// Where pages after the first begin, and where each ends.
const TOP: f32 = 66.0;
const BOTTOM: f32 = 784.0;
/// The longest document. A text of 10,000 characters that is nothing but line ends takes some 200 pages.
const PAGES_MAX: usize = 400;

/// What has to fit on the page below a heading: three lines of text, or the head of a table and its first row.
const KEPT_BELOW: f32 = 56.0;

/// What a document says of itself, and what stands on each of its pages.
#[derive(Clone, Debug)]
pub struct About {
    /// Its title.
    pub title: String,
    /// In a few words, what it is.
    pub subject: String,
    /// Who answers for it.
    pub author: String,
    /// Its language (BCP 47).
    pub language: &'static str,
    /// When it was made: not when its file is, so that the same document always has the same bytes.
    pub made: Timestamp,
    /// What stands at the foot of each page.
    pub foot: String,
    /// Which page of how many.
    pub page: fn(usize, usize) -> String,
    /// What stands for what no font has, said at the end of a document in which it happened.
    pub lacking: &'static str,
}

/// What one leaf of the tree shows, or what is there for the eye alone.
#[derive(Debug)]
pub(super) struct Leaf {
    /// Its number; none for the eye alone.
    pub(super) number: Option<usize>,
    pub(super) drawn: Vec<Drawn>,
}

/// An entry of the table of contents.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) words: String,
    pub(super) page: usize,
    pub(super) y: f32,
}

/// A document of A4 pages.
pub struct Sheet {
    pub(super) about: About,
    pub(super) faces: Faces,
    pub(super) pages: Vec<Vec<Leaf>>,
    pub(super) contents: Vec<Entry>,
    pub(super) tree: Tree,
    pub(super) leaves: usize,
    /// Where the next block begins.
    pub(super) y: f32,
    is_full: bool,
}

impl Sheet {
    /// A document without anything on it.
    ///
    /// # Errors
    /// When the fonts on board can't be read.
    pub fn new(about: About) -> Result<Self> {
        Ok(Self {
            about,
            faces: Faces::new()?,
            pages: vec![Vec::new()],
            contents: Vec::new(),
            tree: Tree::default(),
            leaves: 0,
            y: MARGIN,
            is_full: false,
        })
    }

    /// Leaves a space, unless a page begins here.
    pub fn space(&mut self, height: f32) {
        if !self.is_fresh() {
            self.y += height;
        }
    }

    /// A heading of a section; it stays with what comes after it.
    pub fn heading(&mut self, words: &str) {
        self.need(KEPT_BELOW * 2.0);
        self.titled(words, 2, Style::of(Weight::Strong, 12.0, Ink::TEXT), 16.5);
        self.y += 4.0;
    }

    /// A paragraph of one look, at the left margin.
    pub fn paragraph(&mut self, spans: &[Span], width: f32, leading: f32) {
        let set = lines(&mut self.faces, spans, width);
        self.tree.open(Kind::Paragraph);
        self.set(&set, MARGIN, leading);
        self.tree.close();
    }

    /// A heading of a level, in a style.
    pub(super) fn titled(&mut self, words: &str, level: u16, style: Style, leading: f32) {
        let set = lines(&mut self.faces, &[Span::of(words, style)], MEASURE);
        let height: f32 = set.iter().map(|_| leading).sum();
        self.need(height + KEPT_BELOW);
        self.contents.push(Entry { words: words.to_owned(), page: self.pages.len() - 1, y: self.y });
        self.tree.open(Kind::Heading(level, words.to_owned()));
        self.set(&set, MARGIN, leading);
        self.tree.close();
    }

    /// Lines one under the other, over as many pages as they need: never the first alone at the end of one, nor the
    /// last alone at the start of the next.
    pub(super) fn set(&mut self, set: &[Line], x: f32, leading: f32) {
        for (at, line) in set.iter().enumerate() {
            self.need(leading * kept(at, set.len()));
            self.stand(x, line, leading);
        }
    }

    /// One line at the place where the next block begins.
    pub(super) fn stand(&mut self, x: f32, line: &Line, leading: f32) {
        let size = line.runs.iter().map(|run| run.style.size).fold(0.0, f32::max);
        self.write(text((x, self.y + baseline(leading, size)), line));
        self.y += leading;
    }

    /// Goes to the next page where so much height is not left on this one.
    pub(super) fn need(&mut self, height: f32) {
        if self.y + height > BOTTOM && !self.is_fresh() {
            self.turn();
        }
    }

    /// Goes to the next page.
    fn turn(&mut self) {
        self.is_full |= self.pages.len() >= PAGES_MAX;
        if !self.is_full {
            self.pages.push(Vec::new());
        }
        self.y = TOP;
    }

    /// True where nothing stands on the page yet.
    fn is_fresh(&self) -> bool {
        let first = self.pages.len() == 1;
        if first { self.pages.first().is_none_or(Vec::is_empty) } else { self.y <= TOP }
    }

    /// Puts something on the page that belongs to the branch that is open.
    pub(super) fn write(&mut self, drawn: Vec<Drawn>) {
        if !drawn.is_empty() {
            let leaf = self.plant(drawn);
            self.tree.leaf(leaf);
        }
    }

    /// Puts something on the page that belongs to the branch which will be given its number.
    pub(super) fn plant(&mut self, drawn: Vec<Drawn>) -> usize {
        let number = self.leaves;
        self.leaves += 1;
        self.put(Leaf { number: Some(number), drawn });
        number
    }

    /// Puts something on the page that is there for the eye alone.
    pub(super) fn adorn(&mut self, drawn: Vec<Drawn>) {
        self.put(Leaf { number: None, drawn });
    }

    /// A line of text, placed by hand.
    pub(super) fn write_line(&mut self, at: At, line: &Line) {
        self.write(text(at, line));
    }

    fn put(&mut self, leaf: Leaf) {
        if let Some(page) = self.pages.last_mut() {
            page.push(leaf);
        }
    }

    /// Whether everything had its place.
    pub(super) fn is_whole(&self) -> Result<()> {
        if self.is_full { Err(Error::broken("the document has too many pages")) } else { Ok(()) }
    }
}

/// How many lines must find room where line `at` of `count` is set.
fn kept(at: usize, count: usize) -> f32 {
    match (at, count.saturating_sub(at)) {
        (0, 3) => 3.0,
        (0, 2..) | (_, 2) => 2.0,
        _ => 1.0,
    }
}

/// Where letters of a size stand in a line of a height, so that capitals have as much above as below.
pub(super) fn baseline(leading: f32, size: f32) -> f32 {
    leading / 2.0 + size * 0.345
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in super::super) fn about() -> About {
        About {
            title: "Essai".into(),
            subject: "Un essai".into(),
            author: "Awa".into(),
            language: "fr",
            made: Timestamp::from_ms(1_800_000_000_000),
            foot: "Pied".into(),
            page: |page, pages| format!("Page {page} sur {pages}"),
            lacking: "◊ : un signe que la police n’a pas.",
        }
    }

    const BODY: Style = Style::of(Weight::Regular, 10.0, Ink::TEXT);

    /// The lowest line of text on each page.
    fn depths(sheet: &Sheet) -> Vec<f32> {
        let low = |leaf: &Leaf| {
            let places = leaf.drawn.iter().filter_map(|drawn| match drawn {
                Drawn::Text((_, y), _) => Some(*y),
                _ => None,
            });
            places.fold(0.0, f32::max)
        };
        sheet.pages.iter().map(|page| page.iter().map(low).fold(0.0, f32::max)).collect()
    }

    #[test]
    fn what_does_not_fit_goes_to_the_next_page_and_nothing_reaches_the_foot() {
        let mut sheet = Sheet::new(about()).unwrap();

        for _ in 0..40 {
            sheet.paragraph(&[Span::of("mot ".repeat(120), BODY)], MEASURE, 14.0);
        }

        assert!(sheet.pages.len() > 3);
        assert!(depths(&sheet).iter().all(|depth| (TOP..BOTTOM).contains(depth)), "{:?}", depths(&sheet));
    }

    #[test]
    fn a_heading_never_stands_alone_at_the_end_of_a_page() {
        for filling in 600..760_u16 {
            let mut sheet = Sheet::new(about()).unwrap();
            sheet.paragraph(&[Span::of("x", BODY)], MEASURE, f32::from(filling));

            sheet.heading("Titre");
            let page = sheet.pages.len();
            sheet.paragraph(&[Span::of("un deux trois", BODY)], 30.0, 14.0);

            assert_eq!(sheet.pages.len(), page, "after {filling}");
        }
    }

    #[test]
    fn a_document_that_would_never_end_is_refused() {
        let mut sheet = Sheet::new(about()).unwrap();

        for _ in 0..PAGES_MAX + 5 {
            sheet.paragraph(&[Span::of("x", BODY)], MEASURE, 700.0);
        }

        assert_eq!(sheet.pages.len(), PAGES_MAX);
        assert!(sheet.finish().is_err());
    }
}
