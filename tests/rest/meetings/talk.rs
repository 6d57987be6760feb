//! What was said in a meeting: looked for by its words, and kept as a text.

use super::MEETINGS;
use crate::rest::{
    ask::{ask, column, delete, expect, get, patch, refusal, send},
    cast::cast,
};
use serde_json::{Value, json};

#[tokio::test]
async fn words_are_found_in_what_was_said_and_not_in_what_was_removed() {
    let cast = cast().await;
    let meeting = cast.awa.meeting("Recherche", &[&cast.moussa]).await;
    let other = cast.awa.meeting("Autre", &[]).await;
    cast.awa.say(other, "Les élèves sont ailleurs").await;
    let first = cast.awa.say(meeting, "Les élèves plantent des baobabs").await;
    cast.moussa.say(meeting, "Bonjour").await;
    let gone = cast.moussa.say(meeting, "Un élève est parti").await;
    let last = cast.moussa.say(meeting, &format!("{} l'ÉLÈVE revient", "mot ".repeat(100))).await;
    let path = format!("{MEETINGS}{meeting}/messages/");
    let found = async |query: &str| expect(get(&cast.moussa.client(), &format!("{path}?{query}")).await, 200);

    let whole = found("q=eleve").await;
    let two = found("q=eleve%20bao").await;
    assert_eq!(
        delete(&cast.awa.client(), &format!("{path}{}/", gone["id"].as_str().unwrap())).await.status,
        204
    );
    let words = json!({"body": "Bonsoir, chers élèves"});
    let after_removal = found("q=eleve").await;
    let paged = found("q=eleve&limit=1").await;
    let next =
        found(&format!("q=eleve&limit=1&cursor={}", paged["page"]["next_cursor"].as_str().unwrap())).await;
    let forward = found("q=eleve&after_seq=0&limit=1").await;
    let path_of_last = format!("{path}{}/", last["id"].as_str().unwrap());
    expect(patch(&cast.moussa.client(), &path_of_last, &words).await, 200);
    let reworded = found("q=bonsoir%20eleve").await;

    let numbers = |page: &Value| -> Vec<Value> {
        page["data"].as_array().unwrap().iter().map(|message| message["seq"].clone()).collect()
    };
    let said =
        |messages: &[&Value]| -> Vec<Value> { messages.iter().map(|said| said["seq"].clone()).collect() };
    assert_eq!(numbers(&whole), said(&[&last, &gone, &first]), "the hundredth word counts, too");
    assert_eq!(numbers(&two), said(&[&first]));
    assert_eq!(numbers(&after_removal), said(&[&last, &first]));
    assert_eq!((numbers(&paged), numbers(&next)), (said(&[&last]), said(&[&first])));
    assert_eq!((&paged["page"]["has_more"], &next["page"]["has_more"]), (&json!(true), &json!(false)));
    assert_eq!(next["page"]["next_cursor"], Value::Null);
    assert_eq!((numbers(&forward), &forward["page"]["has_more"]), (said(&[&first]), &json!(true)));
    assert_eq!(column(&reworded, "body"), ["Bonsoir, chers élèves"]);
    for (query, expected) in [
        ("q=%20,", "400 invalid-filter /query/q"),
        ("q=", "400 invalid-filter /query/q"),
        ("cursor=3", "400 invalid-filter /query/cursor"),
        ("q=x&cursor=soon", "400 invalid-filter /query/cursor"),
    ] {
        let refused = get(&cast.moussa.client(), &format!("{path}?{query}")).await;
        assert_eq!(refusal(&refused), expected, "{query}");
    }
    assert_eq!(refusal(&get(&cast.kofi.client(), &format!("{path}?q=eleve")).await), "404 not-found");
}

#[tokio::test]
async fn a_rare_word_in_a_long_talk_is_found_page_by_page() {
    let cast = cast().await;
    let meeting = cast.awa.meeting("Longue", &[]).await;
    let rare = cast.awa.say(meeting, "Le kapokier").await;
    let awa = cast.awa.client();
    let path = format!("{MEETINGS}{meeting}/messages/");
    for _ in 0..2_050 {
        expect(send(&awa, ask("POST", &path).json(&json!({"body": "et puis"}))).await, 201);
    }

    let (mut cursor, mut pages) = (String::new(), Vec::new());
    while pages.len() < 5 {
        let page = expect(get(&awa, &format!("{path}?q=kapokier{cursor}")).await, 200);
        let next = page["page"]["next_cursor"].as_str().map(|next| format!("&cursor={next}"));
        pages.push(page);
        match next {
            Some(next) => cursor = next,
            None => break,
        }
    }

    assert_eq!(pages.len(), 2, "a search ends at its bound, and goes on: {pages:?}");
    assert_eq!((&pages[0]["data"], &pages[0]["page"]["has_more"]), (&json!([]), &json!(true)));
    assert_eq!((&pages[1]["data"][0]["seq"], &pages[1]["page"]["has_more"]), (&rare["seq"], &json!(false)));
}

#[tokio::test]
async fn the_organizer_keeps_what_was_said_as_a_text() {
    let cast = cast().await;
    let meeting = cast.awa.meeting("Mémoire", &[&cast.moussa]).await;
    cast.awa.say(meeting, "Bonjour\nà tous").await;
    let gone = cast.moussa.say(meeting, "je me suis trompé").await;
    let last = cast.moussa.say(meeting, "merci").await;
    let message = format!("{MEETINGS}{meeting}/messages/{}/", gone["id"].as_str().unwrap());
    assert_eq!(delete(&cast.moussa.client(), &message).await.status, 204);
    let path = format!("{MEETINGS}{meeting}/chat-export/");
    let text = async |ask| send(&cast.awa.client(), ask).await;

    let french = text(ask("GET", &path).header("accept-language", "fr")).await;
    let english = text(ask("GET", &path).header("accept-language", "en")).await;
    let rest = text(ask("GET", &format!("{path}?after_seq={}", gone["seq"]))).await;

    assert_eq!(french.header("content-type"), Some("text/plain; charset=utf-8"));
    let lines: Vec<&str> = french.body.as_str().unwrap().lines().collect();
    assert_eq!(lines[0], "Réunion: Mémoire");
    assert!(lines[1].ends_with("(Africa/Dakar)"), "{lines:?}");
    assert!(lines[4].starts_with('[') && lines[4].ends_with("] Awa Diop: Bonjour"), "{lines:?}");
    assert_eq!(lines[5], "    à tous");
    assert!(lines[6].ends_with("] Moussa Diop: [message supprimé]"), "{lines:?}");
    assert!(lines[7].ends_with("] Moussa Diop: merci") && lines.len() == 8, "{lines:?}");
    assert!(english.body.as_str().unwrap().contains("Moussa Diop: [message removed]\n"));
    let rest = rest.body.as_str().unwrap();
    assert!(rest.lines().count() == 5 && rest.contains("merci"), "{rest}");
    assert!(last["seq"].is_u64());
    assert_eq!(refusal(&get(&cast.moussa.client(), &path).await), "403 forbidden");
    assert_eq!(refusal(&get(&cast.kofi.client(), &path).await), "404 not-found");
    let odd = get(&cast.awa.client(), &format!("{path}?format=pdf")).await;
    assert_eq!(refusal(&odd), "400 invalid-filter /query/format");
}
