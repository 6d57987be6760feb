//! Invitations: answered, asked again, passed on by guests, changed by the organizer.

use super::{MEETINGS, editing::notified, in_hours, wish};
use crate::{
    harness::{Person, world},
    rest::{
        ask::{expect, get, patch, post, refusal},
        cast::cast,
    },
};
use schema::role::Role;
use serde_json::{Value, json};

async fn called(organizer: &Person, but: Value, attendees: &[&Person]) -> String {
    let ids: Vec<_> = attendees.iter().map(|person| person.id).collect();
    let mut body = wish();
    body["attendee_ids"] = json!(ids);
    body.as_object_mut().unwrap().extend(but.as_object().unwrap().clone());
    let made = expect(post(&organizer.client(), MEETINGS, &body).await, 201);
    format!("{MEETINGS}{}/", made["id"].as_str().unwrap())
}

#[tokio::test]
async fn an_answer_reaches_the_organizer_and_is_asked_for_again_elsewhere() {
    let world = world();
    let (yaw, esi) =
        (world.person("Yaw", Role::Entrepreneur).await, world.person("Esi", Role::Student).await);
    let path = called(&yaw, json!({}), &[&esi]).await;
    let respond = format!("{path}respond/");
    let rsvp = || async {
        let shown = expect(get(&esi.client(), &path).await, 200);
        shown["my_rsvp"].as_str().unwrap().to_owned()
    };

    let answer =
        json!({"rsvp": "tentative", "comment": "Je serai en route", "proposed_start_at": in_hours(4)});
    let answered = expect(post(&esi.client(), &respond, &answer).await, 200);
    expect(patch(&yaw.client(), &path, &json!({"title": "Autre titre"})).await, 200);
    let after_words = rsvp().await;
    expect(patch(&yaw.client(), &path, &json!({"location": "Ailleurs"})).await, 200);
    let after_place = rsvp().await;

    assert_eq!((&answered["rsvp"], &answered["comment"]), (&json!("tentative"), &answer["comment"]));
    assert!(answered["responded_at"].is_string());
    let told = notified(&yaw, "meetings.attendee.responded").await;
    assert!(told["body"].as_str().unwrap().contains("participera peut-être"), "{told}");
    assert_eq!((after_words.as_str(), after_place.as_str()), ("tentative", "needs_action"));
    let roll = expect(get(&yaw.client(), &format!("{path}attendees/")).await, 200);
    assert_eq!((&roll["data"][0]["rsvp"], &roll["data"][1]["comment"]), (&json!("accepted"), &Value::Null));
}

#[tokio::test]
async fn what_stands_at_the_same_time_is_named_and_forbids_nothing() {
    let world = world();
    let (yaw, esi) =
        (world.person("Yaw", Role::Entrepreneur).await, world.person("Esi", Role::Student).await);
    let first = called(&esi, json!({}), &[]).await;
    let path = called(&yaw, json!({"end_at": in_hours(3)}), &[&esi]).await;
    let accept = json!({"rsvp": "accepted"});

    let answered = expect(post(&esi.client(), &format!("{path}respond/"), &accept).await, 200);
    let declined =
        expect(post(&esi.client(), &format!("{path}respond/"), &json!({"rsvp": "declined"})).await, 200);

    let shown = expect(get(&esi.client(), &first).await, 200);
    let busy = json!([{"start_at": shown["start_at"], "end_at": shown["end_at"]}]);
    assert_eq!((&answered["conflicts"], &declined["conflicts"]), (&busy, &json!([])));
}

