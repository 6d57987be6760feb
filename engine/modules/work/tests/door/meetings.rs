//! A meeting from its calling: people, talk, signs, markers.

use crate::ground::{Ground, id};
use schema::{caller::Caller, code::Code, event::Hearing, room::RoomId};
use serde_json::{Value, json};
use std::time::Duration;

/// A meeting that begins in ten minutes, so that its chat is open.
async fn meeting(ground: &Ground, organizer: Caller, attendees: &[Caller]) -> String {
    let ids: Vec<_> = attendees.iter().map(|caller| caller.user).collect();
    let input = json!({
        "title": "Weekly", "start_at": "2025-06-02T09:10:00Z", "end_at": "2025-06-02T10:00:00Z",
        "attendee_ids": ids, "meeting_url": "https://meet.example.sn/x",
    });
    id(&ground.body(organizer, "CreateMeeting", input).await, "id")
}

fn room(meeting: &str) -> RoomId {
    format!("meeting:{meeting}").parse().unwrap()
}

async fn say(ground: &Ground, caller: Caller, meeting: &str, body: &str) -> Value {
    ground.body(caller, "PostMessage", json!({"meeting_id": meeting, "body": body})).await
}

async fn history(ground: &Ground, caller: Caller, meeting: &str, query: Value) -> Vec<Value> {
    let page = ground.body(caller, "ListMessages", json!({"meeting_id": meeting, "query": query})).await;
    page["data"].as_array().unwrap().clone()
}

#[tokio::test]
async fn what_is_said_is_numbered_told_and_kept() {
    let ground = Ground::new().await;
    let (awa, yaw) = (ground.person("awa", "student").await, ground.person("yaw", "student").await);
    let stranger = ground.person("kwame", "entrepreneur").await;
    let meeting = meeting(&ground, awa, &[yaw]).await;
    let client_id = "0190a5f0-0000-7000-8000-000000000001";

    let input = json!({"meeting_id": meeting, "client_id": client_id, "body": "Bonjour",
                       "mention_ids": [yaw.user, stranger.user]});
    let said = ground.call(awa, "PostMessage", input.clone()).await.unwrap();
    let again = ground.call(awa, "PostMessage", input.clone()).await.unwrap();

    assert_eq!((said.status, &said), (201, &again));
    let members: Vec<&String> = said.body.as_object().unwrap().keys().collect();
    assert_eq!(members, ["at", "id", "seq"]);
    let (seq, told, event) = ground.told(&room(&meeting), "meetings.chat.message_posted").await;
    assert_eq!(
        (seq, &event.data["seq"], &event.data["id"]),
        (said.body["seq"].as_u64().unwrap(), &said.body["seq"], &said.body["id"])
    );
    assert_eq!((&event.data["client_id"], &event.data["body"]), (&json!(client_id), &json!("Bonjour")));
    assert_eq!((told.notify, event.entity.id.to_string()), (vec![yaw.user], id(&said.body, "id")));
    let mut other = input;
    other["body"] = json!("Bonsoir");
    assert_eq!(ground.code(awa, "PostMessage", other).await, Code::IdempotencyKeyReused);
    let kept = history(&ground, yaw, &meeting, json!({})).await;
    assert_eq!((kept.len(), &kept[0]["body"], &kept[0]["reactions"]), (1, &json!("Bonjour"), &json!([])));
    let post = json!({"meeting_id": meeting, "body": "moi aussi"});
    assert_eq!(ground.code(stranger, "PostMessage", post).await, Code::NotFound);
}

#[tokio::test]
async fn history_is_paged_both_ways() {
    let ground = Ground::new().await;
    let awa = ground.person("awa", "student").await;
    let meeting = meeting(&ground, awa, &[]).await;
    for n in 0..5 {
        say(&ground, awa, &meeting, &format!("m{n}")).await;
    }
    let words = |page: Vec<Value>| -> Vec<String> {
        page.iter().map(|message| message["body"].as_str().unwrap().to_owned()).collect()
    };

    let newest = history(&ground, awa, &meeting, json!({"limit": "2"})).await;
    let before = newest[1]["seq"].clone();
    let older = history(&ground, awa, &meeting, json!({"limit": "2", "before_seq": before})).await;
    let newer = history(&ground, awa, &meeting, json!({"after_seq": "0", "limit": "3"})).await;
    let by_socket = json!({"meeting_id": meeting, "before_seq": before, "limit": 100});
    let rest = ground.body(awa, "ListMessages", by_socket).await;

    assert_eq!(
        (words(newest), words(older)),
        (vec!["m4".into(), "m3".into()], vec!["m2".into(), "m1".into()])
    );
    assert_eq!(words(newer), ["m0", "m1", "m2"]);
    assert_eq!((rest["data"].as_array().map(Vec::len), &rest["page"]["has_more"]), (Some(3), &json!(false)));
    let both = json!({"meeting_id": meeting, "query": {"before_seq": 3, "after_seq": 1}});
    assert_eq!(ground.code(awa, "ListMessages", both).await, Code::InvalidFilter);
}

