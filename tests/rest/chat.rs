//! The talk of a meeting over REST: said, paged through, corrected, signed, read, and when it is closed.

use super::{
    ask::{ask, delete, expect, get, patch, post, put, refusal, send},
    cast::cast,
};
use crate::harness::Person;
use schema::clock::Clock;
use serde_json::{Value, json};
use uuid::Uuid;

fn messages(meeting: Uuid) -> String {
    format!("/api/v1/meetings/{meeting}/messages/")
}

/// The words of a page, in its order.
async fn page(person: &Person, meeting: Uuid, query: &str) -> (Vec<String>, bool) {
    let page = expect(get(&person.client(), &format!("{}?{query}", messages(meeting))).await, 200);
    let words = page["data"].as_array().unwrap().iter().map(|said| said["body"].as_str().unwrap().to_owned());
    (words.collect(), page["page"]["has_more"] == true)
}

#[tokio::test]
async fn what_is_said_is_stored_once_however_often_it_is_sent() {
    let cast = cast().await;
    let meeting = cast.awa.meeting("Répétitions", &[&cast.moussa]).await;
    let awa = cast.awa.client();
    let body = json!({"client_id": Uuid::from_u128(77), "body": "Bonjour 🌍", "mention_ids": [cast.moussa.id, cast.kofi.id]});

    let first = post(&awa, &messages(meeting), &body).await;
    let again = post(&awa, &messages(meeting), &body).await;
    let other =
        post(&awa, &messages(meeting), &json!({"client_id": Uuid::from_u128(77), "body": "autre"})).await;

    assert_eq!(again.header("idempotent-replay"), Some("true"));
    assert_eq!(refusal(&other), "422 idempotency-key-reused");
    let said = expect(first, 201);
    assert_eq!(expect(again, 201), said);
    assert!(said["seq"].is_u64() && said["at"].is_string());
    let (words, _) = page(&cast.moussa, meeting, "").await;
    assert_eq!(words, ["Bonjour 🌍"]);
}

#[tokio::test]
async fn words_must_be_words() {
    let cast = cast().await;
    let meeting = cast.awa.meeting("Mots", &[]).await;
    let awa = cast.awa.client();
    let cases = [
        (json!({}), "422 validation /body"),
        (json!({"body": ""}), "422 validation /body"),
        (json!({"body": " \n "}), "422 validation /body"),
        (json!({"body": "é".repeat(4_001)}), "422 validation /body"),
        (json!({"body": "x", "client_id": "one"}), "422 validation /client_id"),
        (json!({"body": "x", "reply_to_id": Uuid::from_u128(1)}), "422 validation /reply_to_id"),
        (json!({"body": "x", "file_ids": [Uuid::from_u128(1)]}), "422 validation /file_ids/0"),
        (json!({"body": "x", "mention_ids": vec![cast.kofi.id; 51]}), "422 validation /mention_ids"),
        (json!({"body": "x", "author_id": cast.kofi.id}), "400 unknown-field /author_id"),
        (json!({"body": "x", "seq": 1}), "400 unknown-field /seq"),
        (json!({"body": "x", "kind": "system"}), "400 unknown-field /kind"),
    ];

    for (body, expected) in cases {
        assert_eq!(refusal(&post(&awa, &messages(meeting), &body).await), expected, "{body}");
    }
    expect(post(&awa, &messages(meeting), &json!({"body": "é".repeat(4_000)})).await, 201);
}

#[tokio::test]
async fn history_is_paged_from_both_ends() {
    let cast = cast().await;
    let meeting = cast.awa.meeting("Histoire", &[&cast.moussa]).await;
    let mut numbers = Vec::new();
    for n in 0..25 {
        let words = json!({"body": format!("mot {n:02}")});
        let said = expect(post(&cast.awa.client(), &messages(meeting), &words).await, 201);
        numbers.push(said["seq"].as_u64().unwrap());
    }
    let words = |from: usize, to: usize| (from..to).map(|n| format!("mot {n:02}")).collect::<Vec<_>>();
    let backward = |from: usize, to: usize| words(from, to).into_iter().rev().collect::<Vec<_>>();

    let newest = page(&cast.moussa, meeting, "").await;
    let before = page(&cast.moussa, meeting, &format!("before_seq={}", numbers[5])).await;
    let after = page(&cast.moussa, meeting, &format!("after_seq={}&limit=4", numbers[9])).await;
    let end = page(&cast.moussa, meeting, &format!("after_seq={}&limit=100", numbers[21])).await;
    let beyond = page(&cast.moussa, meeting, &format!("after_seq={}", numbers[24])).await;
    let all = page(&cast.moussa, meeting, "limit=100").await;

    assert_eq!(newest, (backward(5, 25), true));
    assert_eq!(before, (backward(0, 5), false));
    assert_eq!(after, (words(10, 14), true));
    assert_eq!((end, beyond), ((words(22, 25), false), (Vec::new(), false)));
    assert_eq!(all, (backward(0, 25), false));
    for (query, expected) in [
        ("before_seq=9&after_seq=1", "400 invalid-filter"),
        ("limit=0", "400 invalid-filter /query/limit"),
        ("limit=101", "400 invalid-filter /query/limit"),
        ("after_seq=-1", "400 invalid-filter /query/after_seq"),
        ("author_id=x", "400 invalid-filter /query/author_id"),
    ] {
        let refused = get(&cast.moussa.client(), &format!("{}?{query}", messages(meeting))).await;
        assert_eq!(refusal(&refused), expected, "{query}");
    }
}