#[tokio::test]
async fn only_who_is_invited_answers_and_only_while_it_matters() {
    let cast = cast().await;
    let path = called(&cast.awa, json!({}), &[&cast.moussa]).await;
    let respond = format!("{path}respond/");
    let accept = json!({"rsvp": "accepted"});

    for (who, body, expected) in [
        (&cast.kofi, accept.clone(), "404 not-found"),
        (&cast.mariam, accept.clone(), "403 forbidden"),
        (&cast.awa, json!({"rsvp": "declined"}), "422 rule-violation"),
        (&cast.moussa, json!({"rsvp": "needs_action"}), "422 validation /rsvp"),
        (&cast.moussa, json!({"rsvp": "perhaps"}), "422 validation /rsvp"),
        (&cast.moussa, json!({}), "422 validation /rsvp"),
        (&cast.moussa, json!({"rsvp": "declined", "comment": "x".repeat(301)}), "422 validation /comment"),
        (
            &cast.moussa,
            json!({"rsvp": "declined", "proposed_start_at": in_hours(-1)}),
            "422 validation /proposed_start_at",
        ),
    ] {
        assert_eq!(refusal(&post(&who.client(), &respond, &body).await), expected, "{body}");
    }
    let cancel = json!({"to": "cancelled"});
    expect(post(&cast.awa.client(), &format!("{path}transition/"), &cancel).await, 200);
    assert_eq!(refusal(&post(&cast.moussa.client(), &respond, &accept).await), "422 rule-violation");
}

#[tokio::test]
async fn guests_invite_where_they_may_and_not_as_moderators() {
    let cast = cast().await;
    let path = called(&cast.awa, json!({"guests_can_invite": true, "capacity": 4}), &[&cast.moussa]).await;
    let attendees = format!("{path}attendees/");
    let invite = |who: &Person, role: &str| json!({"user_ids": [who.id], "role": role});

    let moderator = post(&cast.moussa.client(), &attendees, &invite(&cast.fatou, "moderator")).await;
    expect(post(&cast.moussa.client(), &attendees, &invite(&cast.fatou, "observer")).await, 201);
    let observer = post(&cast.fatou.client(), &attendees, &invite(&cast.kofi, "attendee")).await;
    expect(post(&cast.moussa.client(), &attendees, &invite(&cast.kofi, "attendee")).await, 201);
    let full = post(&cast.kofi.client(), &attendees, &invite(&cast.mariam, "attendee")).await;

    assert_eq!(refusal(&moderator), "403 forbidden");
    assert_eq!(refusal(&observer), "403 forbidden");
    assert_eq!(refusal(&full), "409 capacity-reached");
}

#[tokio::test]
async fn the_organizer_says_who_is_needed_and_who_keeps_order() {
    let cast = cast().await;
    let path = called(&cast.awa, json!({}), &[&cast.moussa, &cast.fatou]).await;
    let of = |who: &Person| format!("{path}attendees/{}/", who.id);
    let promoted = json!({"role": "moderator", "required": false});

    let changed = expect(patch(&cast.awa.client(), &of(&cast.moussa), &promoted).await, 200);
    let again = expect(patch(&cast.awa.client(), &of(&cast.moussa), &promoted).await, 200);

    assert_eq!((&changed["role"], &changed["required"]), (&json!("moderator"), &json!(false)));
    assert_eq!(changed["version"], again["version"]);
    for (who, whom, body, expected) in [
        (&cast.moussa, &cast.fatou, promoted.clone(), "403 forbidden"),
        (&cast.kofi, &cast.fatou, promoted.clone(), "404 not-found"),
        (&cast.awa, &cast.kofi, promoted.clone(), "404 not-found"),
        (&cast.awa, &cast.awa, promoted.clone(), "422 rule-violation"),
        (&cast.awa, &cast.fatou, json!({"role": "organizer"}), "422 validation /role"),
        (&cast.awa, &cast.fatou, json!({"role": null}), "422 validation /role"),
        (&cast.awa, &cast.fatou, json!({"rsvp": "accepted"}), "400 unknown-field /rsvp"),
    ] {
        assert_eq!(refusal(&patch(&who.client(), &of(whom), &body).await), expected, "{body}");
    }
    expect(
        post(&cast.moussa.client(), &format!("{path}transition/"), &json!({"to": "postponed"})).await,
        200,
    );
}
