//! Bodies that are none: each is refused with its code, costs little, and the connection's next request
//! is answered.

use super::{
    ask::{ask, expect, get, post, refusal, send},
    cast::cast,
};
use gateway::client::Ask;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

const PROJECTS: &str = "/api/v1/projects/";

fn raw(kind: &str, body: impl Into<Vec<u8>>) -> Ask {
    ask("POST", PROJECTS).header("content-type", kind).bytes(body.into())
}

#[tokio::test]
async fn what_is_no_json_object_is_refused() {
    let awa = cast().await.awa.client();
    let json = "application/json";
    let deep = |open: &str, close: &str, levels: usize| {
        format!("{{\"title\":{}1{}}}", open.repeat(levels), close.repeat(levels))
    };
    let cases: Vec<Vec<u8>> = vec![
        b"{".to_vec(),
        b"[]".to_vec(),
        b"null".to_vec(),
        b"\"title\"".to_vec(),
        b"7".to_vec(),
        b"{} {}".to_vec(),
        b"{\"title\": \"\xff\xfe\"}".to_vec(),
        b"{\"title\": \"\\ud800\"}".to_vec(),
        b"{'title': 'x'}".to_vec(),
        b"\xef\xbb\xbf{}".to_vec(),
        b"{\"title\": NaN}".to_vec(),
        deep("[", "]", 10_000).into_bytes(),
        deep("{\"a\":", "}", 10_000).into_bytes(),
        deep("[", "]", 100).into_bytes(),
    ];

    for body in cases {
        let shown = String::from_utf8_lossy(&body).chars().take(40).collect::<String>();
        assert_eq!(refusal(&send(&awa, raw(json, body)).await), "400 invalid-json", "{shown}");
    }
    assert_eq!(refusal(&send(&awa, raw(json, "{\"title\": 1e999}")).await).split(' ').next(), Some("400"));
    assert_eq!(
        refusal(&send(&awa, raw(json, "")).await),
        "422 validation /title",
        "no body is an empty object"
    );
}

#[tokio::test]
async fn a_body_of_another_type_is_refused() {
    let awa = cast().await.awa.client();
    let body = json!({"title": "Type", "due_date": "2030-01-01"}).to_string();

    for kind in
        ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "application/jsonp", ""]
    {
        let refused = send(&awa, raw(kind, body.clone())).await;
        assert_eq!(refusal(&refused), "415 unsupported-media-type", "{kind}");
    }
    let untyped = send(&awa, ask("POST", PROJECTS).bytes(body.clone().into_bytes())).await;
    assert_eq!(refusal(&untyped), "415 unsupported-media-type");
    for kind in ["application/json", "APPLICATION/JSON; charset=utf-8", "application/merge-patch+json"] {
        expect(send(&awa, raw(kind, body.clone())).await, 201);
    }
}

#[tokio::test]
async fn fields_that_nobody_knows_are_named_with_their_place() {
    let awa = cast().await.awa.client();

    let unknown = post(&awa, PROJECTS, &json!({"title": "x", "due_date": "2030-01-01", "colour": 1})).await;

    assert_eq!(refusal(&unknown), "400 unknown-field /colour");
    let problem = &unknown.body;
    assert_eq!(problem["type"], "https://ecosystia.app/problems/unknown-field");
    assert_eq!((&problem["title"], &problem["instance"]), (&json!("Champ inconnu"), &json!(PROJECTS)));
    assert!(
        problem["errors"][0]["message"].as_str().unwrap().contains("due_date"),
        "what is known: {problem}"
    );
    for (field, pointer) in
        [("a.b", "/a.b"), ("a/b", "/a~1b"), ("a~b", "/a~0b"), ("tags[0]", "/tags[0]"), ("", "/")]
    {
        let refused = post(&awa, PROJECTS, &json!({"title": "x", field: 1})).await;
        assert_eq!(refusal(&refused), format!("400 unknown-field {pointer}"), "{field}");
    }
    let stray = get(&awa, "/api/v1/auth/me/?colour=1").await;
    assert_eq!(refusal(&stray), "400 unknown-field /query");
    let twice = raw("application/json", r#"{"title": "a", "title": "b", "due_date": "2030-01-01"}"#);
    let status = send(&awa, twice).await.status.as_u16();
    assert!(status == 201 || status == 400, "{status}");
}

/// Sends these bytes and reads what comes back until the server closes or is quiet for a while.
async fn exchange(pieces: &[&[u8]]) -> String {
    let address = crate::harness::world().address;
    let mut stream = TcpStream::connect(address).await.unwrap();
    for piece in pieces {
        // The server may have refused and closed already; what it said is read below.
        if stream.write_all(piece).await.is_err() {
            break;
        }
    }
    let mut heard = Vec::new();
    let quiet = std::time::Duration::from_secs(2);
    let mut chunk = [0; 4_096];
    while let Ok(Ok(read @ 1..)) = tokio::time::timeout(quiet, stream.read(&mut chunk)).await {
        heard.extend(&chunk[..read]);
        if String::from_utf8_lossy(&heard).contains("\"code\"") {
            break;
        }
    }
    String::from_utf8_lossy(&heard).into_owned()
}

#[tokio::test]
async fn a_body_that_is_too_large_is_refused_before_it_has_arrived() {
    let token = &cast().await.awa.token;
    let head = |length: &str| {
        format!(
            "POST {PROJECTS} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {token}\r\n\
             content-type: application/json\r\n{length}\r\n\r\n"
        )
    };

    let announced = exchange(&[head("content-length: 600000").as_bytes()]).await;
    let endless = head("transfer-encoding: chunked");
    let chunk = format!("10000\r\n{}\r\n", "x".repeat(65_536));
    let mut pieces = vec![endless.as_bytes()];
    pieces.extend([chunk.as_bytes(); 12]);
    let streamed = exchange(&pieces).await;

    for answer in [announced, streamed] {
        assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
        assert!(answer.contains("\"code\":\"payload-too-large\""), "{answer}");
    }
}

#[tokio::test]
async fn a_body_as_large_as_allowed_is_read() {
    let awa = cast().await.awa.client();
    let most = 512 * 1024;
    let frame = json!({"title": "x", "due_date": "2030-01-01", "description": ""}).to_string().len();
    let body = json!({"title": "x", "due_date": "2030-01-01", "description": "y".repeat(most - frame)});

    let read = post(&awa, PROJECTS, &body).await;

    assert_eq!(refusal(&read), "422 validation /description", "it was read to its end");
}

#[tokio::test]
async fn a_refused_body_leaves_the_connection_usable() {
    let awa = cast().await.awa.client();

    for _ in 0..3 {
        assert_eq!(refusal(&send(&awa, raw("application/json", "{")).await), "400 invalid-json");
        assert_eq!(refusal(&send(&awa, raw("text/plain", "{}")).await), "415 unsupported-media-type");
        expect(get(&awa, "/api/v1/auth/me/").await, 200);
    }
    let answer = send(&awa, ask("DELETE", "/api/v1/projects/").json(&Value::Null)).await;
    assert_eq!(refusal(&answer), "405 method-not-allowed");
}
