//! `frames.json`: one sample of every frame, in both directions and both spellings, for whoever writes
//! a client.

use super::{
    agrees,
    samples::{AT_MS, KINDS, requests, responses, room},
};
use schema::{
    codec::{Codec, to_msgpack},
    frame::{Kind, Response, event},
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};
use std::fmt::Debug;

#[test]
fn the_frames_are_what_the_contract_says() {
    let samples = json!({
        "sub_protocols": [Codec::MsgPack.protocol(), Codec::Json.protocol()],
        "from_client": spelled(requests()),
        "from_server": spelled(KINDS.into_iter().flat_map(responses)),
    });

    agrees("frames.json", &format!("{samples:#}\n"));
}

#[test]
fn every_sample_reads_back_as_itself_in_both_spellings() {
    for (_, request) in requests() {
        reads_back(&request);
    }
    for (_, response) in KINDS.into_iter().flat_map(responses) {
        reads_back(&response);
    }
}

#[test]
fn an_event_is_spelled_by_the_log_as_by_the_frame() {
    let (_, sample) = responses(Kind::Event).remove(0);
    let body = to_msgpack(&sample.d).unwrap();

    for codec in [Codec::MsgPack, Codec::Json] {
        let told = event(codec, &room(), 43, AT_MS, &body).unwrap();

        assert_eq!(codec.decode::<Response>(&told).unwrap(), sample);
    }
}

#[track_caller]
fn reads_back<T: Serialize + DeserializeOwned + PartialEq + Debug>(sample: &T) {
    for codec in [Codec::MsgPack, Codec::Json] {
        assert_eq!(&codec.decode::<T>(&codec.encode(sample).unwrap()).unwrap(), sample);
    }
}

fn spelled<T: Serialize>(samples: impl IntoIterator<Item = (&'static str, T)>) -> Vec<Value> {
    let spell = |(about, sample): (&str, T)| {
        let packed = to_msgpack(&sample).unwrap();
        let hex: String = packed.iter().map(|byte| format!("{byte:02x}")).collect();
        json!({ "about": about, "json": sample, "msgpack": hex })
    };
    samples.into_iter().map(spell).collect()
}
