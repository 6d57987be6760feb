//! Skills: the catalogue that grows as people name what they can do, and whom one finds by it.

use crate::{
    harness::{Person, rand_bits, world},
    rest::{
        ask::{column, expect, get, post, put, refusal},
        cast::{admin, cast},
    },
};
use schema::role::Role;
use serde_json::{Value, json};
use uuid::Uuid;

const SKILLS: &str = "/api/v1/users/skills/";

async fn newcomer() -> (Person, String) {
    let person = world().person("Douée", Role::Student).await;
    let path = format!("/api/v1/users/{}/skills/", person.id);
    (person, path)
}

#[tokio::test]
async fn somebody_says_what_they_can_do_and_is_found_by_it() {
    let ((awa, path), (other, others)) = (newcomer().await, newcomer().await);
    let (sewing, welding) = (format!("Couture {}", rand_bits()), format!("Soudure {}", rand_bits()));
    let both = json!({"skills": [{"name": welding, "level": 5}, {"name": sewing}]});

    let said = expect(put(&awa.client(), &path, &both).await, 200);
    let again = expect(put(&awa.client(), &path, &both).await, 200);
    let folded = json!({"skills": [{"name": sewing.to_uppercase(), "level": 1}]});
    let same = expect(put(&other.client(), &others, &folded).await, 200);
    let search = format!("/api/v1/users/search/?skill={}", sewing.replace(' ', "%20"));
    let found = expect(get(&cast().await.kofi.client(), &search).await, 200);
    let less = expect(put(&admin(), &path, &json!({"skills": [{"name": welding, "level": 4}]})).await, 200);

    assert_eq!(column(&said, "name"), [&*sewing, &*welding]);
    assert_eq!((&said["data"][0]["level"], &said["data"][1]["level"]), (&json!(3), &json!(5)));
    assert_eq!(said, again);
    assert_eq!(same["data"][0]["skill_id"], said["data"][0]["skill_id"], "one skill, however it is written");
    let mut ids = column(&found, "id");
    ids.sort_unstable();
    let mut expected = [awa.id.to_string(), other.id.to_string()];
    expected.sort();
    assert_eq!(ids, expected);
    assert_eq!(expect(get(&awa.client(), &path).await, 200), less);
    let listed = expect(
        get(&cast().await.kofi.client(), &format!("{SKILLS}?limit=100&name={}", welding.replace(' ', "%20")))
            .await,
        200,
    );
    assert_eq!(column(&listed, "name"), [&*welding]);
}

#[tokio::test]
async fn a_passport_is_its_persons_to_say_and_holds_fifty() {
    let (awa, path) = newcomer().await;
    let wish = |skills: Value| json!({"skills": skills});
    let many: Vec<Value> = (0..51).map(|n| json!({"name": format!("Savoir {n}")})).collect();
    let cases = [
        (wish(json!([{"name": " "}])), "422 validation /skills/0/name"),
        (wish(json!([{"name": "a\u{202e}b"}])), "422 validation /skills/0/name"),
        (wish(json!([{"name": "Semis", "level": 6}])), "422 validation /skills/0/level"),
        (wish(json!([{"name": "Élevage"}, {"name": "elevage"}])), "422 validation /skills/1/name"),
        (
            wish(json!([{"name": "Semis", "verified_by": Uuid::nil()}])),
            "400 unknown-field /skills/0/verified_by",
        ),
        (wish(many.into()), "422 validation /skills"),
    ];

    for (body, expected) in cases {
        assert_eq!(refusal(&put(&awa.client(), &path, &body).await), expected, "{body}");
    }
    let cast = cast().await;
    assert_eq!(refusal(&put(&cast.mariam.client(), &path, &wish(json!([]))).await), "403 forbidden");
    assert_eq!(refusal(&put(&cast.kofi.client(), &path, &wish(json!([]))).await), "404 not-found");
    assert_eq!(refusal(&get(&cast.kofi.client(), &path).await), "404 not-found");
    let nobody = format!("/api/v1/users/{}/skills/", Uuid::from_u128(1));
    assert_eq!(refusal(&get(&admin(), &nobody).await), "404 not-found");
}

#[tokio::test]
async fn the_catalogue_has_one_skill_for_one_thing() {
    let kofi = cast().await.kofi.client();
    let (name, alias) = (format!("Maçonnerie {}", rand_bits()), format!("Bâtiment {}", rand_bits()));

    let made = expect(post(&kofi, SKILLS, &json!({"name": name, "aliases": [alias]})).await, 201);
    let again = post(&kofi, SKILLS, &json!({"name": name.to_lowercase()})).await;
    let by_alias = post(&kofi, SKILLS, &json!({"name": alias.replace('â', "a")})).await;
    let (awa, path) = newcomer().await;
    let said = expect(put(&awa.client(), &path, &json!({"skills": [{"name": alias}]})).await, 200);

    assert_eq!(refusal(&again), "409 duplicate /name");
    assert_eq!(refusal(&by_alias), "409 duplicate /name");
    assert_eq!((&said["data"][0]["skill_id"], &said["data"][0]["name"]), (&made["id"], &json!(name)));
    assert_eq!(
        refusal(&post(&kofi, SKILLS, &json!({"name": "x", "name_folded": "y"})).await),
        "400 unknown-field /name_folded"
    );
}
