//! Going away and coming back: what was missed is heard, once and in order, or the client is told to
//! reload.

use crate::harness::{events_until, within, world};
use schema::{frame::Kind, role::Role, room::RoomId};

#[tokio::test]
async fn whoever_comes_back_hears_exactly_what_was_missed() {
    let world = world();
    let (awa, moussa) =
        (world.person("Awa", Role::Mentor).await, world.person("Moussa", Role::Student).await);
    let meeting = awa.meeting("Longue séance", &[&moussa]).await;
    let room = RoomId::new("meeting", meeting);
    let mut first = moussa.socket().await;
    let joined = first.join(&room, None).await.unwrap();
    let said = awa.say(meeting, "avant").await;
    let heard = said["seq"].as_u64().unwrap();
    events_until(&mut first, heard).await;
    drop(first);
    let mut last = heard;
    for n in 0..300 {
        last = awa.say(meeting, &format!("pendant {n}")).await["seq"].as_u64().unwrap();
    }

    let mut second = moussa.socket().await;
    let epoch = joined["epoch"].as_str().unwrap();
    let back = second.join(&room, Some((epoch, heard))).await.unwrap();
    let missed = events_until(&mut second, last).await;

    assert_eq!(back["missed"].as_u64(), Some(last - heard));
    let numbers: Vec<u64> = missed.iter().map(|event| event.seq.unwrap()).collect();
    assert_eq!(numbers, (heard + 1..=last).collect::<Vec<_>>());
    awa.say(meeting, "après").await;
    events_until(&mut second, last + 1).await;
}

#[tokio::test]
async fn another_epoch_or_a_number_from_the_future_means_reload() {
    let world = world();
    let awa = world.person("Awa", Role::Mentor).await;
    let meeting = awa.meeting("Retour", &[]).await;
    let room = RoomId::new("meeting", meeting);
    let last = awa.say(meeting, "bonjour").await["seq"].as_u64().unwrap();
    let mut socket = awa.socket().await;
    let epoch = socket.join(&room, None).await.unwrap()["epoch"].as_str().unwrap().to_owned();

    for (epoch, after, reason) in [("0000000000000000", last, "epoch"), (epoch.as_str(), last + 50, "ahead")]
    {
        // Somebody's coming may be told meanwhile: what counts is where the room stood at the join.
        let joined = socket.join(&room, Some((epoch, after))).await.unwrap();
        let resync = within(async {
            loop {
                let response = socket.next().await.unwrap();
                if response.t == Kind::Resync {
                    return response;
                }
            }
        })
        .await;
        assert_eq!((&resync.d["reason"], &resync.d["seq"]), (&reason.into(), &joined["seq"]));
    }
    let said = awa.say(meeting, "encore là").await["seq"].as_u64().unwrap();
    events_until(&mut socket, said).await;
}

#[tokio::test]
async fn a_room_nobody_wrote_in_answers_zero() {
    let world = world();
    let awa = world.person("Awa", Role::Student).await;
    let mut socket = awa.socket().await;

    let joined = socket.join(&awa.inbox(), None).await.unwrap();

    assert_eq!(joined["missed"], 0);
    assert!(joined["seq"].is_u64(), "{joined}");
}
