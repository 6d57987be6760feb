//! MessagePack, as much as the frames need: maps with text keys are written, and any value is looked
//! into without being decoded. A crowd reads tens of thousands of frames a second and wants three
//! fields of each, so reading borrows, allocates nothing and never recurses.

use rmp::Marker;

/// A position in MessagePack bytes.
#[derive(Clone, Copy)]
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, size: usize) -> Option<&'a [u8]> {
        let (head, rest) = self.0.split_at_checked(size)?;
        self.0 = rest;
        Some(head)
    }

    fn chunk<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (head, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*head)
    }

    fn marker(&mut self) -> Option<Marker> {
        self.chunk::<1>().map(|[byte]| Marker::from_u8(byte))
    }

    fn u8(&mut self) -> Option<usize> {
        self.chunk().map(|bytes| usize::from(u8::from_be_bytes(bytes)))
    }

    fn u16(&mut self) -> Option<usize> {
        self.chunk().map(|bytes| usize::from(u16::from_be_bytes(bytes)))
    }

    fn u32(&mut self) -> Option<usize> {
        self.chunk().and_then(|bytes| usize::try_from(u32::from_be_bytes(bytes)).ok())
    }

    fn map(&mut self) -> Option<usize> {
        match self.marker()? {
            Marker::FixMap(entries) => Some(entries.into()),
            Marker::Map16 => self.u16(),
            Marker::Map32 => self.u32(),
            _ => None,
        }
    }

    fn text(&mut self) -> Option<&'a [u8]> {
        let size = match self.marker()? {
            Marker::FixStr(size) => size.into(),
            Marker::Str8 => self.u8()?,
            Marker::Str16 => self.u16()?,
            Marker::Str32 => self.u32()?,
            _ => return None,
        };
        self.take(size)
    }

    /// The bytes of the next value, whatever it is. Depth costs a counter and no stack.
    fn value(&mut self) -> Option<&'a [u8]> {
        let before = self.0;
        let mut owed = 1_usize;
        while owed > 0 {
            owed = owed - 1 + self.shell()?;
        }
        before.get(..before.len() - self.0.len())
    }

    /// Steps over one marker with its own bytes, and says how many values stand inside it.
    fn shell(&mut self) -> Option<usize> {
        let (size, inside) = match self.marker()? {
            Marker::FixPos(_) | Marker::FixNeg(_) | Marker::Null | Marker::True | Marker::False => (0, 0),
            Marker::U8 | Marker::I8 => (1, 0),
            Marker::U16 | Marker::I16 => (2, 0),
            Marker::U32 | Marker::I32 | Marker::F32 => (4, 0),
            Marker::U64 | Marker::I64 | Marker::F64 => (8, 0),
            Marker::FixStr(size) => (size.into(), 0),
            Marker::Str8 | Marker::Bin8 => (self.u8()?, 0),
            Marker::Str16 | Marker::Bin16 => (self.u16()?, 0),
            Marker::Str32 | Marker::Bin32 => (self.u32()?, 0),
            Marker::FixArray(values) => (0, values.into()),
            Marker::Array16 => (0, self.u16()?),
            Marker::Array32 => (0, self.u32()?),
            Marker::FixMap(entries) => (0, usize::from(entries) * 2),
            Marker::Map16 => (0, self.u16()? * 2),
            Marker::Map32 => (0, self.u32()?.checked_mul(2)?),
            Marker::FixExt1 => (2, 0),
            Marker::FixExt2 => (3, 0),
            Marker::FixExt4 => (5, 0),
            Marker::FixExt8 => (9, 0),
            Marker::FixExt16 => (17, 0),
            Marker::Ext8 => (self.u8()? + 1, 0),
            Marker::Ext16 => (self.u16()? + 1, 0),
            Marker::Ext32 => (self.u32()?.checked_add(1)?, 0),
            Marker::Reserved => return None,
        };
        self.take(size).map(|_| inside)
    }
}

/// The entries of a map: the bytes of each key with those of its value. Ends early where they are not one.
pub(crate) fn entries(map: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
    let mut reader = Reader(map);
    let mut left = reader.map().unwrap_or(0);
    std::iter::from_fn(move || {
        left = left.checked_sub(1)?;
        Some((reader.text()?, reader.value()?))
    })
}

/// What begins with the value of one field of a map; where the value ends is not looked for.
pub(crate) fn field<'a>(map: &'a [u8], name: &str) -> Option<&'a [u8]> {
    let mut reader = Reader(map);
    for _ in 0..reader.map()? {
        if reader.text()? == name.as_bytes() {
            return Some(reader.0);
        }
        reader.value()?;
    }
    None
}

/// A value that is text.
pub(crate) fn text(value: &[u8]) -> Option<&str> {
    Reader(value).text().and_then(|bytes| std::str::from_utf8(bytes).ok())
}

