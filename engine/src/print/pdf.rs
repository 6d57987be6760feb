//! A document as a file: pages, tags, contents and what it says of itself, written with krilla. All layout is done by
//! then, except for what needs to know how many pages there are.

use super::{
    draw::{Area, Drawn, Shape, rule, text},
    faces::{Faces, Glyph, Weight},
    ink::Ink,
    lines::{Span, Style, line, lines_at_most},
    sheet::{About, Leaf, MARGIN, MEASURE, PAGE, Sheet},
    tree::{Branch, Kind, Part},
};
use crate::{Error, Result};
use krilla::{
    Document, SerializeSettings,
    color::rgb,
    configure::{Accessibility, ConfigurationBuilder},
    destination::XyzDestination,
    geom::{Path, PathBuilder, Point, Rect},
    metadata::{DateTime, Metadata},
    num::NormalizedF32,
    outline::{Outline, OutlineNode},
    page::PageSettings,
    paint::{Fill, FillRule, LineCap, LineJoin, Stroke},
    surface::Surface,
    tagging::{
        Artifact, ArtifactType, ContentTag, Identifier, ListNumbering, Node, SpanTag, TableHeaderScope, Tag,
        TagGroup, TagTree,
    },
    text::KrillaGlyph,
};
use schema::time::{Date, Timestamp};
use std::num::NonZeroU16;

/// The seam above the foot, and where the foot's first line stands.
const FOOT: (f32, f32) = (800.5, 815.5);
const SMALL: f32 = 9.0;
/// Where the head of later pages stands.
const HEAD: f32 = 42.0;

impl Sheet {
    /// The file.
    ///
    /// # Errors
    /// When the document has too many pages, or can't be written.
    pub fn finish(mut self) -> Result<Vec<u8>> {
        self.is_whole()?;
        if self.faces.lacked {
            let note = Span::of(self.about.lacking, Style::of(Weight::Regular, SMALL, Ink::FAINT));
            self.space(12.0);
            self.paragraph(&[note], MEASURE, 13.0);
            self.is_whole()?;
        }
        let Self { about, mut faces, pages, contents, tree, leaves, .. } = self;
        let accessible =
            ConfigurationBuilder::new().with_accessibility_validator(Accessibility::UA1).finish();
        let mut document = Document::new_with(SerializeSettings {
            configuration: accessible.map_err(|error| Error::broken(format!("{error:?}")))?,
            ..SerializeSettings::default()
        });
        document.set_metadata(metadata(&about));
        let mut found: Vec<Option<Identifier>> = (0..leaves).map(|_| None).collect();
        let count = pages.len();
        for (at, leaves) in pages.into_iter().enumerate() {
            let size = PageSettings::from_wh(PAGE.0, PAGE.1).ok_or_else(|| Error::broken("no page"))?;
            let mut page = document.start_page_with(size);
            let mut surface = page.surface();
            let edge = edge(&about, &mut faces, at, count);
            for Leaf { number, drawn } in leaves.iter().chain(&edge) {
                let tag = match number {
                    Some(_) => ContentTag::Span(SpanTag::empty()),
                    None => ContentTag::Artifact(Artifact::with_kind(ArtifactType::Layout)),
                };
                let identifier = surface.start_tagged(tag);
                drawn.iter().for_each(|drawn| draw(&mut surface, &faces, drawn));
                surface.end_tagged();
                if let Some(place) = number.and_then(|number| found.get_mut(number)) {
                    *place = Some(identifier);
                }
            }
            surface.finish();
            page.finish();
        }
        let mut outline = Outline::new();
        for entry in contents {
            let place = XyzDestination::new(entry.page, Point::from_xy(0.0, (entry.y - 8.0).max(0.0)));
            outline.push_child(OutlineNode::new(entry.words, place));
        }
        document.set_outline(outline);
        let mut tags = TagTree::new().with_lang(Some(about.language.to_owned()));
        for part in tree.finish() {
            if let Some(node) = node(part, &found) {
                tags.push(node);
            }
        }
        document.set_tag_tree(tags);
        document.finish().map_err(|error| Error::broken(format!("a document can't be written: {error:?}")))
    }
}

fn metadata(about: &About) -> Metadata {
    Metadata::new()
        .title(about.title.clone())
        .description(about.subject.clone())
        .authors(vec![about.author.clone()])
        .language(about.language.to_owned())
        .creator("EcosystIA".to_owned())
        .creation_date(date(about.made))
}

fn date(made: Timestamp) -> DateTime {
    let day = Date::at(made, "UTC").civil();
    let small = |number: i8| u8::try_from(number).unwrap_or_default();
    let second = made.ms().div_euclid(1_000).rem_euclid(86_400);
    let of_day = |number: i64| u8::try_from(number).unwrap_or_default();
    DateTime::new(u16::try_from(day.year()).unwrap_or_default())
        .month(small(day.month()))
        .day(small(day.day()))
        .hour(of_day(second / 3_600))
        .minute(of_day(second / 60 % 60))
        .second(of_day(second % 60))
        .utc_offset_hour(0)
        .utc_offset_minute(0)
}

/// The foot of a page, and the head of pages after the first.
fn edge(about: &About, faces: &mut Faces, at: usize, count: usize) -> Vec<Leaf> {
    let style = Style::of(Weight::Regular, SMALL, Ink::SOFT);
    let page = line(faces, &[Span::of((about.page)(at + 1, count), style)]);
    let room = MEASURE - page.width - 18.0;
    let foot = lines_at_most(faces, &[Span::of(about.foot.as_str(), style)], room, 2);
    let mut drawn = vec![rule((MARGIN, FOOT.0), MEASURE, 0.75, Ink::SEAM_STRONG)];
    let mut down = FOOT.1;
    for line in &foot {
        drawn.extend(text((MARGIN, down), line));
        down += 11.5;
    }
    drawn.extend(text((MARGIN + MEASURE - page.width, FOOT.1), &page));
    if at > 0 {
        let title = Span::of(about.title.as_str(), Style::of(Weight::Regular, SMALL, Ink::FAINT));
        for line in &lines_at_most(faces, &[title], MEASURE, 1) {
            drawn.extend(text((MARGIN, HEAD), line));
        }
        drawn.push(rule((MARGIN, HEAD + 8.0), MEASURE, 0.75, Ink::SEAM));
    }
    vec![Leaf { number: None, drawn }]
}