#[tokio::test]
async fn words_are_changed_by_their_author_and_taken_back_by_who_keeps_order() {
    let cast = cast().await;
    let meeting = cast.awa.meeting("Corrections", &[&cast.moussa, &cast.fatou]).await;
    let said = cast.moussa.say(meeting, "on se voit mardi").await;
    let path = format!("{}{}/", messages(meeting), said["id"].as_str().unwrap());
    let words = json!({"body": "on se voit jeudi"});

    let by_organizer = patch(&cast.awa.client(), &path, &words).await;
    let by_author = expect(patch(&cast.moussa.client(), &path, &words).await, 200);
    let removed_by_another = delete(&cast.fatou.client(), &path).await;
    let by_outsider = delete(&cast.kofi.client(), &path).await;
    let removed = delete(&cast.awa.client(), &path).await;
    let twice = delete(&cast.awa.client(), &path).await;
    let too_late = patch(&cast.moussa.client(), &path, &words).await;

    assert_eq!(refusal(&by_organizer), "403 forbidden");
    assert_eq!((&by_author["body"], by_author["edited_at"].is_string()), (&words["body"], true));
    assert_eq!((&by_author["seq"], &by_author["version"]), (&said["seq"], &json!(2)));
    assert_eq!(refusal(&removed_by_another), "403 forbidden");
    assert_eq!(refusal(&by_outsider), "404 not-found");
    assert_eq!((removed.status.as_u16(), twice.status.as_u16()), (204, 204));
    assert_eq!(refusal(&too_late), "422 rule-violation");
    let (left, _) = page(&cast.fatou, meeting, "").await;
    assert_eq!(left, [""], "its place stays");
    let unknown = format!("{}{}/", messages(meeting), Uuid::from_u128(1));
    assert_eq!(refusal(&patch(&cast.moussa.client(), &unknown, &words).await), "404 not-found");
    assert_eq!(
        refusal(&patch(&cast.moussa.client(), &path, &json!({"body": "x", "seq": 1})).await),
        "400 unknown-field /seq"
    );
}

#[tokio::test]
async fn a_message_of_another_meeting_is_not_found_in_this_one() {
    let cast = cast().await;
    let (here, there) = (cast.awa.meeting("Ici", &[]).await, cast.awa.meeting("Là", &[]).await);
    let said = cast.awa.say(here, "ici").await;
    cast.awa.say(there, "là").await;
    let foreign = format!("{}{}/", messages(there), said["id"].as_str().unwrap());

    let edited = patch(&cast.awa.client(), &foreign, &json!({"body": "x"})).await;
    let removed = delete(&cast.awa.client(), &foreign).await;
    let signed = put(&cast.awa.client(), &format!("{foreign}reactions/%F0%9F%91%8D/"), &json!({})).await;
    let answered = json!({"body": "x", "reply_to_id": said["id"]});

    for refused in [edited, removed, signed] {
        assert_eq!(refusal(&refused), "404 not-found");
    }
    let answered = post(&cast.awa.client(), &messages(there), &answered).await;
    assert_eq!(refusal(&answered), "422 validation /reply_to_id");
}

#[tokio::test(flavor = "multi_thread")]
async fn signs_are_counted_once_a_person() {
    let cast = cast().await;
    let people = [&cast.awa, &cast.moussa, &cast.fatou];
    let meeting = cast.awa.meeting("Signes", &[&cast.moussa, &cast.fatou]).await;
    let said = cast.awa.say(meeting, "qui vient ?").await;
    let thumb = format!("{}{}/reactions/%F0%9F%91%8D/", messages(meeting), said["id"].as_str().unwrap());

    let signing: Vec<_> = people
        .into_iter()
        .chain(people)
        .map(|person| {
            let (client, path) = (person.client(), thumb.clone());
            tokio::spawn(async move { expect(put(&client, &path, &json!({})).await, 200) })
        })
        .collect();
    for signed in signing {
        assert_eq!(signed.await.unwrap()["emoji"], "👍");
    }
    let taken = expect(delete(&cast.fatou.client(), &thumb).await, 200);
    let twice = expect(delete(&cast.fatou.client(), &thumb).await, 200);

    assert_eq!((&taken["count"], &taken["on"]), (&json!(2), &json!(false)));
    assert_eq!(twice["count"], 2);
    let reactions = |person: &Person| {
        let (client, path) = (person.client(), messages(meeting));
        async move { expect(get(&client, &path).await, 200)["data"][0]["reactions"].clone() }
    };
    assert_eq!(reactions(&cast.moussa).await, json!([{"emoji": "👍", "count": 2, "mine": true}]));
    assert_eq!(reactions(&cast.fatou).await, json!([{"emoji": "👍", "count": 2, "mine": false}]));
    let word = thumb.replace("%F0%9F%91%8D", "bravo");
    assert_eq!(refusal(&put(&cast.awa.client(), &word, &json!({})).await), "422 validation /emoji");
    let broken = thumb.replace("%F0%9F%91%8D", "%FF%FE");
    let broken = put(&cast.awa.client(), &broken, &json!({})).await.status.as_u16();
    assert!((400..500).contains(&broken), "{broken}");
}

