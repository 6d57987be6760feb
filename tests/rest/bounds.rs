//! What a list reads, however much there is: rows are counted as the store gives them out. Each index of the product is
//! filled by copies of an entry that somebody made through the door, and then every list is asked.

use super::{
    apart::Apart,
    ask::get,
    ground::{self, Asked, Records},
};
use crate::harness::{Person, within};
use engine::{Catalog, Listing};
use gateway::client::Client;
use schema::{
    clock::Clock,
    id::Id,
    key::{Key, KeyWriter},
    role::Role,
    table::{Index, Slot, Spec},
};
use std::collections::{BTreeMap, BTreeSet};
use storage::{Batch, Outcome, Range, Store, Write};
use uuid::Uuid;

/// Entries of an index that a list reads from, and of any other.
const MANY: usize = 11_000;
const SOME: usize = 3_000;
/// Copies of one batch.
const AT_ONCE: usize = 1_000;
/// Entries that one request examines, and how many it counts for a total.
const EXAMINED: u64 = 2_000;
const COUNTED: u64 = 10_001;
/// What a request reads besides: who asks and whether they may, and for each row of its page what is told of it.
const BESIDES: u64 = 200;
/// Lists that are put together from rows at hand, with bounds of their own: of calendars, each entry and its meeting.
const AT_HAND: [(&str, u64); 3] = [("ListMeetings", 6_000), ("ListUpcoming", 4_000), ("ListToday", 4_000)];

/// A value that no row has.
const NOTHING: &str = "zzz";

/// The entries in one partition of an index, as far as there are a few.
async fn entries(store: &Store, table: u16, within: KeyWriter) -> Vec<(Key, bytes::Bytes)> {
    let partition = within.finish();
    let found = store.scan(&Range::partition(table, partition.clone(), 1)).await.unwrap();
    let entry = |row: storage::Row| (Key { table, partition: partition.clone(), sort: row.sort }, row.value);
    found.into_iter().map(entry).collect()
}

/// Copies the first entry of each partition of an index that one of these ids names.
async fn fill(store: &Store, (number, index): (u16, &Index), ids: &BTreeSet<Uuid>, copies: usize) -> usize {
    let mut filled = 0;
    for id in ids.iter().map(|id| Id::<()>::new(*id)) {
        // A column that may be absent is spelt in another way.
        for within in [KeyWriter::new().with(&id), KeyWriter::new().with(&Some(id))] {
            for (key, value) in entries(store, number, within).await {
                let copy = |n: usize| {
                    let sort = [&key.sort[..], &u32::try_from(n).unwrap().to_be_bytes()].concat();
                    Write::Put(Key { sort: sort.into(), ..key.clone() }, value.clone())
                };
                for first in (0..copies).step_by(AT_ONCE) {
                    let some = (first..copies.min(first + AT_ONCE)).map(copy).collect();
                    assert_eq!(store.apply(Batch::plain(some)).await.unwrap(), Outcome::Applied);
                }
                filled += 1;
            }
        }
    }
    assert!(index.within.len() == 1 || filled == 0, "{}", index.name);
    filled
}

/// A list, with where it is asked.
struct List {
    asked: Asked,
    listing: &'static Listing,
    path: String,
}

/// Asks, and answers how many rows the store gave out for it.
async fn rows_read(store: &Store, client: &Client, path: &str) -> (u64, u16) {
    let before = store.stats().rows_read;
    let answer = get(client, path).await;
    (store.stats().rows_read - before, answer.status.as_u16())
}

/// Every question that a list is asked, with whether a total is.
fn questions(list: &List) -> Vec<(String, bool)> {
    let filter = *list.listing.filters.first().unwrap();
    let cql = list.listing.spec.column(filter).map_or("", |column| column.cql);
    let nothing = if ["timestamp", "date"].contains(&cql) { "2099-12-31" } else { NOTHING };
    let mut questions = vec![
        (String::new(), false),
        ("with_total=true".to_owned(), true),
        (format!("{filter}={nothing}"), false),
        (format!("{filter}={nothing}&with_total=true"), true),
    ];
    for sort in list.listing.sort_names() {
        questions.extend([(format!("sort={sort}&limit=100"), false), (format!("sort=-{sort}"), false)]);
    }
    if !list.listing.spec.sought().is_empty() {
        questions.push(("q=une".to_owned(), false));
    }
    questions
}