fn draw(surface: &mut Surface<'_>, faces: &Faces, drawn: &Drawn) {
    match drawn {
        Drawn::Text((x, y), run) => {
            let glyphs: Vec<KrillaGlyph> = run.glyphs.iter().map(Glyph::drawn).collect();
            if let Some(font) = faces.font(run.face) {
                fill(surface, run.style.ink);
                let at = Point::from_xy(*x, *y);
                surface.draw_glyphs(at, &glyphs, font, &run.text, run.style.size, false);
            }
        }
        Drawn::Fill(shape, ink) => {
            fill(surface, *ink);
            if let Some(path) = path(shape) {
                surface.draw_path(&path);
            }
        }
        Drawn::Within(shape, bounds, ink) => {
            if let (Some(shape), Some(bounds)) = (path(shape), path(bounds)) {
                fill(surface, *ink);
                surface.push_clip_path(&bounds, &FillRule::NonZero);
                surface.draw_path(&shape);
                surface.pop();
            }
        }
        Drawn::Outline(shape, ink, width) => {
            surface.set_fill(None);
            surface.set_stroke(Some(Stroke {
                paint: paint(*ink).into(),
                width: *width,
                line_cap: LineCap::Butt,
                line_join: LineJoin::Miter,
                ..Stroke::default()
            }));
            if let Some(path) = path(shape) {
                surface.draw_path(&path);
            }
        }
    }
}

fn fill(surface: &mut Surface<'_>, ink: Ink) {
    surface.set_stroke(None);
    let paint = paint(ink).into();
    surface.set_fill(Some(Fill { paint, opacity: NormalizedF32::ONE, rule: FillRule::NonZero }));
}

fn paint(Ink(red, green, blue): Ink) -> rgb::Color {
    rgb::Color::new(red, green, blue)
}

fn path(shape: &Shape) -> Option<Path> {
    let mut path = PathBuilder::new();
    match shape {
        Shape::Areas(areas) => {
            for Area { x, y, width, height } in areas {
                path.push_rect(Rect::from_xywh(*x, *y, *width, *height)?);
            }
        }
        Shape::Round(area, radius) => round(&mut path, *area, *radius),
        Shape::Polygons(polygons) => {
            for polygon in polygons {
                trail(&mut path, polygon);
                path.close();
            }
        }
        Shape::Trail(points) => trail(&mut path, points),
        Shape::Disc((x, y), radius) => {
            let side = 2.0 * radius;
            round(&mut path, Area::of(x - radius, y - radius, side, side), *radius);
        }
    }
    path.finish()
}

fn trail(path: &mut PathBuilder, points: &[(f32, f32)]) {
    let mut points = points.iter();
    if let Some((x, y)) = points.next() {
        path.move_to(*x, *y);
    }
    points.for_each(|(x, y)| path.line_to(*x, *y));
}

/// A rectangle with round corners; an arc of a quarter is a cubic whose handles are this part of the radius long.
fn round(path: &mut PathBuilder, area: Area, radius: f32) {
    const HANDLE: f32 = 0.552_28;
    let (left, top) = (area.x, area.y);
    let (right, bottom) = (left + area.width, top + area.height);
    let (r, h) = (radius, radius * (1.0 - HANDLE));
    path.move_to(left + r, top);
    path.line_to(right - r, top);
    path.cubic_to(right - h, top, right, top + h, right, top + r);
    path.line_to(right, bottom - r);
    path.cubic_to(right, bottom - h, right - h, bottom, right - r, bottom);
    path.line_to(left + r, bottom);
    path.cubic_to(left + h, bottom, left, bottom - h, left, bottom - r);
    path.line_to(left, top + r);
    path.cubic_to(left, top + h, left + h, top, left + r, top);
    path.close();
}

fn node(part: Part, found: &[Option<Identifier>]) -> Option<Node> {
    let Branch { kind, parts } = match part {
        Part::Leaf(number) => return found.get(number).copied().flatten().map(Node::from),
        Part::Branch(branch) => branch,
    };
    let parts = parts.into_iter().filter_map(|part| node(part, found)).collect();
    let group = match kind {
        Kind::Heading(level, title) => {
            TagGroup::with_children(Tag::Hn(NonZeroU16::new(level)?, Some(title)), parts)
        }
        Kind::Paragraph => TagGroup::with_children(Tag::P, parts),
        Kind::Quote => TagGroup::with_children(Tag::BlockQuote, parts),
        Kind::List(numbered) => {
            let numbering = if numbered { ListNumbering::Decimal } else { ListNumbering::None };
            TagGroup::with_children(Tag::L(numbering), parts)
        }
        Kind::Item => TagGroup::with_children(Tag::LI, parts),
        Kind::Body => TagGroup::with_children(Tag::LBody, parts),
        Kind::Table => TagGroup::with_children(Tag::Table, parts),
        Kind::Row => TagGroup::with_children(Tag::TR, parts),
        Kind::Head => TagGroup::with_children(Tag::TH(TableHeaderScope::Column), parts),
        Kind::Cell => TagGroup::with_children(Tag::TD, parts),
    };
    Some(group.into())
}