#[tokio::test]
async fn the_read_marker_only_moves_forward() {
    let cast = cast().await;
    let meeting = cast.awa.meeting("Lecture", &[&cast.moussa]).await;
    let first = cast.awa.say(meeting, "un").await["seq"].as_u64().unwrap();
    let last = cast.awa.say(meeting, "deux").await["seq"].as_u64().unwrap();
    let path = format!("/api/v1/meetings/{meeting}/read/");
    let moussa = cast.moussa.client();
    let read = |seq: u64| json!({"seq": seq});

    let up_to_last = expect(put(&moussa, &path, &read(last)).await, 200);
    let backward = expect(put(&moussa, &path, &read(first)).await, 200);
    let ahead = put(&moussa, &path, &read(last + 1_000)).await;

    assert_eq!((&up_to_last["seq"], &backward["seq"]), (&json!(last), &json!(last)));
    assert_eq!(refusal(&ahead), "422 validation /seq");
    let shown = expect(get(&moussa, &format!("/api/v1/meetings/{meeting}/")).await, 200);
    assert_eq!(shown["last_read_seq"], last);
    let hers = expect(get(&cast.awa.client(), &format!("/api/v1/meetings/{meeting}/")).await, 200);
    assert_eq!(hers["last_read_seq"], 0, "what one has read, the other has not");
    assert_eq!(refusal(&put(&cast.kofi.client(), &path, &read(first)).await), "404 not-found");
}

/// A meeting of Awa's that begins in so many hours, without or with a chat.
async fn meeting_in(hours: i64, more: &Value) -> Uuid {
    let start = Clock::system().now().plus_seconds(hours * 3_600);
    let mut body = json!({"title": "Fermée", "start_at": start, "end_at": start.plus_seconds(3_600)});
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let made = expect(post(&cast().await.awa.client(), "/api/v1/meetings/", &body).await, 201);
    made["id"].as_str().unwrap().parse().unwrap()
}

#[tokio::test]
async fn a_closed_chat_takes_no_words() {
    let awa = cast().await.awa.client();
    let words = json!({"body": "y a-t-il quelqu'un ?"});
    let early = meeting_in(2, &json!({})).await;
    let mute = meeting_in(0, &json!({"chat_enabled": false})).await;
    let off = meeting_in(0, &json!({})).await;
    expect(
        post(&awa, &format!("/api/v1/meetings/{off}/transition/"), &json!({"to": "cancelled"})).await,
        200,
    );
    let prepared = meeting_in(2, &json!({"chat_open_minutes_before": 180})).await;

    for (meeting, why) in [(early, "not open yet"), (mute, "no chat"), (off, "cancelled")] {
        let refused = post(&awa, &messages(meeting), &words).await;
        assert_eq!(refusal(&refused), "422 rule-violation");
        assert!(refused.body["detail"].as_str().unwrap().contains(why), "{}", refused.body);
    }
    expect(post(&awa, &messages(prepared), &words).await, 201);
}

#[tokio::test]
async fn an_observer_reads_and_does_not_write() {
    let cast = cast().await;
    let meeting = cast.awa.meeting("Observée", &[]).await;
    let observer = json!({"user_ids": [cast.kofi.id], "role": "observer"});
    expect(post(&cast.awa.client(), &format!("/api/v1/meetings/{meeting}/attendees/"), &observer).await, 201);
    let said = cast.awa.say(meeting, "bienvenue").await;
    let path = messages(meeting);
    let kofi = cast.kofi.client();

    let sign = format!("{path}{}/reactions/%F0%9F%91%8D/", said["id"].as_str().unwrap());
    let (words, _) = page(&cast.kofi, meeting, "").await;

    assert_eq!(words, ["bienvenue"]);
    assert_eq!(refusal(&post(&kofi, &path, &json!({"body": "x"})).await), "403 forbidden");
    assert_eq!(refusal(&send(&kofi, ask("PUT", &sign)).await), "403 forbidden");
    expect(put(&kofi, &format!("/api/v1/meetings/{meeting}/read/"), &json!({"seq": said["seq"]})).await, 200);
}