/// A value that is a whole number, zero or above.
pub(crate) fn number(value: &[u8]) -> Option<u64> {
    let mut reader = Reader(value);
    match reader.marker()? {
        Marker::FixPos(small) => Some(small.into()),
        Marker::U8 => reader.chunk().map(|bytes| u8::from_be_bytes(bytes).into()),
        Marker::U16 => reader.chunk().map(|bytes| u16::from_be_bytes(bytes).into()),
        Marker::U32 => reader.chunk().map(|bytes| u32::from_be_bytes(bytes).into()),
        Marker::U64 => reader.chunk().map(u64::from_be_bytes),
        Marker::I8 => reader.chunk().and_then(|bytes| i8::from_be_bytes(bytes).try_into().ok()),
        Marker::I16 => reader.chunk().and_then(|bytes| i16::from_be_bytes(bytes).try_into().ok()),
        Marker::I32 => reader.chunk().and_then(|bytes| i32::from_be_bytes(bytes).try_into().ok()),
        Marker::I64 => reader.chunk().and_then(|bytes| i64::from_be_bytes(bytes).try_into().ok()),
        _ => None,
    }
}

/// Appends the head of a map of at most fifteen entries, which is all that a client's frame has.
pub(crate) fn write_map(out: &mut Vec<u8>, entries: u8) {
    assert!(entries < 16, "a fixmap holds at most fifteen entries");
    out.push(0x80 | entries);
}

/// Appends text.
pub(crate) fn write_text(out: &mut Vec<u8>, text: &str) {
    match (u8::try_from(text.len()), u16::try_from(text.len())) {
        (Ok(size @ 0..=31), _) => out.push(0xa0 | size),
        (Ok(size), _) => out.extend([0xd9, size]),
        (_, Ok(size)) => {
            out.push(0xda);
            out.extend(size.to_be_bytes());
        }
        _ => {
            out.push(0xdb);
            out.extend(u32::try_from(text.len()).unwrap_or(u32::MAX).to_be_bytes());
        }
    }
    out.extend_from_slice(text.as_bytes());
}

/// Appends a whole number.
pub(crate) fn write_number(out: &mut Vec<u8>, number: u64) {
    match u8::try_from(number) {
        Ok(small @ 0..=127) => out.push(small),
        _ => {
            out.push(0xcf);
            out.extend(number.to_be_bytes());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rmpv::Value;

    fn any_value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Nil),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<u64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            ".{0,300}".prop_map(Value::from),
            any::<Vec<u8>>().prop_map(Value::from),
            (any::<i8>(), prop::collection::vec(any::<u8>(), 0..20))
                .prop_map(|(kind, data)| Value::Ext(kind, data)),
        ];
        leaf.prop_recursive(4, 64, 20, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..20).prop_map(Value::Array),
                prop::collection::vec((".{0,40}".prop_map(Value::from), inner), 0..20).prop_map(Value::Map),
            ]
        })
    }

    fn bytes_of(value: &Value) -> Vec<u8> {
        let mut bytes = Vec::new();
        rmpv::encode::write_value(&mut bytes, value).unwrap();
        bytes
    }

    proptest! {
        #[test]
        fn a_field_is_found_among_any_others(before in any_value(), wanted in any_value(), after in any_value()) {
            let map = Value::Map(vec![("a".into(), before), ("b".into(), wanted.clone()), ("c".into(), after)]);

            let (bytes, wanted) = (bytes_of(&map), bytes_of(&wanted));

            prop_assert!(field(&bytes, "b").unwrap().starts_with(&wanted));
            prop_assert_eq!(entries(&bytes).nth(1), Some((&b"b"[..], wanted.as_slice())));
            prop_assert_eq!(field(&bytes, "d"), None);
            prop_assert_eq!(entries(&bytes).count(), 3);
        }

        #[test]
        fn what_is_written_is_read_back_by_another_decoder(number: u64, words in ".{0,400}") {
            let mut bytes = Vec::new();
            write_map(&mut bytes, 2);
            write_text(&mut bytes, "n");
            write_number(&mut bytes, number);
            write_text(&mut bytes, "w");
            write_text(&mut bytes, &words);

            let read = rmpv::decode::read_value(&mut bytes.as_slice()).unwrap();

            prop_assert_eq!(&read["n"], &Value::from(number));
            prop_assert_eq!(&read["w"], &Value::from(words.as_str()));
            prop_assert_eq!(super::number(field(&bytes, "n").unwrap()), Some(number));
            prop_assert_eq!(super::text(field(&bytes, "w").unwrap()), Some(words.as_str()));
        }

        #[test]
        fn a_number_is_read_in_every_width(wanted: i64) {
            let bytes = bytes_of(&Value::from(wanted));

            prop_assert_eq!(number(&bytes), u64::try_from(wanted).ok());
        }

        #[test]
        fn no_bytes_make_the_reader_panic(bytes: Vec<u8>) {
            let _ = entries(&bytes).count();
            let _ = (number(&bytes), text(&bytes));
        }
    }

    #[test]
    fn depth_costs_no_stack() {
        let deep = [vec![0x91; 1_000_000], vec![0xc0]].concat();
        let map = [b"\x81\xa1d".to_vec(), deep.clone()].concat();

        assert_eq!(entries(&map).next(), Some((&b"d"[..], deep.as_slice())));
    }
}
