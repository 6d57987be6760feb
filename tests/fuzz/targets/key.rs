//! What a client may put into a key: names of rooms, and values of filters. Keys compare as the values do,
//! and a room's name survives its text.
#![no_main]

use libfuzzer_sys::fuzz_target;
use schema::{
    key::{KeyWriter, after_prefix},
    room::RoomId,
};

fuzz_target!(|texts: (&str, &str, Option<u64>)| {
    let (one, two, number) = texts;
    let key = |text: &str| KeyWriter::new().with(text).with(&number).finish();
    assert_eq!(key(one).cmp(&key(two)), one.cmp(two), "keys of {one:?} and {two:?} are in another order");

    if let Some(end) = after_prefix(&key(one)) {
        assert!(key(one) < end, "the end of a prefix stands before it");
    }
    if let Ok(room) = one.parse::<RoomId>() {
        let again = room.as_str().parse::<RoomId>();
        assert!(again.is_ok_and(|again| again == room), "{room} was not read again");
    }
});
