//! Order in a chat: what is pinned, and who is silent.

use super::MEETINGS;
use crate::{
    harness::Person,
    rest::{
        ask::{column, delete, expect, get, patch, post, put, refusal},
        cast::cast,
    },
};
use serde_json::json;

#[tokio::test]
async fn ten_messages_stand_above_a_chat_for_everybody() {
    let cast = cast().await;
    let meeting = cast.awa.meeting("Épingles", &[&cast.moussa]).await;
    let messages = format!("{MEETINGS}{meeting}/messages/");
    let mut pins = Vec::new();
    for n in 0..11 {
        let said = cast.moussa.say(meeting, &format!("mot {n}")).await;
        pins.push(format!("{messages}{}/", said["id"].as_str().unwrap()));
    }
    let awa = cast.awa.client();
    let pinned = async || {
        let list = expect(get(&cast.moussa.client(), &format!("{messages}?pinned=true")).await, 200);
        column(&list, "body").into_iter().map(str::to_owned).collect::<Vec<_>>()
    };

    for path in &pins[..10] {
        let shown = expect(put(&awa, &format!("{path}pin/"), &json!({})).await, 200);
        assert!(shown["pinned_at"].is_string());
    }
    expect(put(&awa, &format!("{}pin/", pins[0]), &json!({})).await, 200);
    let full = put(&awa, &format!("{}pin/", pins[10]), &json!({})).await;
    let by_attendee = put(&cast.moussa.client(), &format!("{}pin/", pins[10]), &json!({})).await;
    let all = pinned().await;
    expect(delete(&awa, &format!("{}pin/", pins[3])).await, 200);
    expect(delete(&cast.moussa.client(), &pins[4]).await, 204);
    let left = pinned().await;

    assert_eq!((all.len(), all[0].as_str(), all[9].as_str()), (10, "mot 0", "mot 9"));
    assert_eq!(refusal(&full), "409 capacity-reached");
    assert_eq!(refusal(&by_attendee), "403 forbidden");
    assert_eq!((left.len(), left[3].as_str()), (8, "mot 5"), "what is removed hangs nowhere");
    let removed = put(&awa, &format!("{}pin/", pins[4]), &json!({})).await;
    assert_eq!(refusal(&removed), "422 rule-violation");
    for path in [&pins[10], &pins[3]] {
        expect(put(&awa, &format!("{path}pin/"), &json!({})).await, 200);
    }
    let by_outsider = put(&cast.kofi.client(), &format!("{}pin/", pins[10]), &json!({})).await;
    assert_eq!(refusal(&by_outsider), "404 not-found");
}

#[tokio::test]
async fn who_is_silenced_reads_and_does_not_write() {
    let cast = cast().await;
    let meeting = cast.awa.meeting("Silence", &[&cast.moussa, &cast.fatou]).await;
    let said = cast.moussa.say(meeting, "trop").await;
    let messages = format!("{MEETINGS}{meeting}/messages/");
    let mute = |who: &Person| format!("{MEETINGS}{meeting}/attendees/{}/mute/", who.id);
    let (words, moussa) = (json!({"body": "encore"}), cast.moussa.client());
    let own = format!("{messages}{}/", said["id"].as_str().unwrap());

    let muted = expect(put(&cast.awa.client(), &mute(&cast.moussa), &json!({"minutes": 5})).await, 200);
    let silent = post(&moussa, &messages, &words).await;
    let edited = patch(&moussa, &own, &words).await;
    let signed = put(&moussa, &format!("{own}reactions/%F0%9F%91%8D/"), &json!({})).await;
    expect(get(&moussa, &messages).await, 200);
    cast.fatou.say(meeting, "à mon tour").await;
    let freed = expect(put(&cast.awa.client(), &mute(&cast.moussa), &json!({"minutes": 0})).await, 200);
    expect(post(&moussa, &messages, &words).await, 201);

    assert!(muted["muted_until"].is_string() && freed["muted_until"].is_null());
    for refused in [silent, edited, signed] {
        assert_eq!(refusal(&refused), "422 rule-violation");
    }
    for (who, whom, minutes, expected) in [
        (&cast.fatou, &cast.moussa, 5, "403 forbidden"),
        (&cast.kofi, &cast.moussa, 5, "404 not-found"),
        (&cast.awa, &cast.awa, 5, "422 rule-violation"),
        (&cast.awa, &cast.kofi, 5, "404 not-found"),
        (&cast.awa, &cast.moussa, 1_441, "422 validation /minutes"),
    ] {
        let refused = put(&who.client(), &mute(whom), &json!({"minutes": minutes})).await;
        assert_eq!(refusal(&refused), expected);
    }
}
