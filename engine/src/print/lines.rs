//! Text as lines of a width: where it may be broken is Unicode's word (UAX #14), and a word that is wider than a line is
//! broken between its characters, so nothing ever sticks out. It knows no pages.

use super::{
    clean::clean,
    faces::{FaceId, Faces, Glyph, Weight},
    ink::Ink,
};
use std::ops::Range;
use unicode_linebreak::{BreakOpportunity, linebreaks};

/// What is lost when many small widths are added up, in points.
pub(super) const SLACK: f32 = 0.01;

/// How letters look.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Style {
    /// How heavy.
    pub weight: Weight,
    /// How big, in points.
    pub size: f32,
    /// In which colour.
    pub ink: Ink,
    /// Whether a line goes through them.
    pub struck: bool,
}

impl Style {
    /// Letters of a size in a colour.
    #[must_use]
    pub const fn of(weight: Weight, size: f32, ink: Ink) -> Self {
        Self { weight, size, ink, struck: false }
    }
}

/// A stretch of text that looks the same.
#[derive(Clone, PartialEq, Debug)]
pub struct Span {
    /// The text.
    pub text: String,
    /// How it looks.
    pub style: Style,
}

impl Span {
    /// A text in a style.
    pub fn of(text: impl Into<String>, style: Style) -> Self {
        Self { text: text.into(), style }
    }
}

/// Glyphs of one font and one look, drawn in one go.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Run {
    pub(super) face: FaceId,
    pub(super) style: Style,
    pub(super) text: String,
    pub(super) glyphs: Vec<Glyph>,
    /// In points.
    pub(super) width: f32,
}

/// One line.
#[derive(Clone, Default, PartialEq, Debug)]
pub(super) struct Line {
    pub(super) runs: Vec<Run>,
    /// Without the spaces at its end, in points.
    pub(super) width: f32,
}

impl Line {
    fn push(&mut self, run: Run) {
        match self.runs.last_mut() {
            Some(last) if last.face == run.face && last.style == run.style => {
                let by = last.text.len();
                last.glyphs.extend(run.glyphs.iter().map(|glyph| glyph.moved(by)));
                last.text.push_str(&run.text);
                last.width += run.width;
            }
            _ => self.runs.push(run),
        }
    }

    /// Everything it draws.
    #[cfg(test)]
    pub(super) fn text(&self) -> String {
        self.runs.iter().map(|run| run.text.as_str()).collect()
    }
}

/// What stands between two places where a line may end.
struct Word {
    runs: Vec<Run>,
    /// Up to its last letter, and the spaces after it.
    solid: f32,
    tail: f32,
}

/// The lines of a text, none wider than `width`. An empty text has none.
pub(super) fn lines(faces: &mut Faces, spans: &[Span], width: f32) -> Vec<Line> {
    let spans: Vec<Span> = spans.iter().map(|span| Span::of(clean(&span.text), span.style)).collect();
    let whole: String = spans.iter().map(|span| span.text.as_str()).collect();
    let mut setting = Setting { width, lines: Vec::new(), line: Line::default(), full: 0.0 };
    let mut from = 0;
    for (end, opportunity) in linebreaks(&whole) {
        let forced = opportunity == BreakOpportunity::Mandatory;
        setting.add(word(faces, &spans, from..end));
        if forced && (end < whole.len() || !setting.line.runs.is_empty() || whole.ends_with('\n')) {
            setting.end();
        }
        from = end;
    }
    setting.lines
}

/// The same as [`lines`], no wider and no more of them, where that spares the last of a few lines from being very short.
pub(super) fn even(faces: &mut Faces, spans: &[Span], width: f32) -> Vec<Line> {
    let set = lines(faces, spans, width);
    let is_short = |set: &[Line]| set.last().is_some_and(|last| last.width < width * 0.3);
    if !(2..=6).contains(&set.len()) || !is_short(&set) {
        return set;
    }
    let narrower = [0.97, 0.94, 0.91, 0.88, 0.85].map(|part| lines(faces, spans, width * part));
    narrower.into_iter().find(|other| other.len() == set.len() && !is_short(other)).unwrap_or(set)
}

