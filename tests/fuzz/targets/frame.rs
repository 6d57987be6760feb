//! What a client sends, in both spellings: it is refused or understood, and what is understood is spelled
//! and understood the same again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use schema::{codec::Codec, frame::Request};

fuzz_target!(|bytes: &[u8]| {
    for codec in [Codec::MsgPack, Codec::Json] {
        let Ok(request) = codec.decode::<Request>(bytes) else { continue };
        let Ok(spelled) = codec.encode(&request) else { panic!("{request:?} was read and can't be written") };
        let again = codec.decode::<Request>(&spelled);
        assert!(again.is_ok_and(|again| again == request), "{request:?} became another one");
    }
});
