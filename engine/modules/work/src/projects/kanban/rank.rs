//! Ranks: texts that keep cards in order. Between any two there is room for another, so that moving one
//! card writes one row. A rank is a head of eight base-62 digits, which appending counts up, and a
//! fraction, which grows by a digit only where cards are pushed between cards. Pure.

/// Past this length a neighbourhood is spread out again.
pub(crate) const LENGTH_MAX: usize = 64;
/// Digits that appending and prepending count in.
const HEAD: usize = 8;
const BASE: u8 = 62;

/// A rank between two others: `None` as a bound means the end of the column. There is none between
/// equals, or where the bounds stand the wrong way round.
pub(crate) fn between(after: Option<&str>, before: Option<&str>) -> Option<String> {
    match (after.map(digits), before.map(digits)) {
        (None, None) => Some(text(&[BASE / 2])),
        (Some(low), None) => counted_up(&low, 1).or_else(|| middle(&low, None)),
        (None, Some(high)) => counted_down(&high).or_else(|| middle(&[], Some(&high))),
        (Some(low), Some(high)) if low < high => middle(&low, Some(&high)),
        _ => None,
    }
}

/// A rank after the last one, `step` further on.
pub(crate) fn after(last: Option<&str>, step: u64) -> String {
    let last = last.map_or_else(|| vec![BASE / 2], digits);
    counted_up(&last, step).or_else(|| middle(&last, None)).unwrap_or_default()
}

/// `count` ranks in order, as evenly as may be, between two others; none where [`between`] finds none.
pub(crate) fn spread(after: Option<&str>, before: Option<&str>, count: usize) -> Vec<String> {
    let mut ranks = Vec::with_capacity(count);
    fill(after, before, count, &mut ranks);
    ranks
}

fn fill(after: Option<&str>, before: Option<&str>, count: usize, ranks: &mut Vec<String>) {
    // An open end is filled by counting towards it, a gap by halving it.
    let left = match (after, before) {
        _ if count == 0 => return,
        (_, None) => 0,
        (None, Some(_)) => count - 1,
        (Some(_), Some(_)) => count / 2,
    };
    let Some(rank) = between(after, before) else { return };
    fill(after, Some(&rank), left, ranks);
    ranks.push(rank.clone());
    fill(Some(&rank), before, count - 1 - left, ranks);
}

/// The head counted up, without a fraction; `None` at its end.
fn counted_up(low: &[u8], step: u64) -> Option<String> {
    let mut head = head(low);
    let mut carried = step;
    for digit in head.iter_mut().rev() {
        let sum = u64::from(*digit) + carried;
        *digit = u8::try_from(sum % u64::from(BASE)).unwrap_or_default();
        carried = sum / u64::from(BASE);
    }
    (carried == 0).then(|| text(&head))
}

/// The head counted down by one; `None` where only zeros would be left, below which nothing fits.
fn counted_down(high: &[u8]) -> Option<String> {
    let mut head = head(high);
    let place = head.iter().rposition(|digit| *digit > 0)?;
    for (at, digit) in head.iter_mut().enumerate().skip(place) {
        *digit = if at == place { *digit - 1 } else { BASE - 1 };
    }
    head.iter().any(|digit| *digit > 0).then(|| text(&head))
}

fn head(digits: &[u8]) -> Vec<u8> {
    digits.iter().copied().chain(std::iter::repeat(0)).take(HEAD).collect()
}

/// The shortest digits that stand above `low` and, where there is one, below `high`. The last digit of a
/// fraction is never zero, so there is always room below it; `None` for bounds that break this.
fn middle(low: &[u8], high: Option<&[u8]>) -> Option<String> {
    let mut out = Vec::with_capacity(low.len() + 1);
    let mut bound = high;
    for at in 0.. {
        if bound.is_some_and(|high| at >= high.len()) {
            return None;
        }
        let from = low.get(at).copied().unwrap_or(0);
        let to = bound.map_or(BASE, |high| high.get(at).copied().unwrap_or(0));
        if to > from + 1 {
            out.push(from.midpoint(to));
            break;
        }
        out.push(from);
        if to > from {
            // One digit below the bound: whatever follows stays below it.
            bound = None;
        }
    }
    Some(text(&out))
}

fn digits(rank: &str) -> Vec<u8> {
    let value = |byte: u8| match byte {
        b'0'..=b'9' => byte - b'0',
        b'A'..=b'Z' => byte - b'A' + 10,
        b'a'..=b'z' => byte - b'a' + 36,
        _ => 0,
    };
    rank.bytes().map(value).collect()
}