/// A text as one line, however wide.
pub(super) fn line(faces: &mut Faces, spans: &[Span]) -> Line {
    let one_line: Vec<Span> =
        spans.iter().map(|span| Span::of(clean(&span.text).replace('\n', " "), span.style)).collect();
    let length = one_line.iter().map(|span| span.text.len()).sum();
    let word = word(faces, &one_line, 0..length);
    let mut line = Line { width: word.solid, ..Line::default() };
    word.runs.into_iter().for_each(|run| line.push(run));
    line
}

/// The lines of a text, the last of at most `most` ending in `…` where there was more.
pub(super) fn lines_at_most(faces: &mut Faces, spans: &[Span], width: f32, most: usize) -> Vec<Line> {
    let mut set = lines(faces, spans, width);
    if set.len() > most {
        set.truncate(most);
        if let (Some(last), Some(style)) = (set.last_mut(), spans.last().map(|span| span.style)) {
            let more = line(faces, &[Span::of("…", style)]);
            shorten(last, width - more.width);
            last.width += more.width;
            more.runs.into_iter().for_each(|run| last.push(run));
        }
    }
    set
}

/// Takes characters off the end of a line until it is no wider.
fn shorten(line: &mut Line, width: f32) {
    let mut kept = Line::default();
    for cluster in line.runs.iter().flat_map(clusters) {
        if kept.width + cluster.width > width {
            break;
        }
        kept.width += cluster.width;
        kept.push(cluster);
    }
    *line = kept;
}

struct Setting {
    width: f32,
    lines: Vec<Line>,
    line: Line,
    /// The line's width with the spaces at its end.
    full: f32,
}

impl Setting {
    fn add(&mut self, word: Word) {
        if self.full + word.solid > self.width + SLACK && !self.line.runs.is_empty() {
            self.end();
        }
        if word.solid > self.width + SLACK {
            for cluster in word.runs.iter().flat_map(clusters) {
                let (solid, blank) =
                    if cluster.text == " " { (0.0, cluster.width) } else { (cluster.width, 0.0) };
                if self.full + solid > self.width + SLACK && !self.line.runs.is_empty() {
                    self.end();
                }
                self.put(cluster, solid, blank);
            }
            return;
        }
        let last = word.runs.len().saturating_sub(1);
        for (at, run) in word.runs.into_iter().enumerate() {
            let (solid, blank) = if at == last { (word.solid, word.tail) } else { (0.0, 0.0) };
            self.put(run, solid, blank);
        }
    }

    fn put(&mut self, run: Run, solid: f32, blank: f32) {
        if solid > 0.0 {
            self.line.width = self.full + solid;
        }
        self.full += solid + blank;
        self.line.push(run);
    }

    fn end(&mut self) {
        self.lines.push(std::mem::take(&mut self.line));
        self.full = 0.0;
    }
}

/// The stretch `of` the text that the spans make together.
fn word(faces: &mut Faces, spans: &[Span], of: Range<usize>) -> Word {
    let mut runs = Vec::new();
    let mut at = 0;
    for span in spans {
        let (start, end) = (of.start.max(at), of.end.min(at.saturating_add(span.text.len())));
        let part = span.text.get(start.saturating_sub(at)..end.saturating_sub(at)).unwrap_or_default();
        at = at.saturating_add(span.text.len());
        if start >= end {
            continue;
        }
        for shaped in faces.shape(part.trim_end_matches('\n'), span.style.weight) {
            let width = shaped.glyphs.iter().map(|glyph| glyph.advance).sum::<f32>() * span.style.size;
            let (face, text, glyphs) = (shaped.face, shaped.text, shaped.glyphs);
            runs.push(Run { face, style: span.style, text, glyphs, width });
        }
    }
    let width: f32 = runs.iter().map(|run| run.width).sum();
    let mut tail = 0.0;
    for run in runs.iter().rev() {
        let letters = run.text.trim_end_matches(' ').len();
        let blank = run.glyphs.iter().filter(|glyph| glyph.of.start >= letters);
        tail += blank.map(|glyph| glyph.advance).sum::<f32>() * run.style.size;
        if letters > 0 {
            break;
        }
    }
    Word { runs, solid: width - tail, tail }
}

