//! The parts of a whole: a woven bar, and under it each part by its mark, its name and its number. Two such panels stand
//! side by side.

use super::{
    cloth::{Cloth, band, mark},
    draw::At,
    faces::Weight,
    ink::Ink,
    lines::{Span, Style, line, lines_at_most},
    sheet::{Entry, MARGIN, MEASURE, Sheet, baseline},
    tree::Kind,
};

const PICK: f32 = 2.25;
/// Between two panels.
const GAP: f32 = 21.0;
const ROW: f32 = 18.0;
const MARK: f32 = 10.5;
const SIZE: f32 = 10.5;

/// One part.
pub struct Share<'a> {
    /// What it is called.
    pub name: &'a str,
    /// How many there are.
    pub count: u64,
    /// The same as it is written.
    pub figure: String,
    /// How it is woven.
    pub cloth: Cloth,
    /// Its colour.
    pub ink: Ink,
}

/// A whole.
pub struct Panel<'a> {
    /// What it is.
    pub title: &'a str,
    /// Its parts, in the order of the bar.
    pub shares: Vec<Share<'a>>,
    /// How many of them the legend names in a row.
    pub columns: u8,
}

/// How long each part is of a band, in whole steps and at least one; the longest takes what is left. A part of nothing,
/// and one that is no cloth, has no length.
pub(super) fn stretches<'a, 'b>(shares: &'a [Share<'b>], width: f32, step: f32) -> Vec<(&'a Share<'b>, f32)> {
    let woven: Vec<&Share<'_>> =
        shares.iter().filter(|share| share.count > 0 && share.cloth != Cloth::Crossed).collect();
    let all: u128 = woven.iter().map(|share| u128::from(share.count)).sum();
    let longest = woven.iter().map(|share| share.count).max().unwrap_or_default();
    let mut steps: u128 = 0;
    let mut room = width;
    while room >= step {
        steps += 1;
        room -= step;
    }
    let length = |count: u64| {
        let whole = u128::from(count).saturating_mul(steps).checked_div(all).unwrap_or_default().max(1);
        u16::try_from(whole).map_or(width, |whole| f32::from(whole) * step)
    };
    let mut given: Vec<(&Share<'_>, f32)> =
        woven.into_iter().map(|share| (share, length(share.count))).collect();
    let left = width - given.iter().map(|(_, length)| length).sum::<f32>();
    if let Some((_, length)) = given.iter_mut().find(|(share, _)| share.count == longest) {
        *length += left;
    }
    given
}

impl Sheet {
    /// Two wholes side by side.
    pub fn panels(&mut self, panels: &[Panel<'_>; 2]) {
        let width = (MEASURE - GAP) / 2.0;
        let height = panels.iter().map(Panel::height).fold(0.0, f32::max);
        self.need(height);
        let top = self.y;
        for (panel, x) in panels.iter().zip([MARGIN, MARGIN + width + GAP]) {
            self.panel(panel, (x, top), width);
        }
        self.y = top + height;
    }

    fn panel(&mut self, panel: &Panel<'_>, (x, top): At, width: f32) {
        let title = Span::of(panel.title, Style::of(Weight::Strong, 12.0, Ink::TEXT));
        let title = lines_at_most(&mut self.faces, &[title], width, 1);
        self.contents.push(Entry { words: panel.title.to_owned(), page: self.pages.len() - 1, y: top });
        self.tree.open(Kind::Heading(2, panel.title.to_owned()));
        for line in &title {
            self.write_line((x, top + baseline(16.5, 12.0)), line);
        }
        self.tree.close();
        let bar = top + 21.0;
        let mut left = x;
        for (share, length) in stretches(&panel.shares, width, 4.0 * PICK) {
            self.adorn(band((left, bar), length, PICK, share.cloth, share.ink));
            left += length;
        }
        if left <= x {
            self.adorn(band((x, bar), width, PICK, Cloth::Bare, Ink::IDLE));
        }
        self.legend(panel, (x, bar + 2.0 * PICK + 5.0), width);
    }

    fn legend(&mut self, panel: &Panel<'_>, (x, top): At, width: f32) {
        let columns = f32::from(panel.columns.max(1));
        let column = (width - GAP * (columns - 1.0)) / columns;
        self.tree.open(Kind::List(false));
        let (mut left, mut y) = (x, top);
        for share in &panel.shares {
            self.share(share, (left, y), column);
            left += column + GAP;
            if left > x + width {
                (left, y) = (x, y + ROW);
            }
        }
        self.tree.close();
    }

    fn share(&mut self, share: &Share<'_>, (x, y): At, width: f32) {
        let count = Span::of(share.figure.as_str(), Style::of(Weight::Strong, SIZE, Ink::TEXT));
        let count = line(&mut self.faces, &[count]);
        let name = Span::of(share.name, Style::of(Weight::Regular, SIZE, Ink::TEXT));
        let room = (width - MARK - 9.0 - count.width - 9.0).max(20.0);
        let name = lines_at_most(&mut self.faces, &[name], room, 1);
        let down = y + baseline(ROW, SIZE);
        self.adorn(mark((x, y + (ROW - MARK) / 2.0), MARK, share.cloth, share.ink));
        self.tree.open(Kind::Item);
        self.tree.open(Kind::Body);
        for line in &name {
            self.write_line((x + MARK + 9.0, down), line);
        }
        self.write_line((x + width - count.width, down), &count);
        self.tree.close();
        self.tree.close();
    }
}

impl Panel<'_> {
    fn height(&self) -> f32 {
        let columns = usize::from(self.columns.max(1));
        let rows = u16::try_from(self.shares.len().div_ceil(columns)).map_or(0.0, f32::from);
        21.0 + 2.0 * PICK + 5.0 + rows * ROW
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn share(count: u64, cloth: Cloth) -> Share<'static> {
        Share { name: "x", count, figure: String::new(), cloth, ink: Ink::TEXT }
    }

    #[test]
    fn a_part_of_nothing_has_no_length_and_the_smallest_has_one_step() {
        let shares = [
            share(1_000, Cloth::Solid),
            share(0, Cloth::Half),
            share(1, Cloth::Bare),
            share(9, Cloth::Crossed),
        ];

        let lengths: Vec<f32> = stretches(&shares, 103.0, 10.0).iter().map(|(_, length)| *length).collect();

        assert_eq!(lengths, [93.0, 10.0]);
        assert!(stretches(&[share(0, Cloth::Solid)], 100.0, 10.0).is_empty());
    }

    proptest! {
        #[test]
        fn all_parts_together_are_as_long_as_the_band(counts in prop::collection::vec(0_u64.., 1..6)) {
            let shares: Vec<Share<'_>> = counts.iter().map(|count| share(*count, Cloth::Solid)).collect();

            let given = stretches(&shares, 250.0, 9.0);

            let length: f32 = given.iter().map(|(_, length)| length).sum();
            prop_assert!(given.is_empty() || (length - 250.0).abs() < 0.1, "{length}");
            prop_assert!(given.iter().all(|(_, length)| *length > 0.0));
        }
    }
}
