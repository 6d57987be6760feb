//! The woven patterns that tell parts of a whole apart without their colour: as a band, and as the mark that
//! explains it. It knows neither numbers nor words.

use super::{
    draw::{Area, At, Drawn, Shape},
    ink::Ink,
};

/// How dense a cloth is woven.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Cloth {
    /// Whole.
    Solid,
    /// Three picks of four.
    Dense,
    /// Two picks of four.
    Half,
    /// Slanting stripes.
    Striped,
    /// One pick of four.
    Bare,
    /// No cloth at all: it has a mark, and no part of a band.
    Crossed,
}

/// A band of two rows of picks, each as high as `pick`.
pub(super) fn band((x, y): At, width: f32, pick: f32, cloth: Cloth, ink: Ink) -> Vec<Drawn> {
    let whole = Area::of(x, y, width, 2.0 * pick);
    let woven = |picks: f32| {
        let mut areas = Vec::new();
        for (row, shift) in [(0.0, 0.0), (1.0, -2.0)] {
            let mut left = x + shift * pick;
            while left < x + width {
                let (from, to) = (left.max(x), (left + picks * pick).min(x + width));
                if from < to {
                    areas.push(Area::of(from, y + row * pick, to - from, pick));
                }
                left += 4.0 * pick;
            }
        }
        vec![Drawn::Fill(Shape::Areas(areas), ink)]
    };
    match cloth {
        Cloth::Solid => vec![Drawn::Fill(Shape::Areas(vec![whole]), ink)],
        Cloth::Dense => woven(3.0),
        Cloth::Half => woven(2.0),
        Cloth::Bare => woven(1.0),
        Cloth::Striped => vec![Drawn::Within(stripes(whole, pick), Shape::Areas(vec![whole]), ink)],
        Cloth::Crossed => Vec::new(),
    }
}

/// Stripes that rise to the right over an area, as wide as what lies between them.
fn stripes(area: Area, step: f32) -> Shape {
    let (top, bottom) = (area.y, area.y + area.height);
    let mut left = area.x - area.height;
    let mut stripes = Vec::new();
    while left < area.x + area.width {
        let up = left + area.height;
        stripes.push(vec![(left, bottom), (up, top), (up + step * 1.4, top), (left + step * 1.4, bottom)]);
        left += step * 2.8;
    }
    Shape::Polygons(stripes)
}

/// The mark that stands for a cloth; `size` is its side.
pub(super) fn mark((x, y): At, size: f32, cloth: Cloth, ink: Ink) -> Vec<Drawn> {
    let line = size * 0.11;
    let whole = Area::of(x, y, size, size);
    let (outer, radius) = (whole.inset(line / 2.0), size * 0.2);
    let (half, middle) = (outer.width / 2.0, outer.y + outer.height / 2.0);
    let within = |shape: Shape| Drawn::Within(shape, Shape::Round(outer, radius), ink);
    let left = Area { width: half, ..outer };
    let mut drawn = match cloth {
        Cloth::Solid => {
            let check = [(0.26, 0.52), (0.43, 0.69), (0.75, 0.33)];
            let check = check.map(|(right, down)| (x + right * size, y + down * size));
            return vec![
                Drawn::Fill(Shape::Round(whole, radius), ink),
                Drawn::Outline(Shape::Trail(check.to_vec()), Ink::PAPER, size * 0.12),
            ];
        }
        Cloth::Bare => Vec::new(),
        Cloth::Half => vec![within(Shape::Areas(vec![left]))],
        Cloth::Dense => {
            let corner = Area::of(outer.x + half, middle, half, outer.height / 2.0);
            vec![within(Shape::Areas(vec![left, corner]))]
        }
        Cloth::Striped => vec![within(stripes(outer, size * 0.13))],
        Cloth::Crossed => {
            let inner = outer.inset(line * 1.2);
            let (left, right) = (inner.x, inner.x + inner.width);
            let slant = vec![(left, inner.y + inner.height), (right, inner.y)];
            vec![Drawn::Outline(Shape::Trail(slant), ink, line)]
        }
    };
    drawn.push(Drawn::Outline(Shape::Round(outer, radius), ink, line));
    drawn
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_pick_lies_outside_its_band() {
        for cloth in [Cloth::Solid, Cloth::Dense, Cloth::Half, Cloth::Bare] {
            for drawn in band((10.0, 0.0), 33.0, 3.0, cloth, Ink::TEXT) {
                let Drawn::Fill(Shape::Areas(areas), _) = drawn else { panic!("{drawn:?}") };
                assert!(
                    areas.iter().all(|area| area.x >= 10.0 && area.x + area.width <= 43.001),
                    "{areas:?}"
                );
            }
        }
        assert!(band((10.0, 0.0), 33.0, 3.0, Cloth::Crossed, Ink::TEXT).is_empty());
    }
}
