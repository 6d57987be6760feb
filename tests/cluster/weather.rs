//! Bad weather: nodes are killed, ended and started again, and the wire between them breaks, while people talk.

use super::{
    nodes::{Below, Nats, Nodes},
    proxy::Proxy,
    storm::Storm,
};
use crate::{cql, harness::within};
use serde_json::Value;
use std::time::Duration;
use tokio::time::sleep;

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_is_killed_takes_nothing_acknowledged_with_it() {
    let Some(mut nodes) = Nodes::start(3).await else { return };
    let storm = Storm::begin(&nodes, &[0, 1, 2]).await;

    nodes.kill(2);
    // Its rooms are homed elsewhere before a lease has run out: it is on the wire no longer.
    let took =
        nodes.until(0, |health| health["nodes"].as_array().is_some_and(|nodes| nodes.len() == 2)).await;
    assert!(took < Duration::from_secs(8), "it was missed only after {took:?}");
    storm.until_more(100).await;
    nodes.start_at(2).await;
    nodes.until_all_see(3).await;
    storm.until_more(60).await;

    assert_eq!(storm.end(nodes.at(1)).await, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn nodes_can_be_ended_and_started_one_by_one_under_load() {
    let Some(mut nodes) = Nodes::start(3).await else { return };
    // Whoever listens comes back where a node is started again: at the same address it is not, here.
    let storm = Storm::begin(&nodes, &[0, 1, 2]).await;

    for place in [2, 1] {
        nodes.end(place).await;
        nodes.until_all_see(2).await;
        storm.until_more(40).await;
        nodes.start_at(place).await;
        nodes.until_all_see(3).await;
        storm.until_more(40).await;
    }

    assert_eq!(storm.end(nodes.at(0)).await, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn without_nats_no_node_is_a_home_and_with_it_all_go_on() {
    let (Some(below), Some(mut nats)) = (Below::of_the_run(), Nats::start().await) else { return };
    let nodes = Nodes::start_on(2, Below { nats: nats.address(), ..below }).await;
    let storm = Storm::begin(&nodes, &[0, 1]).await;
    let listener = nodes.world().person("Fatou", schema::role::Role::Student).await;
    let mut socket = listener.at(nodes.at(1)).socket().await;

    nats.kill();
    let cut_off = |health: &Value| health["status"] == "cut off from the bus";
    let took = nodes.until(0, cut_off).await;
    assert!(took < Duration::from_secs(5), "it noticed only after {took:?}");
    nodes.until(1, cut_off).await;
    let closed = within(async {
        loop {
            if let Err(error) = socket.next().await {
                return error;
            }
        }
    })
    .await;
    assert!(matches!(closed, gateway::client::Error::Closed { code: 4010, .. }), "{closed:?}");
    nats.restart().await;
    nodes.until_all_see(2).await;
    storm.until_more(40).await;

    assert_eq!(storm.end(nodes.at(0)).await, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn without_its_store_no_node_is_a_home_and_with_it_all_go_on() {
    let (Some(below), Some(jars)) = (Below::of_the_run(), cql::jars()) else { return };
    let data = tempfile::tempdir().unwrap();
    let mut store = cql::Server::start(&jars, data.path(), "").await;
    let nodes = Nodes::start_on(2, Below { cql: vec![store.address.clone()], ..below }).await;
    let storm = Storm::begin(&nodes, &[0, 1]).await;

    // A pause that is shorter than a lease throws nobody out.
    store.freeze();
    sleep(Duration::from_secs(3)).await;
    store.thaw();
    storm.until_more(20).await;
    for place in [0, 1] {
        assert_eq!(nodes.health(place).await.unwrap()["status"], "ready");
    }
    store.kill();
    let cut_off = |health: &Value| health["status"] == "cut off from the store";
    let took = nodes.until(0, cut_off).await;
    assert!(took < Duration::from_secs(12), "it noticed only after {took:?}");
    nodes.until(1, cut_off).await;
    store.restart().await;
    nodes.until_all_see(2).await;
    storm.until_more(40).await;

    assert_eq!(storm.end(nodes.at(0)).await, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_whose_store_answers_into_the_void_forks_nothing() {
    let Some(below) = Below::of_the_run() else { return };
    let straight = std::env::var("ECOSYSTIA_TEST_CQL").unwrap();
    let proxy = Proxy::before(straight.clone()).await;
    let nodes = Nodes::start_on(2, Below { cql: vec![straight, proxy.address.to_string()], ..below }).await;
    let storm = Storm::begin(&nodes, &[0, 1]).await;

    // Long enough that some writes are done and nobody is told; the last time so long that the node lets go.
    for still_ms in [500, 1_500, 12_000] {
        proxy.swallow_answers(true);
        sleep(Duration::from_millis(still_ms)).await;
        proxy.swallow_answers(false);
        storm.until_more(40).await;
    }
    nodes.until_all_see(2).await;
    storm.until_more(40).await;

    assert_eq!(storm.end(nodes.at(1)).await, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn two_nodes_of_one_name_do_not_both_stay() {
    let Some(mut nodes) = Nodes::start(2).await else { return };

    nodes.start_twin_of(1).await;

    nodes.until(1, |health| health["failure"].as_str().is_some_and(|why| why.contains("called n1"))).await;
    nodes.until(0, |health| health["nodes"].as_array().is_some_and(|nodes| nodes.len() == 2)).await;
}
