//! The fonts on board, and a text as their glyphs. Which character comes from which font is decided here; a character
//! that none of them has is drawn as a mark, and remembered. It never breaks lines.

use crate::{Error, Result};
use krilla::text::{Font, GlyphId, KrillaGlyph};
use rustybuzz::{Direction, UnicodeBuffer};
use std::ops::Range;

/// Radio Canada, the face of the house, cut to the alphabets that are written with Latin letters (licence beside it).
const REGULAR: &[u8] = include_bytes!("fonts/RadioCanada-Regular.ttf");
const SEMI_BOLD: &[u8] = include_bytes!("fonts/RadioCanada-SemiBold.ttf");
const ITALIC: &[u8] = include_bytes!("fonts/RadioCanada-Italic.ttf");

/// What stands for a stretch of characters that no font has. The text under it stays the original.
const MARK: char = '◊';
/// The longest stretch under one mark, in characters: a text of nothing else is still seen to be long.
const STRETCH_MAX: usize = 24;

/// How heavy, or how slanted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Weight {
    /// Running text.
    Regular,
    /// What stands out.
    Strong,
    /// What is stressed.
    Slanted,
}

/// One of the fonts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct FaceId(usize);

struct Face {
    shape: rustybuzz::Face<'static>,
    font: Font,
    units: f32,
}

impl Face {
    fn of(bytes: &'static [u8]) -> Result<Self> {
        let shape =
            rustybuzz::Face::from_slice(bytes, 0).ok_or_else(|| Error::broken("a font can't be read"))?;
        let font = Font::new(bytes.into(), 0).ok_or_else(|| Error::broken("a font can't be embedded"))?;
        let units = f32::from(i16::try_from(shape.units_per_em()).unwrap_or(1_000));
        Ok(Self { shape, font, units })
    }

    fn has(&self, char: char) -> bool {
        self.shape.glyph_index(drawn(char)).is_some()
    }
}

/// A glyph, its measures in ems; `of` is the stretch of text that it draws.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Glyph {
    pub(super) id: u32,
    pub(super) advance: f32,
    pub(super) right: f32,
    pub(super) up: f32,
    pub(super) of: Range<usize>,
}

impl Glyph {
    /// The same where its text begins `by` bytes later.
    pub(super) fn moved(&self, by: usize) -> Self {
        Self { of: self.of.start.saturating_add(by)..self.of.end.saturating_add(by), ..self.clone() }
    }

    pub(super) fn drawn(&self) -> KrillaGlyph {
        KrillaGlyph::new(GlyphId::new(self.id), self.advance, self.right, self.up, 0.0, self.of.clone(), None)
    }
}

/// A stretch of text in one font.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Shaped {
    pub(super) face: FaceId,
    pub(super) text: String,
    pub(super) glyphs: Vec<Glyph>,
}

/// All fonts of one document.
pub(super) struct Faces {
    faces: Vec<Face>,
    /// Whether the mark was needed.
    pub(super) lacked: bool,
}

impl Faces {
    /// Reads the fonts on board.
    ///
    /// # Errors
    /// When one of them is no font.
    pub(super) fn new() -> Result<Self> {
        let bytes = [REGULAR, SEMI_BOLD, ITALIC, notosans::REGULAR_TTF, notosans::BOLD_TTF];
        let faces = bytes.into_iter().map(Face::of).collect::<Result<_>>()?;
        Ok(Self { faces, lacked: false })
    }

    /// The font to embed.
    pub(super) fn font(&self, id: FaceId) -> Option<Font> {
        self.faces.get(id.0).map(|face| face.font.clone())
    }

    /// A text without line ends as glyphs: stretches of one font each, in their order.
    pub(super) fn shape(&mut self, text: &str, weight: Weight) -> Vec<Shaped> {
        let (own, other) = match weight {
            Weight::Regular => (FaceId(0), FaceId(3)),
            Weight::Strong => (FaceId(1), FaceId(4)),
            Weight::Slanted => (FaceId(2), FaceId(3)),
        };
        let mut stretches: Vec<(Option<FaceId>, String)> = Vec::new();
        for char in text.chars() {
            let before = stretches.last().and_then(|(face, _)| *face);
            let wanted = [before.filter(|_| joins(char)), Some(own), Some(other)];
            let face = wanted.into_iter().flatten().find(|id| self.has(*id, char));
            match stretches.last_mut() {
                Some((last, stretch))
                    if *last == face && (face.is_some() || stretch.chars().count() < STRETCH_MAX) =>
                {
                    stretch.push(char);
                }
                _ => stretches.push((face, char.to_string())),
            }
        }
        self.lacked |= stretches.iter().any(|(face, _)| face.is_none());
        stretches
            .into_iter()
            .filter_map(|(face, stretch)| match face {
                Some(face) => self.run(face, stretch),
                None => self.mark(other, stretch),
            })
            .collect()
    }

