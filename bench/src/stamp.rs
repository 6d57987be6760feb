//! What is written in the body of a message, so that whoever hears it knows when it was meant to be
//! said and which one it is, without asking anybody. Fixed width, so that the bare loop can restamp a
//! frame in place and send the same number of bytes.

use std::fmt::Write as _;
use uuid::Uuid;

/// Says which message this is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stamp {
    /// The intended instant, microseconds since the Unix epoch.
    pub(crate) intended_us: u64,
    /// The crowd that said it.
    pub(crate) crowd: u16,
    /// Its number within that crowd.
    pub(crate) number: u32,
}

/// `t=` and 16 digits, ` c=` and 5, ` n=` and 10.
const WIDTH: usize = 2 + 16 + 3 + 5 + 3 + 10;

/// What fills a body up to its size: words, so that compression and text search see something real.
const FILLER: &str = " the budget of the spring campaign is agreed, the next step is the printer";

impl Stamp {
    /// A body of this many bytes (at least the stamp's own width), ASCII only.
    pub(crate) fn body(self, bytes: usize) -> String {
        let mut body = String::with_capacity(bytes.max(WIDTH));
        // Writing to a String can't fail.
        let _ = write!(body, "t={:016} c={:05} n={:010}", self.intended_us, self.crowd, self.number);
        body.extend(FILLER.chars().cycle().take(bytes.saturating_sub(WIDTH)));
        body
    }

    /// The stamp at the head of a body.
    pub(crate) fn read(body: &str) -> Option<Self> {
        let mut words = body.get(..WIDTH)?.split(' ');
        let stamp = Self {
            intended_us: words.next()?.strip_prefix("t=")?.parse().ok()?,
            crowd: words.next()?.strip_prefix("c=")?.parse().ok()?,
            number: words.next()?.strip_prefix("n=")?.parse().ok()?,
        };
        words.next().is_none().then_some(stamp)
    }

    /// Where the stamp stands in the bytes of a frame.
    pub(crate) fn find(frame: &[u8]) -> Option<usize> {
        frame
            .windows(WIDTH)
            .position(|window| std::str::from_utf8(window).ok().and_then(Self::read).is_some())
    }

    /// Writes this stamp over the one that stands at this place.
    pub(crate) fn overwrite(self, frame: &mut [u8], place: usize) {
        if let Some(old) = frame.get_mut(place..place + WIDTH) {
            old.copy_from_slice(self.body(WIDTH).as_bytes());
        }
    }

    /// The `client_id` of this message: unique over the runs that share a tag, and the same whenever the
    /// message is sent again.
    pub(crate) fn client_id(self, tag: u64) -> Uuid {
        let id = (u128::from(tag) << 64) | (u128::from(self.crowd) << 32) | u128::from(self.number);
        uuid::Builder::from_random_bytes(id.to_be_bytes()).into_uuid()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STAMP: Stamp = Stamp { intended_us: 1_732_480_000_123_456, crowd: 3, number: 4_000_000_000 };

    #[test]
    fn a_stamp_survives_its_body_whatever_the_size() {
        for bytes in [0, WIDTH, 120, 1_024] {
            let body = STAMP.body(bytes);

            assert_eq!(body.len(), bytes.max(WIDTH));
            assert_eq!(Stamp::read(&body), Some(STAMP));
        }
    }

    #[test]
    fn other_texts_carry_no_stamp() {
        for body in ["", "hello", "t=1 c=2 n=3", &"x".repeat(200)] {
            assert_eq!(Stamp::read(body), None, "{body}");
        }
    }

    #[test]
    fn a_frame_is_restamped_in_place() {
        let later = Stamp { intended_us: STAMP.intended_us + 1, number: 9, ..STAMP };
        let mut frame = [b"\x82\x7e\x01\x00".as_slice(), STAMP.body(120).as_bytes(), b"\xc0"].concat();
        let size = frame.len();

        let place = Stamp::find(&frame).unwrap();
        later.overwrite(&mut frame, place);

        assert_eq!(frame.len(), size);
        assert_eq!(Stamp::find(&frame), Some(place));
        assert_eq!(Stamp::read(std::str::from_utf8(&frame[place..place + WIDTH]).unwrap()), Some(later));
    }

    #[test]
    fn client_ids_differ_where_messages_differ() {
        let id = STAMP.client_id(5);

        assert_eq!(id, STAMP.client_id(5));
        assert_ne!(id, Stamp { number: 1, ..STAMP }.client_id(5));
        assert_ne!(id, Stamp { crowd: 1, ..STAMP }.client_id(5));
        assert_ne!(id, STAMP.client_id(6));
    }
}
