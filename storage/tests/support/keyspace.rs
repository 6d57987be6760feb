//! A fresh keyspace on the test server, with a table that has one column of every kind.

use schema::{
    clock::Clock,
    id::{Id, UserId},
    table::{Slot, Table},
    time::{Date, Timestamp},
};
use serde::{Deserialize, Serialize};
use storage::{
    Store,
    scylla::{Config, Specs, Tables},
};

/// One column of every kind.
#[derive(Table, Serialize, Deserialize, Clone, PartialEq, Debug)]
#[table(name = "parcels", id = 3_998, entity = "parcel", home = "depot", by = "depot_id", find)]
#[table(index(name = "by_due", within = "depot_id", sort = "due, title", carry = "number, at, done"))]
pub(crate) struct Parcel {
    pub(crate) id: Id<Parcel>,
    pub(crate) depot_id: Id<Slot>,
    pub(crate) owner_id: Option<UserId>,
    pub(crate) title: String,
    #[table(number)]
    pub(crate) number: u64,
    pub(crate) done: bool,
    pub(crate) at: Option<Timestamp>,
    pub(crate) due: Option<Date>,
    pub(crate) labels: Vec<String>,
    pub(crate) version: u64,
}

pub(crate) const SPECS: &Specs = &[Parcel::SPEC];

/// A fresh keyspace on the test server, or `None` where there is none.
pub(crate) async fn keyspace(name: &str) -> Option<Config> {
    keyspace_of(Tables::Typed, name).await
}

/// The same, with these tables.
#[expect(clippy::print_stdout, reason = "a test that is left out says so")]
pub(crate) async fn keyspace_of(tables: Tables, name: &str) -> Option<Config> {
    let Ok(nodes) = std::env::var("ECOSYSTIA_TEST_CQL") else {
        println!("SKIPPED: ECOSYSTIA_TEST_CQL names no CQL server");
        return None;
    };
    let config = Config {
        nodes: nodes.split(',').map(str::to_owned).collect(),
        keyspace: format!("{name}_{}", Clock::system().now_us()),
        replication_factor: 1,
        tables,
        ..Config::default()
    };
    Store::migrate(&config, SPECS).await.unwrap();
    Some(config)
}

pub(crate) async fn open(config: &Config) -> Store {
    Store::connect(config, SPECS, Clock::system()).await.unwrap()
}

/// One with all columns but its owner.
pub(crate) fn parcel(depot: Id<Slot>) -> Parcel {
    Parcel {
        id: Clock::system().new_id(),
        depot_id: depot,
        owner_id: None,
        title: "Kédougou \"1\"".into(),
        number: 7,
        done: true,
        at: Some(Timestamp::from_ms(1_700_000_000_123)),
        due: Some("2026-02-28".parse().unwrap()),
        labels: vec!["fragile".into(), String::new()],
        version: 1,
    }
}