/// A run in its smallest parts: a letter with its accents, a ligature.
fn clusters(run: &Run) -> impl Iterator<Item = Run> {
    run.glyphs.chunk_by(|one, next| one.of == next.of).map(|glyphs| {
        let of = glyphs.first().map(|glyph| glyph.of.clone()).unwrap_or_default();
        let text = run.text.get(of).unwrap_or_default().to_owned();
        let width = glyphs.iter().map(|glyph| glyph.advance).sum::<f32>() * run.style.size;
        let glyphs = glyphs.iter().map(|glyph| Glyph { of: 0..text.len(), ..glyph.clone() }).collect();
        Run { face: run.face, style: run.style, text, glyphs, width }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const BODY: Style = Style::of(Weight::Regular, 10.0, Ink::TEXT);
    const STRONG: Style = Style::of(Weight::Strong, 14.0, Ink::DANGER);

    fn set(text: &str, width: f32) -> Vec<String> {
        let mut faces = Faces::new().unwrap();
        lines(&mut faces, &[Span::of(text, BODY)], width).iter().map(Line::text).collect()
    }

    #[test]
    fn a_line_ends_where_the_text_lets_it_and_no_later_than_the_width() {
        assert_eq!(set("trois mots courts", 60.0), ["trois mots ", "courts"]);
        assert_eq!(set("un\n\ndeux", 60.0), ["un", "", "deux"]);
        assert_eq!(set("12\u{202f}% du total", 30.0), ["12\u{a0}% ", "du ", "total"]);
        assert_eq!(set("un immense", 30.0), ["un ", "imme", "nse"]);
        assert!(set("", 60.0).is_empty());
    }

    #[test]
    fn a_last_line_of_one_word_is_given_company_where_that_costs_no_line() {
        let mut faces = Faces::new().unwrap();
        let text = [Span::of("quatre mots assez longs pour deux interlignes oui", BODY)];

        let (as_is, set) = (lines(&mut faces, &text, 220.0), even(&mut faces, &text, 220.0));

        assert_eq!((as_is.len(), as_is[1].text()), (2, "oui".into()));
        assert_eq!((set.len(), set[1].text()), (2, "interlignes oui".into()));
    }

    #[test]
    fn what_does_not_fit_into_the_lines_there_are_ends_in_dots() {
        let mut faces = Faces::new().unwrap();

        let set = lines_at_most(&mut faces, &[Span::of("un deux trois quatre", BODY)], 40.0, 1);

        assert_eq!(set.len(), 1);
        assert!(set[0].text().ends_with('…') && set[0].width <= 40.0 + SLACK, "{set:?}");
    }

    proptest! {
        #[test]
        fn no_line_is_wider_than_the_page_and_no_character_is_lost(
            parts in prop::collection::vec(("\\PC{0,40}|[a-z ]{0,60}|(?s).{0,20}", any::<bool>()), 0..6),
            width in 30.0_f32..500.0,
        ) {
            let mut faces = Faces::new().unwrap();
            let spans: Vec<Span> = parts
                .iter()
                .map(|(text, strong)| Span::of(text.as_str(), if *strong { STRONG } else { BODY }))
                .collect();

            let set = lines(&mut faces, &spans, width);

            for line in &set {
                prop_assert!(line.width <= width + SLACK, "{} in {width}", line.width);
                let drawn: f32 = line.runs.iter().map(|run| run.width).sum();
                prop_assert!(drawn >= line.width - 0.1);
                for run in &line.runs {
                    let ends = run.glyphs.iter().all(|glyph| run.text.get(glyph.of.clone()).is_some());
                    prop_assert!(ends, "{run:?}");
                }
            }
            let drawn: String = set.iter().map(Line::text).collect();
            let given: String = spans.iter().map(|span| clean(&span.text)).collect();
            prop_assert_eq!(drawn, given.replace('\n', ""));
        }
    }
}
