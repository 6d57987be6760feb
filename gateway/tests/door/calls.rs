//! Operations over the socket: the same answers as over REST.

use crate::stage::{Stage, refused, soon};
use gateway::client::Ask;
use http::Method;
use schema::{code::Code, frame::Request};
use serde_json::json;

#[tokio::test]
async fn an_operation_answers_the_same_over_both() {
    let stage = Stage::new().await;
    let mut socket = stage.socket(0).await;

    let called = socket.call("ShowMe", json!({}), None).await.unwrap();
    let asked = stage.client(0).get("/api/v1/auth/me/").await.unwrap();

    assert_eq!(called.status, asked.status.as_u16());
    assert_eq!(called.body, asked.body);
}

#[tokio::test]
async fn a_command_repeated_over_the_other_way_in_happens_once() {
    let stage = Stage::new().await;
    let admin = stage.admin().await;
    let mut socket = stage.stranger().await;
    socket.sign_in(admin.token().unwrap()).await.unwrap();
    let input = json!({
        "email": "awa@example.org", "first_name": "Awa", "last_name": "Sarr", "role": "student",
        "password": "un-mot-de-passe-solide-9",
    });

    let created = Ask::new(Method::POST, "/api/v1/users/").json(&input).key("create-awa");
    let created = admin.send(created).await.unwrap().accepted().unwrap();
    let repeated = socket.call("CreateUser", input.clone(), Some("create-awa")).await.unwrap();
    let again = Ask::new(Method::POST, "/api/v1/users/").json(&input).key("create-awa");
    let again = admin.send(again).await.unwrap().accepted().unwrap();
    let other = json!({"first_name": "Ama", "email": "ama@example.org", "last_name": "M", "role": "student",
        "password": "un-mot-de-passe-solide-9"});

    assert_eq!((created.status.as_u16(), created.header("idempotent-replay")), (201, None));
    assert_eq!(repeated.body, created.body);
    assert_eq!((again.body, again.headers["idempotent-replay"].to_str().unwrap()), (created.body, "true"));
    let reused = socket.call("CreateUser", other, Some("create-awa")).await;
    assert_eq!(refused(reused).code, Code::IdempotencyKeyReused);
}

#[tokio::test]
async fn answers_come_in_the_order_of_the_questions_heartbeats_too() {
    let stage = Stage::new().await;
    let mut socket = stage.socket(0).await;
    let order: Vec<_> = (0..40).map(|n| n.to_string()).collect();

    for (n, reference) in order.iter().enumerate() {
        let (op, name) = if n % 4 == 1 { ("call", Some("ShowMe".to_owned())) } else { ("ping", None) };
        let request =
            Request { op: op.into(), name, reference: Some(reference.clone()), ..Request::default() };
        socket.send(&request).await.unwrap();
    }

    let mut answers = Vec::new();
    while answers.len() < order.len() {
        answers.extend(soon(socket.next()).await.unwrap().reference);
    }
    assert_eq!(answers, order);
}

#[tokio::test]
async fn a_short_name_is_a_call_with_the_rooms_id_filled_in() {
    let stage = Stage::new().await;
    let mut socket = stage.socket(0).await;
    let short =
        |op: &str| Request { op: op.into(), room: Some(stage.inbox(0)), d: json!({}), ..Request::default() };

    let read = socket.ask(short("notification.read_all")).await.unwrap();
    let unknown = socket.ask(short("chat.send")).await;

    assert_eq!(read.d["status"], 200, "{}", read.d);
    assert_eq!(refused(unknown).code, Code::UnknownOperation);
    let nameless = socket.ask(Request { op: "call".into(), ..short("") }).await;
    assert_eq!(refused(nameless).code, Code::ProtocolError);
}

#[tokio::test]
async fn a_refusal_carries_its_code_and_a_request_to_quote() {
    let stage = Stage::new().await;
    let mut socket = stage.socket(0).await;

    let unknown = refused(socket.call("ListUsers", json!({"x": 1}), None).await);
    let forbidden = refused(socket.call("CreateUser", json!({
        "email": "a@example.org", "first_name": "A", "last_name": "B", "role": "student", "password": "x"
    }), None).await);

    assert_eq!((unknown.code, unknown.errors[0].pointer.as_str()), (Code::UnknownField, "/x"));
    assert_eq!(forbidden.code.status(), 403);
    assert!(forbidden.request_id.is_some());
    let tagged = socket.ask(Request {
        op: "call".into(),
        reference: None,
        room: None,
        name: Some("ShowMe".into()),
        idem: None,
        if_match: Some("nonsense".into()),
        d: json!({}),
    });
    assert_eq!(refused(tagged.await).code, Code::VersionConflict);
}