fn text(digits: &[u8]) -> String {
    let letter = |digit: &u8| match digit {
        0..=9 => char::from(b'0' + digit),
        10..=35 => char::from(b'A' + digit - 10),
        _ => char::from(b'a' + digit.min(&(BASE - 1)) - 36),
    };
    let zeros = HEAD.saturating_sub(digits.len());
    digits.iter().map(letter).chain(std::iter::repeat_n('0', zeros)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A column as two people see it: each moves a card by what he saw last, at any time.
    #[derive(Default)]
    struct Column(Vec<(String, u32)>);

    impl Column {
        fn put(&mut self, card: u32, rank: String) {
            self.0.retain(|(_, other)| *other != card);
            self.0.push((rank, card));
            self.0.sort();
        }

        fn around(&self, place: usize) -> (Option<&str>, Option<&str>) {
            let rank = |at: usize| self.0.get(at).map(|(rank, _)| rank.as_str());
            (place.checked_sub(1).and_then(rank), rank(place))
        }
    }

    proptest! {
        #[test]
        fn a_rank_stands_between_its_neighbours(places in proptest::collection::vec(0usize..100, 1..300)) {
            let mut column = Column::default();

            for (card, place) in places.into_iter().enumerate() {
                let place = place % (column.0.len() + 1);
                let (after, before) = column.around(place);
                let rank = between(after, before).unwrap();

                prop_assert!(after.is_none_or(|after| after < rank.as_str()));
                prop_assert!(before.is_none_or(|before| rank.as_str() < before));
                prop_assert!(rank.len() >= HEAD);
                column.put(u32::try_from(card).unwrap(), rank);
            }
        }

        #[test]
        fn moves_made_from_old_sights_keep_every_card_where_its_mover_saw_it(
            moves in proptest::collection::vec((0u32..12, 0usize..12, any::<bool>()), 1..80),
        ) {
            let mut column = Column::default();
            for (card, rank) in (0u32..).zip(spread(None, None, 12)) {
                column.put(card, rank);
            }
            let mut seen = Column(column.0.clone());

            for (card, place, look) in moves {
                if look {
                    seen = Column(column.0.clone());
                }
                seen.0.retain(|(_, other)| *other != card);
                let (after, before) = seen.around(place.min(seen.0.len()));
                // Two who put a card into one gap give it one rank: then the ids decide, for everybody alike.
                let Some(rank) = between(after, before) else { continue };
                prop_assert!(after.is_none_or(|after| after < rank.as_str()));
                prop_assert!(before.is_none_or(|before| rank.as_str() < before));
                column.put(card, rank);
            }

            let mut cards: Vec<u32> = column.0.iter().map(|(_, card)| *card).collect();
            cards.sort_unstable();
            prop_assert_eq!(cards, (0u32..12).collect::<Vec<_>>());
        }

        #[test]
        fn a_gap_is_filled_evenly_and_in_order(depth in 0usize..300, count in 0usize..60) {
            let (mut low, high) = ("V0000000".to_owned(), "V0000001".to_owned());
            for _ in 0..depth {
                low = between(Some(&low), Some(&high)).unwrap();
            }

            let ranks = spread(Some(&low), Some(&high), count);

            prop_assert_eq!(ranks.len(), count);
            prop_assert!(ranks.is_sorted() && ranks.first().is_none_or(|first| *first > low));
            prop_assert!(ranks.last().is_none_or(|last| *last < high));
            prop_assert!(ranks.iter().all(|rank| rank.len() <= low.len() + 3));
        }
    }

    #[test]
    fn appending_never_makes_ranks_longer() {
        let ranks = spread(None, None, 5_000);

        assert!(ranks.is_sorted());
        assert!(ranks.iter().all(|rank| rank.len() == HEAD));
        assert!(spread(None, Some("V0000000"), 5_000).iter().all(|rank| rank.len() == HEAD));
    }

    #[test]
    fn there_is_no_rank_between_equals() {
        assert_eq!(between(Some("V0000000"), Some("V0000000")), None);
        assert_eq!(between(Some("V0000001"), Some("V0000000")), None);
        assert!(spread(Some("V0000000"), Some("V0000000"), 3).is_empty());
    }

    #[test]
    fn the_ends_of_the_head_are_not_the_ends_of_the_column() {
        let last = between(Some("zzzzzzzz"), None).unwrap();
        let first = between(None, Some("00000001")).unwrap();

        assert!(last.as_str() > "zzzzzzzz");
        assert!(first.as_str() < "00000001" && !first.ends_with('0'));
    }
}
