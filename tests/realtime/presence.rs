//! Who is there: seen by those who have something in common, once for all devices, and by nobody else.

use crate::harness::{Person, quiet_for, within, world};
use gateway::client::Socket;
use schema::{
    frame::{Kind, Request, Response},
    role::Role,
    room::RoomId,
};
use serde_json::{Value, json};

/// Sends a frame and waits for its answer.
async fn ask(socket: &mut Socket, op: &str, room: Option<RoomId>, d: Value) -> Response {
    let reference = Some("asked".to_owned());
    socket
        .send(&Request { op: op.into(), reference: reference.clone(), room, d, ..Request::default() })
        .await
        .unwrap();
    within(async {
        loop {
            let response = socket.next().await.expect("the socket is open");
            if response.reference == reference {
                return response;
            }
        }
    })
    .await
}

async fn watch(socket: &mut Socket, people: &[&Person]) -> Response {
    let ids: Vec<_> = people.iter().map(|person| person.id).collect();
    ask(socket, "presence.watch", None, json!({"user_ids": ids})).await
}

async fn say(socket: &mut Socket, person: &Person, state: &str) -> Response {
    ask(socket, "presence.set", Some(person.inbox()), json!({"state": state})).await
}

/// Waits until somebody is told to be so.
async fn until(socket: &mut Socket, person: &Person, state: &str) -> Response {
    within(async {
        loop {
            let response = socket.next().await.expect("the socket is open");
            let changed = &response.d["changed"][0];
            if response.t == Kind::Ephemeral
                && response.d["name"] == "presence.diff"
                && changed["user_id"] == json!(person.id)
                && changed["state"] == state
            {
                return response;
            }
        }
    })
    .await
}

fn differences(heard: &[Response]) -> Vec<&Value> {
    heard.iter().filter(|heard| heard.d["name"] == "presence.diff").map(|heard| &heard.d).collect()
}

/// How somebody is, as another sees it.
async fn seen(by: &Person, person: &Person) -> Value {
    let (status, answer) = by.get(&format!("/api/v1/users/presence/?ids={}", person.id)).await;
    assert_eq!(status, 200, "{answer}");
    answer["data"][0].clone()
}

#[tokio::test]
async fn somebody_is_seen_coming_busy_and_going_once_for_all_their_devices() {
    let world = world();
    let (awa, moussa) =
        (world.person("Awa", Role::Entrepreneur).await, world.person("Moussa", Role::Student).await);
    awa.project("Jardin", &[&moussa]).await;
    let mut ear = awa.socket().await;
    let watched = watch(&mut ear, &[&moussa]).await;
    assert_eq!(watched.d["users"][0]["state"], "offline", "{watched:?}");
    assert_eq!(watched.d["refused"], json!([]));

    let mut phone = moussa.socket().await;
    let came = until(&mut ear, &moussa, "online").await;
    assert_eq!((&came.d["joined"], &came.d["left"]), (&json!([moussa.id]), &json!([])));
    assert_eq!(came.room, Some(RoomId::new("presence", moussa.id.uuid())));
    let desk = moussa.socket().await;
    let answer = say(&mut phone, &moussa, "busy").await;
    assert_eq!(answer.d["body"]["state"], "busy", "{answer:?}");
    until(&mut ear, &moussa, "busy").await;
    drop(desk);
    let (heard, _) = quiet_for(&mut ear, 1_500).await;
    assert!(differences(&heard).is_empty(), "the second device says nothing new: {heard:?}");
    let at = seen(&awa, &moussa).await["last_activity_at"].as_str().unwrap().to_owned();
    assert!(at.ends_with("0:00.000Z") || at.ends_with("5:00.000Z"), "to five minutes: {at}");

    drop(phone);

    let went = until(&mut ear, &moussa, "offline").await;
    assert_eq!((&went.d["joined"], &went.d["left"]), (&json!([]), &json!([moussa.id])));
}

#[tokio::test]
async fn who_is_invisible_is_offline_to_others_whatever_they_do_and_not_to_themselves() {
    let world = world();
    let (awa, moussa) =
        (world.person("Awa", Role::Entrepreneur).await, world.person("Moussa", Role::Student).await);
    awa.project("Jardin", &[&moussa]).await;
    let mut ear = awa.socket().await;
    watch(&mut ear, &[&moussa]).await;

    // A client says so first of all, and nobody sees its person come.
    let mut phone = moussa.socket().await;
    let answer = say(&mut phone, &moussa, "invisible").await;
    assert_eq!(answer.d["body"]["state"], "invisible");
    moussa.post("/api/v1/notifications/mark-all-read/", &json!({})).await;
    let (heard, _) = quiet_for(&mut ear, 4_000).await;
    assert!(differences(&heard).is_empty(), "{heard:?}");
    assert_eq!(seen(&awa, &moussa).await["state"], "offline");
    assert_eq!(seen(&moussa, &moussa).await["state"], "invisible");

    say(&mut phone, &moussa, "online").await;
    until(&mut ear, &moussa, "online").await;
    say(&mut phone, &moussa, "invisible").await;
    let went = until(&mut ear, &moussa, "offline").await;
    assert_eq!(went.d["left"], json!([moussa.id]), "as whoever went");
}

