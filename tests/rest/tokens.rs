//! Access tokens: what a client reads from one, how others verify it, and that nobody else makes one.

use super::{
    ask::{ask, expect, get, refusal, send},
    cast::{cast, nobody},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde_json::{Value, json};

const ME: &str = "/api/v1/auth/me/";

/// A PKCS#8 document (RFC 8410 §7) around the 32 bytes of an Ed25519 seed.
fn signing_key(seed: u8) -> EncodingKey {
    let mut document =
        vec![0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20];
    document.extend([seed; 32]);
    EncodingKey::from_ed_der(&document)
}

/// What a token says, without asking whether it is true.
fn part(token: &str, which: usize) -> Value {
    let text = token.split('.').nth(which).expect("three parts");
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).unwrap()).unwrap()
}

fn encoded(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(serde_json::to_vec(value).unwrap())
}

async fn key_set() -> Value {
    expect(get(&nobody(), "/api/v1/auth/jwks/").await, 200)["keys"][0].clone()
}

#[tokio::test]
async fn the_published_key_verifies_a_token() {
    let cast = cast().await;

    let key = key_set().await;
    let decoding = DecodingKey::from_ed_components(key["x"].as_str().unwrap()).unwrap();
    let claims = |token: &str| {
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.set_required_spec_claims(&["exp", "sub"]);
        jsonwebtoken::decode::<Value>(token, &decoding, &validation).map(|token| token.claims)
    };

    assert_eq!(
        (&key["kty"], &key["crv"], &key["alg"], &key["use"]),
        (&json!("OKP"), &json!("Ed25519"), &json!("EdDSA"), &json!("sig"))
    );
    let said = claims(&cast.awa.token).unwrap();
    assert_eq!((&said["sub"], &said["role"]), (&json!(cast.awa.id), &json!("entrepreneur")));
    assert_eq!(said["exp"].as_i64().unwrap() - said["iat"].as_i64().unwrap(), 900);
    assert_eq!(part(&cast.awa.token, 0)["kid"], key["kid"]);
    let (head, _) = cast.awa.token.rsplit_once('.').unwrap();
    let (_, foreign) = cast.moussa.token.rsplit_once('.').unwrap();
    assert!(claims(&format!("{head}.{foreign}")).is_err(), "another token's signature proves nothing");
}

#[tokio::test]
async fn nobody_else_makes_a_token() {
    let awa = &cast().await.awa;
    let key = key_set().await;
    let claims = part(&awa.token, 1);
    let kid = key["kid"].as_str().unwrap().to_owned();
    let signed = |algorithm, by: &EncodingKey, claims: &Value| {
        let header = Header { kid: Some(kid.clone()), ..Header::new(algorithm) };
        jsonwebtoken::encode(&header, claims, by).unwrap()
    };
    let public = URL_SAFE_NO_PAD.decode(key["x"].as_str().unwrap()).unwrap();
    let mut raised = claims.clone();
    raised["role"] = "super_administrator".into();
    let [head, _, signature] = awa.token.split('.').collect::<Vec<_>>().try_into().unwrap();

    let forged = [
        ("another key", signed(Algorithm::EdDSA, &signing_key(7), &claims)),
        ("the public key as a secret", signed(Algorithm::HS256, &EncodingKey::from_secret(&public), &claims)),
        ("the key's text as a secret", {
            let text = key["x"].as_str().unwrap().as_bytes();
            signed(Algorithm::HS256, &EncodingKey::from_secret(text), &claims)
        }),
        ("no algorithm", format!("{}.{}.", encoded(&json!({"alg": "none", "typ": "JWT"})), encoded(&claims))),
        ("no algorithm, old signature", {
            format!("{}.{}.{signature}", encoded(&json!({"alg": "none", "typ": "JWT"})), encoded(&claims))
        }),
        ("another role under the old signature", format!("{head}.{}.{signature}", encoded(&raised))),
        ("no signature", format!("{head}.{}.", encoded(&claims))),
        ("two parts", format!("{head}.{}", encoded(&claims))),
        ("endless", format!("{head}.{}.{signature}", "A".repeat(4_000))),
    ];

    for (what, token) in forged {
        let answer = get(&nobody().with_token(&token), ME).await;
        assert_eq!(refusal(&answer), "401 not-authenticated", "{what}");
        assert_eq!(answer.header("www-authenticate"), Some("Bearer"), "{what}");
    }
    expect(get(&awa.client(), ME).await, 200);
}

#[tokio::test]
async fn a_call_says_who_calls_in_one_way_only() {
    let awa = &cast().await.awa;
    let with = |value: &str| ask("GET", ME).header("authorization", value);

    for value in ["", "Bearer", "Basic YWRtaW46YWRtaW4=", &awa.token, &format!("Token {}", awa.token)] {
        assert_eq!(refusal(&send(&nobody(), with(value)).await), "401 not-authenticated", "{value}");
    }
    assert_eq!(refusal(&get(&nobody(), ME).await), "401 not-authenticated");
    let in_query = format!("{ME}?access_token={}", awa.token);
    assert_eq!(refusal(&get(&nobody(), &in_query).await), "401 not-authenticated");
    expect(send(&nobody(), with(&format!("bearer  {}", awa.token))).await, 200);
}

#[tokio::test]
async fn everybody_is_told_their_level_in_fifteen_modules() {
    let cast = cast().await;

    let awa = expect(get(&cast.awa.client(), ME).await, 200);
    let mariam = expect(get(&cast.mariam.client(), ME).await, 200);

    let modules = [
        "analytics",
        "auth",
        "core",
        "courses",
        "crm",
        "finance",
        "goals",
        "jobs",
        "knowledge",
        "leave",
        "meetings",
        "notif",
        "projects",
        "time",
        "users",
    ];
    let levels = awa["levels"].as_object().unwrap();
    assert_eq!(levels.keys().map(String::as_str).collect::<Vec<_>>(), modules);
    assert_eq!((&levels["projects"], &levels["courses"]), (&json!("WO"), &json!("RO")));
    assert_eq!((&mariam["levels"]["projects"], &mariam["levels"]["meetings"]), (&json!("M"), &json!("RW")));
    assert_eq!(awa["organization"]["name"], "Programme Jeunes");
    assert_eq!((&awa["user"]["timezone"], &awa["user"]["language"]), (&json!("Africa/Dakar"), &json!("fr")));
    let text = awa.to_string();
    for secret in ["password", "token_version", "email_folded", "argon2"] {
        assert!(!text.contains(secret), "{text}");
    }
}