#[tokio::test]
async fn second_thoughts_are_for_authors_and_moderators() {
    let ground = Ground::new().await;
    let (awa, yaw) = (ground.person("awa", "student").await, ground.person("yaw", "student").await);
    let meeting = meeting(&ground, awa, &[yaw]).await;
    let said = id(&say(&ground, yaw, &meeting, "Helo").await, "id");
    let edit = |body: &str| json!({"meeting_id": meeting, "id": said, "body": body});
    let gone = json!({"meeting_id": meeting, "id": said});

    let edited = ground.body(yaw, "EditMessage", edit("Hello")).await;
    assert_eq!((&edited["body"], edited["edited_at"].is_string()), (&json!("Hello"), true));
    assert_eq!(ground.code(awa, "EditMessage", edit("Bye")).await, Code::Forbidden);
    ground.clock.advance_ms(16 * 60_000);
    assert_eq!(ground.code(yaw, "EditMessage", edit("Late")).await, Code::RuleViolation);
    let mine = id(&say(&ground, awa, &meeting, "Mine").await, "id");
    assert_eq!(
        ground.code(yaw, "DeleteMessage", json!({"meeting_id": meeting, "id": mine})).await,
        Code::Forbidden
    );
    ground.call(awa, "DeleteMessage", gone.clone()).await.unwrap();
    ground.call(awa, "DeleteMessage", gone).await.unwrap();

    let kept = history(&ground, yaw, &meeting, json!({"after_seq": 0})).await;
    assert_eq!((&kept[0]["body"], kept[0]["deleted_at"].is_string()), (&json!(""), true));
    let log = ground.log(&room(&meeting)).await;
    let deleted = log.iter().filter(|(_, told, _)| told.name == "meetings.chat.message_deleted").count();
    assert_eq!(deleted, 1);
    // The number alone is not the message: another id with it names nothing.
    let forged =
        json!({"meeting_id": meeting, "id": format!("{}{}", &awa.user.to_string()[..24], &said[24..])});
    assert_eq!(ground.code(awa, "DeleteMessage", forged).await, Code::NotFound);
}

#[tokio::test]
async fn signs_are_counted_exactly_however_many_people_sign_at_once() {
    let ground = Ground::new().await;
    let mut people = Vec::new();
    for name in ["awa", "yaw", "kwame", "fatou", "moussa", "claire"] {
        people.push(ground.person(name, "student").await);
    }
    let meeting = meeting(&ground, people[0], &people[1..]).await;
    let said = id(&say(&ground, people[0], &meeting, "Hi").await, "id");
    let sign = |on: bool, emoji: &str| json!({"meeting_id": meeting, "id": said, "emoji": emoji, "on": on});

    let all = people.iter().map(|person| ground.body(*person, "React", sign(true, "👍")));
    let answers = futures(all).await;
    let mut counts: Vec<i64> = answers.iter().map(|answer| answer["count"].as_i64().unwrap()).collect();
    counts.sort_unstable();
    assert_eq!(counts, [1, 2, 3, 4, 5, 6]);
    let again = ground.body(people[1], "React", sign(true, "👍")).await;
    assert_eq!(again["count"], 6);
    ground.body(people[2], "Unreact", json!({"meeting_id": meeting, "id": said, "emoji": "👍"})).await;
    ground.body(people[1], "React", sign(false, "👍")).await;
    ground.body(people[1], "React", sign(true, "🎉")).await;

    let (_, _, event) = ground.told(&room(&meeting), "meetings.chat.reaction_changed").await;
    assert_eq!(
        (&event.data["emoji"], &event.data["on"], &event.data["count"]),
        (&json!("🎉"), &json!(true), &json!(1))
    );
    let kept = history(&ground, people[1], &meeting, json!({})).await;
    let signs =
        json!([{"emoji": "🎉", "count": 1, "mine": true}, {"emoji": "👍", "count": 4, "mine": false}]);
    assert_eq!(kept[0]["reactions"], signs);
    assert_eq!(ground.code(people[1], "React", sign(true, "ok")).await, Code::Validation);
}

#[tokio::test]
async fn a_message_carries_twenty_different_signs_at_most() {
    let ground = Ground::new().await;
    let awa = ground.person("awa", "student").await;
    let meeting = meeting(&ground, awa, &[]).await;
    let said = id(&say(&ground, awa, &meeting, "Hi").await, "id");
    let faces: Vec<char> = ('\u{1F600}'..='\u{1F614}').collect();
    let sign = |face: char| json!({"meeting_id": meeting, "id": said, "emoji": face});

    for face in &faces[..20] {
        ground.body(awa, "React", sign(*face)).await;
    }

    assert_eq!(ground.code(awa, "React", sign(faces[20])).await, Code::CapacityReached);
}

