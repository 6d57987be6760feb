//! Profiles: one's own, what the organization keeps of others, finding and counting people.

use crate::{
    harness::{Person, world},
    rest::{
        ask::{ask, column, expect, get, patch, refusal, send},
        cast::{admin, cast},
    },
};
use schema::role::Role;
use serde_json::{Value, json};
use uuid::Uuid;

const PROFILE: &str = "/api/v1/users/profile/";

async fn newcomer(name: &str) -> Person {
    world().person(name, Role::Entrepreneur).await
}

fn path_of(person: &Person) -> String {
    format!("/api/v1/users/{}/", person.id)
}

#[tokio::test]
async fn a_profile_says_what_its_person_says_of_themselves() {
    let awa = newcomer("Profil").await.client();
    let wish = json!({
        "first_name": " Aïda ", "location": "Thiès", "bio": "Je cultive\nla terre.", "company": "Jardins du Sahel",
        "phone": "77 123 45 67", "timezone": "Africa/Abidjan", "language": "en", "gender": "female",
        "birth_date": "1999-02-28", "education_level": "vocational", "experience_years": 4,
        "links": {"github": "https://github.com/aida", "website": "https://aida.sn/"},
    });

    let edited = expect(patch(&awa, PROFILE, &wish).await, 200);
    let links = json!({"job_title": "Maraîchère", "links": {"website": null}, "bio": null});
    let again = expect(patch(&awa, PROFILE, &links).await, 200);
    let shown = expect(get(&awa, PROFILE).await, 200);

    assert_eq!((&edited["first_name"], &edited["phone"]), (&json!("Aïda"), &json!("+221771234567")));
    assert_eq!((&edited["bio"], &again["bio"]), (&json!("Je cultive\nla terre."), &Value::Null));
    assert_eq!(again["links"], json!({"github": "https://github.com/aida"}));
    assert_eq!(again, shown);
    assert_eq!(
        (&shown["birth_date"], &shown["experience_years"], &shown["education_level"]),
        (&json!("1999-02-28"), &json!(4), &json!("vocational"))
    );
    assert_eq!(expect(patch(&awa, PROFILE, &links).await, 200)["version"], shown["version"], "nothing new");
}

#[tokio::test]
async fn a_profile_refuses_what_it_is_not_for() {
    let awa = newcomer("Refus").await.client();
    let cases = [
        (json!({"first_name": null}), "422 validation /first_name"),
        (json!({"first_name": "a\u{202e}b"}), "422 validation /first_name"),
        (json!({"last_name": "a\u{7}b"}), "422 validation /last_name"),
        (json!({"bio": "x".repeat(501)}), "422 validation /bio"),
        (json!({"phone": "call me"}), "422 validation /phone"),
        (json!({"timezone": "Africa/Nowhere"}), "422 validation /timezone"),
        (json!({"links": {"github": "http://github.com/a"}}), "422 validation /links/github"),
        (json!({"links": {"tiktok": "https://a.sn"}}), "400 unknown-field /links/tiktok"),
        (json!({"birth_date": "2099-01-01"}), "422 validation /birth_date"),
        (json!({"experience_years": 61}), "422 validation /experience_years"),
        (json!({"role": "administrator"}), "400 unknown-field /role"),
        (json!({"status": "active"}), "400 unknown-field /status"),
        (json!({"manager_id": Uuid::nil()}), "400 unknown-field /manager_id"),
        (json!({"token_version": 9}), "400 unknown-field /token_version"),
        (json!({"email": "a@example.org"}), "400 unknown-field /email"),
    ];

    for (body, expected) in cases {
        assert_eq!(refusal(&patch(&awa, PROFILE, &body).await), expected, "{body}");
    }
}