fn lists(records: &Records) -> Vec<List> {
    let catalog = Catalog::new([people::modules(), work::modules()].concat());
    let of = |asked: Asked| {
        let listing = catalog.operation(&asked.name)?.operation.listing?;
        let path = asked.filled(|name| records[name].clone());
        let mut path = path + "?";
        match asked.name.as_str() {
            "ListComments" => path += &format!("entity_type=task&entity_id={}&", records["task_id"]),
            "ListMeetings" => {
                let now = Clock::system().now();
                path += &format!("from={}&to={}&", now.plus_seconds(-86_400), now.plus_seconds(86_400));
            }
            _ => {}
        }
        Some(List { asked, listing, path })
    };
    ground::operations().into_iter().filter_map(of).collect()
}

/// Fills every index in which somebody's records stand.
async fn fill_all(
    store: &Store,
    person: &Person,
    records: &Records,
    lists: &[List],
) -> BTreeMap<String, usize> {
    let org = person.get("/api/v1/auth/me/").await.1["user"]["org_id"].as_str().map(|id| id.parse().unwrap());
    let ids: BTreeSet<Uuid> = records.values().map(|id| id.parse().unwrap()).chain(org).collect();
    let listed: BTreeSet<(u16, &str)> = lists
        .iter()
        .flat_map(|list| list.listing.sorts.iter().map(|(_, index)| (list.listing.spec.id, *index)))
        .collect();
    let mut filled = BTreeMap::new();
    let modules = [people::modules(), work::modules()].concat();
    for spec in modules.iter().flat_map(|module| module.tables) {
        let spec: &Spec = spec;
        for (at, index) in (0..).zip(spec.indexes) {
            let number = Slot::Index(at).number(spec.id);
            let copies = if listed.contains(&(spec.id, index.name)) { MANY } else { SOME };
            let partitions = fill(store, (number, index), &ids, copies).await;
            filled.insert(format!("{}.{}", spec.name, index.name), partitions);
        }
    }
    filled
}

/// Waits until something of what was done is old enough to be chained.
async fn chain(client: &Client) {
    within(async {
        while client.put("/api/v1/core/audit/chain/", &serde_json::json!({})).await.unwrap().body["number"]
            == 0
        {
            tokio::time::sleep(std::time::Duration::from_millis(200)).await;
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_list_reads_more_than_its_bound_however_much_there_is() {
    let apart = Apart::start().await;
    let store = apart.server.engine().node().store().clone();
    let person = apart.world.person("Binta", Role::Administrator).await;
    let records = ground::records(&person, &apart.world.admin()).await;
    let department = serde_json::json!({"department_id": records["department_id"]});
    person.client().patch(&format!("/api/v1/users/{}/", person.id), &department).await.unwrap();
    let task = format!("/api/v1/projects/tasks/{}/", records["task_id"]);
    person.client().patch(&task, &serde_json::json!({"assignee_id": person.id})).await.unwrap();
    let skill = serde_json::json!({"name": "Soudure"});
    person.client().post("/api/v1/users/skills/", &skill).await.unwrap();
    let template = format!("/api/v1/projects/{}/", records["project_id"]);
    person.client().patch(&template, &serde_json::json!({"is_template": true})).await.unwrap();
    chain(&person.client()).await;
    let lists = lists(&records);
    let filled = fill_all(&store, &person, &records, &lists).await;
    let client = person.client();

    let (mut wrong, mut most) = (Vec::new(), BTreeMap::new());
    for list in &lists {
        let name = list.asked.name.as_str();
        for (_, index) in list.listing.sorts {
            let filled = filled[&format!("{}.{index}", list.listing.spec.name)];
            assert!(filled > 0, "{name}: nothing stands in {index}");
        }
        let at_hand = AT_HAND.iter().find(|(known, _)| *known == name).map(|(_, bound)| *bound);
        for (question, counts) in questions(list) {
            let (read, status) = rows_read(&store, &client, &format!("{}{question}", list.path)).await;
            let listed = EXAMINED + BESIDES + if counts { COUNTED } else { 0 };
            if status != 200 || read > at_hand.map_or(listed, |bound| bound + BESIDES) {
                wrong.push(format!("{name}?{question}: {status}, {read} rows were read"));
            }
            let most = most.entry(name).or_insert(0);
            *most = read.max(*most);
        }
    }

    println!("the most rows of one request: {most:#?}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    // A list that examines all it may has read as much.
    assert!(most["ListRisks"] >= EXAMINED && most["ListTasks"] >= EXAMINED, "{most:?}");
    assert!(most["ListRisks"] >= COUNTED && most["ListMeetings"] > 3_000, "{most:?}");
}