    fn has(&self, id: FaceId, char: char) -> bool {
        self.faces.get(id.0).is_some_and(|face| face.has(char))
    }

    fn run(&self, id: FaceId, text: String) -> Option<Shaped> {
        let face = self.faces.get(id.0)?;
        let mut buffer = UnicodeBuffer::new();
        for (at, char) in text.char_indices() {
            buffer.add(drawn(char), u32::try_from(at).ok()?);
        }
        buffer.guess_segment_properties();
        // Nothing that is written from the right has a glyph here, so all stands in the order of its text.
        buffer.set_direction(Direction::LeftToRight);
        let shaped = rustybuzz::shape(&face.shape, &[], buffer);
        let ems = |units: i32| f32::from(i16::try_from(units).unwrap_or_default()) / face.units;
        let (mut start, mut end) = (text.len(), text.len());
        let drawn = shaped.glyph_infos().iter().zip(shaped.glyph_positions()).rev();
        let glyphs = drawn.map(|(info, place)| {
            let from = usize::try_from(info.cluster).unwrap_or_default();
            if from != start {
                (start, end) = (from, start);
            }
            Glyph {
                id: info.glyph_id,
                advance: ems(place.x_advance),
                right: ems(place.x_offset),
                up: ems(place.y_offset),
                of: start..end,
            }
        });
        let mut glyphs: Vec<Glyph> = glyphs.collect();
        glyphs.reverse();
        Some(Shaped { face: id, glyphs, text })
    }

    fn mark(&self, id: FaceId, text: String) -> Option<Shaped> {
        let mut shaped = self.run(id, MARK.to_string())?;
        for glyph in &mut shaped.glyphs {
            glyph.of = 0..text.len();
        }
        Some(Shaped { text, ..shaped })
    }
}

/// The character whose glyph is drawn: hyphens that hold a word together look like others.
const fn drawn(char: char) -> char {
    match char {
        '\u{2010}' | '\u{2011}' => '-',
        char => char,
    }
}

/// True for accents that stand over the letter before them.
const fn joins(char: char) -> bool {
    matches!(char, '\u{300}'..='\u{36f}' | '\u{1ab0}'..='\u{1aff}' | '\u{1dc0}'..='\u{1dff}' | '\u{20d0}'..='\u{20ff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_come_from_the_face_of_the_house_and_others_from_the_one_behind_it() {
        let mut faces = Faces::new().unwrap();

        let shaped = faces.shape("Jëm ɓ", Weight::Regular);

        assert_eq!(shaped.iter().map(|run| run.text.as_str()).collect::<Vec<_>>(), ["Jëm ", "ɓ"]);
        assert_ne!(shaped[0].face, shaped[1].face);
        assert!(!faces.lacked);
    }

    #[test]
    fn a_word_that_no_font_has_is_one_mark_over_its_own_text_and_is_remembered() {
        let mut faces = Faces::new().unwrap();

        let shaped = faces.shape("a السلام b", Weight::Strong);

        assert_eq!(shaped.iter().map(|run| run.glyphs.len()).collect::<Vec<_>>(), [2, 1, 2]);
        assert_eq!(shaped[1].text, "السلام");
        assert!(faces.lacked);
    }

    #[test]
    fn a_letter_and_the_accent_over_it_are_one_stretch() {
        let mut faces = Faces::new().unwrap();

        let shaped = faces.shape("e\u{301}ɗ\u{301}", Weight::Regular);

        assert_eq!(shaped.len(), 2);
        assert!(shaped.iter().all(|run| run.glyphs.iter().all(|glyph| glyph.of.end <= run.text.len())));
    }
}