#[tokio::test]
async fn only_who_runs_the_organization_edits_others() {
    let person = newcomer("Salariée").await;
    let path = path_of(&person);
    let wish = json!({
        "job_title": "Comptable", "manager_id": cast().await.mariam.id,
        "employment": {"kind": "employee", "start_date": "2024-01-01"}, "hourly_rate_amount": 5_000,
    });

    for other in [&cast().await.mariam, &cast().await.awa, &person] {
        let answer = patch(&other.client(), &path, &json!({"job_title": "Chef"})).await;
        assert_eq!(refusal(&answer), "403 forbidden");
    }
    let edited = expect(patch(&admin(), &path, &wish).await, 200);
    let unordered =
        json!({"employment": {"kind": "intern", "start_date": "2024-02-01", "end_date": "2024-01-01"}});

    assert_eq!(edited["employment"]["weekly_minutes"], 2_400);
    assert_eq!(expect(get(&person.client(), PROFILE).await, 200)["hourly_rate_amount"], 5_000);
    let refused = patch(&admin(), &path, &unordered).await;
    assert_eq!(refusal(&refused), "422 validation /employment/end_date");
    let nobody = format!("/api/v1/users/{}/", Uuid::from_u128(3));
    assert_eq!(refusal(&patch(&admin(), &nobody, &wish).await), "404 not-found");
    let stale = ask("PATCH", &path).header("if-match", "\"v1.0\"").json(&json!({"company": "X"}));
    assert_eq!(refusal(&send(&admin(), stale).await), "412 version-conflict");
    let free = expect(patch(&admin(), &path, &json!({"employment": null, "manager_id": null})).await, 200);
    assert!(free["employment"].is_null() && free["manager_id"].is_null(), "{free}");
}

#[tokio::test]
async fn nobody_reports_to_themselves_not_even_through_others() {
    let (a, b, c) = (newcomer("Chef").await, newcomer("Adjoint").await, newcomer("Agent").await);
    let under = |manager: &Person| json!({"manager_id": manager.id});
    expect(patch(&admin(), &path_of(&b), &under(&a)).await, 200);
    expect(patch(&admin(), &path_of(&c), &under(&b)).await, 200);

    assert_eq!(refusal(&patch(&admin(), &path_of(&a), &under(&a)).await), "422 rule-violation");
    assert_eq!(refusal(&patch(&admin(), &path_of(&a), &under(&c)).await), "422 rule-violation");
    let stranger = json!({"manager_id": Uuid::from_u128(4)});
    assert_eq!(refusal(&patch(&admin(), &path_of(&a), &stranger).await), "422 validation /manager_id");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_who_are_put_under_each_other_at_once_make_no_circle() {
    let (a, b) = (newcomer("Première").await, newcomer("Deuxième").await);
    let (to_a, to_b) = (json!({"manager_id": a.id}), json!({"manager_id": b.id}));
    let (path_a, path_b) = (path_of(&a), path_of(&b));
    let (one, other) = (admin(), admin());

    let (first, second) = tokio::join!(patch(&one, &path_a, &to_b), patch(&other, &path_b, &to_a));

    let mut statuses = [first.status.as_u16(), second.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 422], "{} {}", first.body, second.body);
}

#[tokio::test]
async fn people_are_found_by_the_beginnings_of_their_names_without_accents() {
    let person = newcomer("Ŋeïssatou").await;
    let found = |q: &str| {
        let path = format!("/api/v1/users/search/?q={q}");
        async move { expect(get(&cast().await.kofi.client(), &path).await, 200) }
    };

    let by_first = found("neissa").await;
    let by_both = found("dio%20NEIS").await;
    let nobody = found("neissa%20sarr").await;

    assert_eq!(column(&by_first, "id"), [person.id.to_string()]);
    assert_eq!(column(&by_both, "id"), [person.id.to_string()]);
    assert!(column(&nobody, "id").is_empty());
    assert!(by_first["data"][0].get("email").is_none(), "a name, and no address: {by_first}");
    assert!(column(&found("diop").await, "id").len() <= 20);
    let kofi = cast().await.kofi.client();
    assert_eq!(refusal(&get(&kofi, "/api/v1/users/search/?q=").await), "400 invalid-filter /query/q");
    assert_eq!(refusal(&get(&kofi, "/api/v1/users/search/?role=x").await), "400 invalid-filter /query/role");
}

#[tokio::test]
async fn people_are_counted_for_who_runs_the_organization() {
    newcomer("Comptée").await;

    let counted = expect(get(&admin(), "/api/v1/users/stats/").await, 200);

    let sum = |of: &str| counted[of].as_object().unwrap().values().map(|n| n.as_u64().unwrap()).sum::<u64>();
    let total = counted["total"].as_u64().unwrap();
    assert!(total >= 2 && counted["by_role"]["entrepreneur"].as_u64().unwrap() >= 1, "{counted}");
    assert_eq!((sum("by_role"), sum("by_status"), sum("by_month")), (total, total, total));
    let mariam = cast().await.mariam.client();
    assert_eq!(refusal(&get(&mariam, "/api/v1/users/stats/").await), "403 forbidden");
}
