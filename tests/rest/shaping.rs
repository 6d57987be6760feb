//! `fields` and `expand`: a list as its reader wants it, and nothing that they may not know of.

use super::{
    ask::{expect, get, post, refusal},
    cast::cast,
};
use serde_json::{Value, json};

#[tokio::test]
async fn a_list_leaves_out_what_is_not_asked_for_and_names_what_its_columns_refer_to() {
    let cast = cast().await;
    let project = cast.awa.project("Formes", &[&cast.moussa]).await;
    let (awa, moussa) = (cast.awa.client(), cast.moussa.client());
    let path = format!("/api/v1/projects/{project}/tasks/");
    expect(post(&awa, &path, &json!({"title": "Un", "assignee_id": cast.moussa.id})).await, 201);

    let bare = expect(get(&moussa, &format!("{path}?fields=title,status")).await, 200);
    let mut names: Vec<&String> = bare["data"][0].as_object().unwrap().keys().collect();
    names.sort();
    assert_eq!(names, ["id", "status", "title"]);
    let named =
        expect(get(&moussa, &format!("{path}?expand=assignee,project,milestone&fields=title")).await, 200);
    let row = &named["data"][0];
    assert_eq!(
        (&row["assignee"]["title"], &row["assignee"]["type"]),
        (&json!("Moussa Diop"), &json!("user"))
    );
    assert_eq!((&row["project"]["title"], &row["milestone"]), (&json!("Formes"), &Value::Null));
    assert!(row.get("status").is_none());

    assert_eq!(
        refusal(&get(&moussa, &format!("{path}?expand=title")).await),
        "400 invalid-filter /query/expand"
    );
    assert_eq!(
        refusal(&get(&moussa, &format!("{path}?fields=secret")).await),
        "400 invalid-filter /query/fields"
    );
    let team = format!("/api/v1/projects/{project}/team/?expand=user");
    assert_eq!(expect(get(&moussa, &team).await, 200)["data"][0]["user"]["title"], "Awa Diop");
}
