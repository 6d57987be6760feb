use crate::ground::Ground;
use schema::caller::Caller;
use schema::id::UserId;
use serde_json::json;
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hot() {
    let ground = std::sync::Arc::new(Ground::new().await);
    let mut people = Vec::new();
    for n in 0..20 {
        people.push(ground.person(&format!("p{n}"), "student").await);
    }
    let users: Vec<UserId> = people.iter().map(|p| p.user).collect();
    let rooms = work::seed(&ground.engine, ground.org, &users, 10).await.unwrap();
    for round in 0..3 {
        let began = std::time::Instant::now();
        let mut set = tokio::task::JoinSet::new();
        for w in 0..200usize {
            let g = ground.clone();
            let who: Caller = people[w % 20];
            let m = rooms[w % 10].1;
            set.spawn(async move {
            for n in 0..100 {
                let id: schema::id::Id<()> = g.clock.new_id();
                g.call(who, "PostMessage", json!({"meeting_id": m, "client_id": id, "body": format!("hello {n}, this is a message of a usual length")})).await.unwrap();
            }
        });
        }
        while set.join_next().await.is_some() {}
        let took = began.elapsed();
        println!("{round}: {} messages/s", 20_000.0 / took.as_secs_f64());
    }
    let began = std::time::Instant::now();
    let (project, _) = rooms[0];
    let who = people[0];
    for _ in 0..1000 {
        ground.call(who, "GetBoard", json!({"project_id": project})).await.unwrap();
    }
    println!("board {:?}", began.elapsed() / 1000);
    let began = std::time::Instant::now();
    for _ in 0..1000 {
        ground
            .call(who, "ListTasks", json!({"project_id": project, "query": {"limit": "20"}}))
            .await
            .unwrap();
    }
    println!("list {:?}", began.elapsed() / 1000);
    let began = std::time::Instant::now();
    for _ in 0..1000 {
        ground.call(who, "GetProject", json!({"project_id": project})).await.unwrap();
    }
    println!("project {:?}", began.elapsed() / 1000);
    let began = std::time::Instant::now();
    for _ in 0..200 {
        ground.call(who, "CreateTask", json!({"project_id": project, "title": "x"})).await.unwrap();
    }
    println!("create {:?}", began.elapsed() / 200);
}