#[tokio::test]
async fn a_removed_attendee_hears_and_says_nothing_more() {
    let ground = Ground::new().await;
    let (awa, yaw) = (ground.person("awa", "student").await, ground.person("yaw", "student").await);
    let meeting = meeting(&ground, awa, &[yaw]).await;
    ground.call(yaw, "JoinMeeting", json!({"meeting_id": meeting})).await.unwrap();
    ground.clock.advance_ms(90_000);
    assert!(ground.hears(yaw, &room(&meeting)).await);

    let removal = json!({"meeting_id": meeting, "user_id": yaw.user});
    ground.call(awa, "RemoveAttendee", removal).await.unwrap();

    let (_, told, _) = ground.told(&room(&meeting), "meetings.attendee.removed").await;
    assert_eq!(told.hearing, Some(Hearing::Drop(yaw.user)));
    assert!(!ground.hears(yaw, &room(&meeting)).await);
    let late = json!({"meeting_id": meeting, "body": "encore"});
    assert_eq!(ground.code(yaw, "PostMessage", late).await, Code::NotFound);
    let own = json!({"meeting_id": meeting, "user_id": awa.user});
    assert_eq!(ground.code(awa, "RemoveAttendee", own).await, Code::RuleViolation);
    let back = json!({"meeting_id": meeting, "user_ids": [yaw.user], "role": "observer"});
    ground.body(awa, "InviteAttendees", back).await;
    let post = json!({"meeting_id": meeting, "body": "?"});
    assert_eq!(ground.code(yaw, "PostMessage", post).await, Code::Forbidden);
    let roll = ground.body(awa, "ListAttendees", json!({"meeting_id": meeting})).await;
    assert_eq!(
        (&roll["data"][1]["role"], &roll["data"][1]["present_seconds"]),
        (&json!("observer"), &json!(90))
    );
}

#[tokio::test]
async fn a_meeting_begins_when_its_organizer_comes_and_is_told_to_those_who_should_come() {
    let ground = Ground::new().await;
    let (awa, yaw) = (ground.person("awa", "student").await, ground.person("yaw", "student").await);
    let manager = ground.person("fatou", "manager").await;
    let meeting = meeting(&ground, awa, &[yaw]).await;
    let named = json!({"meeting_id": meeting});
    let outside = ground.body(manager, "GetMeeting", named.clone()).await;
    assert_eq!(
        (&outside["title"], outside.get("meeting_url"), &outside["attendee_count"]),
        (&json!("Weekly"), None, &json!(2))
    );

    ground.call(awa, "JoinMeeting", named.clone()).await.unwrap();
    ground.call(awa, "JoinMeeting", named.clone()).await.unwrap();

    let (_, told, _) = ground.told(&room(&meeting), "meetings.meeting.started").await;
    assert_eq!(told.notify, [awa.user, yaw.user]);
    let seen = ground.body(yaw, "GetMeeting", named).await;
    assert_eq!((&seen["status"], &seen["my_role"]), (&json!("in_progress"), &json!("attendee")));
    let to = |to: &str| json!({"meeting_id": meeting, "to": to});
    assert_eq!(ground.code(yaw, "TransitionMeeting", to("completed")).await, Code::Forbidden);
    ground.body(awa, "TransitionMeeting", to("completed")).await;
    assert_eq!(ground.code(awa, "TransitionMeeting", to("in_progress")).await, Code::InvalidTransition);
    let mine = ground.body(yaw, "ListMeetings", json!({"query": {"status": "completed", "from": "2025-06-02T00:00:00Z", "to": "2025-06-03T00:00:00Z"}})).await;
    assert_eq!(mine["data"][0]["my_rsvp"], "needs_action");
    ground.clock.advance_ms(26 * 3_600_000);
    assert_eq!(
        ground.code(yaw, "PostMessage", json!({"meeting_id": meeting, "body": "?"})).await,
        Code::RuleViolation
    );
}

