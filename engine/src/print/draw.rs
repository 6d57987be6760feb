//! What a page shows, as values: glyphs, filled shapes, lines. Places are in points from the upper left corner. It
//! draws nothing by itself.

use super::{
    ink::Ink,
    lines::{Line, Run},
};

/// A point, right and down.
pub(super) type At = (f32, f32);

/// A rectangle: its upper left corner, its width and height.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Area {
    pub(super) x: f32,
    pub(super) y: f32,
    pub(super) width: f32,
    pub(super) height: f32,
}

impl Area {
    pub(super) const fn of(x: f32, y: f32, width: f32, height: f32) -> Self {
        Self { x, y, width, height }
    }

    /// The same without a margin all around.
    pub(super) fn inset(self, by: f32) -> Self {
        Self::of(self.x + by, self.y + by, self.width - 2.0 * by, self.height - 2.0 * by)
    }
}

/// A form.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Shape {
    /// Rectangles.
    Areas(Vec<Area>),
    /// A rectangle with round corners of a radius.
    Round(Area, f32),
    /// Closed polygons.
    Polygons(Vec<Vec<At>>),
    /// A line through points.
    Trail(Vec<At>),
    /// A disc: its middle, its radius.
    Disc(At, f32),
}

/// One thing on a page.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Drawn {
    /// Glyphs; the place is the left end of the line that they stand on.
    Text(At, Run),
    /// A filled shape.
    Fill(Shape, Ink),
    /// A filled shape, as far as it lies within another.
    Within(Shape, Shape, Ink),
    /// The outline of a shape, of a width.
    Outline(Shape, Ink, f32),
}

/// A horizontal line; `y` is its upper edge.
pub(super) fn rule((x, y): At, width: f32, height: f32, ink: Ink) -> Drawn {
    Drawn::Fill(Shape::Areas(vec![Area::of(x, y, width, height)]), ink)
}

/// A line of text that stands on `y`.
pub(super) fn text((x, y): At, line: &Line) -> Vec<Drawn> {
    let mut drawn = Vec::with_capacity(line.runs.len());
    let mut right = x;
    for run in &line.runs {
        if run.style.struck {
            let size = run.style.size;
            drawn.push(rule((right, y - size * 0.28), run.width, size * 0.06, run.style.ink));
        }
        drawn.push(Drawn::Text((right, y), run.clone()));
        right += run.width;
    }
    drawn
}