#[tokio::test]
async fn strangers_are_neither_watched_nor_listed_and_the_staff_sees_everybody() {
    let world = world();
    let awa = world.person("Awa", Role::Student).await;
    let moussa = world.person("Moussa", Role::Student).await;
    let chief = world.person("Ibrahima", Role::Supervisor).await;
    let _here = moussa.socket().await;
    let mut ear = awa.socket().await;
    let mut staff = chief.socket().await;

    let refused = watch(&mut ear, &[&moussa, &chief]).await;

    assert_eq!(refused.d["refused"], json!([moussa.id]), "{refused:?}");
    assert_eq!(refused.d["users"][0]["user_id"], json!(chief.id));
    let join = ask(&mut ear, "join", Some(RoomId::new("presence", moussa.id.uuid())), json!({})).await;
    assert_eq!((join.t, &join.d["code"]), (Kind::Error, &json!("not-found")));
    let (_, listed) = awa.get(&format!("/api/v1/users/presence/?ids={},{}", moussa.id, awa.id)).await;
    let ids: Vec<&Value> = listed["data"].as_array().unwrap().iter().map(|seen| &seen["user_id"]).collect();
    assert_eq!(ids, [&json!(awa.id)], "only oneself");
    let watched = watch(&mut staff, &[&moussa]).await;
    assert_eq!(watched.d["refused"], json!([]), "who reads all people sees all: {watched:?}");
    let too_many = vec![awa.id; 101];
    let answer = ask(&mut ear, "presence.watch", None, json!({"user_ids": too_many})).await;
    assert_eq!((answer.t, &answer.d["code"]), (Kind::Error, &json!("validation")));
}

#[tokio::test]
async fn who_hides_it_is_never_seen_and_who_looks_elsewhere_hears_no_more() {
    let world = world();
    let (awa, moussa) =
        (world.person("Awa", Role::Entrepreneur).await, world.person("Moussa", Role::Student).await);
    let fatou = world.person("Fatou", Role::Student).await;
    awa.project("Jardin", &[&moussa, &fatou]).await;
    let mut ear = awa.socket().await;
    watch(&mut ear, &[&moussa, &fatou]).await;
    let mut phone = moussa.socket().await;
    let mut other = fatou.socket().await;
    until(&mut ear, &moussa, "online").await;

    let hide = json!({"hides_presence": true});
    moussa.client().patch("/api/v1/users/profile/", &hide).await.unwrap();

    until(&mut ear, &moussa, "offline").await;
    say(&mut phone, &moussa, "busy").await;
    let watched = watch(&mut ear, &[&moussa]).await;
    assert_eq!(watched.d["users"][0]["state"], "offline", "{watched:?}");
    assert_eq!(watched.d["users"][0]["last_activity_at"], Value::Null);
    say(&mut other, &fatou, "busy").await;
    let (heard, _) = quiet_for(&mut ear, 3_000).await;
    assert!(differences(&heard).is_empty(), "Fatou is watched no more, Moussa never shows: {heard:?}");
}

#[tokio::test]
async fn how_somebody_is_can_be_said_over_rest_and_reaches_their_other_devices() {
    let world = world();
    let moussa = world.person("Moussa", Role::Student).await;
    let mut phone = moussa.socket().await;
    phone.join(&moussa.inbox(), None).await.unwrap();

    let said = moussa.client().put("/api/v1/users/me/presence/", &json!({"state": "away"})).await.unwrap();

    assert_eq!(said.status.as_u16(), 200);
    let heard = within(async {
        loop {
            let response = phone.next().await.unwrap();
            if response.d["name"] == "presence.changed" {
                return response;
            }
        }
    })
    .await;
    assert_eq!((heard.t, &heard.d["state"]), (Kind::Ephemeral, &json!("away")));
    within(async {
        while seen(&moussa, &moussa).await["state"] != "away" {
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
    })
    .await;
    let of_another = json!({"user_id": uuid::Uuid::from_u128(7), "state": "busy"});
    let refused = moussa.client().put("/api/v1/users/me/presence/", &of_another).await;
    assert!(format!("{refused:?}").contains("forbidden"), "{refused:?}");
    let wrong = moussa.client().put("/api/v1/users/me/presence/", &json!({"state": "asleep"})).await;
    assert!(format!("{wrong:?}").contains("validation"), "{wrong:?}");
}