#[tokio::test]
async fn markers_move_forward_and_are_stored_when_their_person_leaves() {
    let ground = Ground::new().await;
    let (awa, yaw) = (ground.person("awa", "student").await, ground.person("yaw", "student").await);
    let meeting = meeting(&ground, awa, &[yaw]).await;
    let first = say(&ground, awa, &meeting, "1").await["seq"].as_u64().unwrap();
    let second = say(&ground, awa, &meeting, "2").await["seq"].as_u64().unwrap();
    let read = |seq: u64| json!({"meeting_id": meeting, "seq": seq});
    ground.call(yaw, "JoinMeeting", json!({"meeting_id": meeting})).await.unwrap();

    assert_eq!(ground.body(yaw, "ReadChat", read(second)).await["seq"], second);
    assert_eq!(ground.body(yaw, "ReadChat", read(first)).await["seq"], second);
    assert_eq!(ground.code(yaw, "ReadChat", read(1_000)).await, Code::Validation);
    let told = ground.log(&room(&meeting)).await.len();
    ground.call(yaw, "LeaveMeeting", json!({"meeting_id": meeting})).await.unwrap();

    let seen = ground.body(yaw, "GetMeeting", json!({"meeting_id": meeting})).await;
    assert_eq!(seen["last_read_seq"], second);
    assert_eq!(ground.log(&room(&meeting)).await.len(), told);
    let markers: Vec<work::meetings::tables::ReadMarker> =
        ground.engine.reader().rows(&room(&meeting), 10).await.unwrap();
    assert_eq!(markers[0].last_read_seq, second);
}

#[tokio::test]
async fn a_marker_that_moves_is_stored_after_a_while_without_a_number() {
    let ground = Ground::new().await;
    let awa = ground.person("awa", "student").await;
    let meeting = meeting(&ground, awa, &[]).await;
    let seq = say(&ground, awa, &meeting, "1").await["seq"].as_u64().unwrap();
    let head = ground.engine.node().directory().head(&room(&meeting)).await.unwrap();

    ground.body(awa, "ReadChat", json!({"meeting_id": meeting, "seq": seq})).await;
    ground.clock.advance_ms(5_000);

    for _ in 0..200 {
        let markers: Vec<work::meetings::tables::ReadMarker> =
            ground.engine.reader().rows(&room(&meeting), 10).await.unwrap();
        let now = ground.engine.node().directory().head(&room(&meeting)).await.unwrap();
        // The row can be read a moment before the room says that it wrote.
        if now != head && markers.iter().any(|marker| marker.last_read_seq == seq) {
            assert_eq!((now.seq, now.commit), (head.seq, head.commit + 1));
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("the marker was never stored");
}

#[tokio::test]
async fn a_meeting_is_called_within_reason() {
    let ground = Ground::new().await;
    let (awa, yaw) = (ground.person("awa", "student").await, ground.person("yaw", "student").await);
    let owner = ground.person("kwame", "entrepreneur").await;
    let call = |change: Value| {
        let mut input =
            json!({"title": "M", "start_at": "2025-06-03T09:00:00Z", "end_at": "2025-06-03T10:00:00Z"});
        input.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        input
    };

    for wrong in [
        json!({"end_at": "2025-06-03T09:00:00Z"}),
        json!({"start_at": "2025-06-02T07:00:00Z"}),
        json!({"meeting_url": "http://a.sn"}),
        json!({"timezone": "Dakar!"}),
        json!({"capacity": 501}),
        json!({"attendee_ids": [ground.org]}),
    ] {
        assert_eq!(ground.code(awa, "CreateMeeting", call(wrong.clone())).await, Code::Validation, "{wrong}");
    }
    let full = call(json!({"capacity": 1, "attendee_ids": [yaw.user]}));
    assert_eq!(ground.code(awa, "CreateMeeting", full).await, Code::CapacityReached);
    let hidden = json!({"title": "Hidden", "due_date": "2025-12-31"});
    let hidden = id(&ground.body(owner, "CreateProject", hidden).await, "id");
    assert_eq!(ground.code(awa, "CreateMeeting", call(json!({"project_id": hidden}))).await, Code::NotFound);
    let early = id(&ground.body(awa, "CreateMeeting", call(json!({}))).await, "id");
    let post = json!({"meeting_id": early, "body": "?"});
    assert_eq!(ground.code(awa, "PostMessage", post).await, Code::RuleViolation);
    let range = json!({"query": {"from": "2025-06-01T00:00:00Z", "to": "2025-10-01T00:00:00Z"}});
    assert_eq!(ground.code(awa, "ListMeetings", range).await, Code::InvalidFilter);
    let range = json!({"query": {"from": "2025-06-03T09:30:00Z", "to": "2025-06-04T00:00:00Z", "kind": "team_meeting"}});
    let listed = ground.body(awa, "ListMeetings", range).await;
    assert_eq!(listed["data"].as_array().map(Vec::len), Some(1));
}

/// Runs all at once.
async fn futures<F: Future<Output = Value>>(all: impl Iterator<Item = F>) -> Vec<Value> {
    let mut waiting: Vec<_> = all.map(Box::pin).collect();
    let mut done = Vec::new();
    std::future::poll_fn(|cx| {
        waiting.retain_mut(|one| match one.as_mut().poll(cx) {
            std::task::Poll::Ready(value) => {
                done.push(value);
                false
            }
            std::task::Poll::Pending => true,
        });
        if waiting.is_empty() { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
    })
    .await;
    done
}
