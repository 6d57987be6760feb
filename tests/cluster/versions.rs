//! A new version beside the one before, over the same logs. `cargo xtask prove --only versions` builds the commit
//! before and names its test program in a variable; without that there is nothing to run here.

use super::{
    nodes::{Below, Nodes},
    storm::Storm,
};
use std::path::PathBuf;

const EARLIER: &str = "ECOSYSTIA_TEST_EARLIER";

#[tokio::test(flavor = "multi_thread")]
async fn nodes_are_replaced_one_by_one_by_those_of_the_next_version_while_people_talk() {
    let Some(earlier) = std::env::var_os(EARLIER).map(PathBuf::from) else {
        println!("SKIPPED: {EARLIER} names no test program of an earlier version");
        return;
    };
    let below = Below::of_the_run().expect("whoever names an earlier version names the servers, too");
    let mut nodes = Nodes::start_as(Some(earlier), 2, below).await;
    nodes.upgrade();
    let (stays, dies) = (nodes.add().await, nodes.add().await);
    nodes.until_all_see(4).await;
    let storm = Storm::begin(&nodes, &[0, 1, stays]).await;

    // Old ones take over what the new one wrote.
    nodes.kill(dies);
    nodes.until_all_see(3).await;
    storm.until_more(60).await;
    // New ones take over what the old ones wrote: of one that ends as it should, of one that crashes.
    nodes.end(0).await;
    nodes.until_all_see(2).await;
    storm.until_more(60).await;
    nodes.start_at(0).await;
    nodes.until_all_see(3).await;
    nodes.kill(1);
    nodes.until_all_see(2).await;
    storm.until_more(60).await;

    assert_eq!(storm.end(nodes.at(stays)).await, Vec::<String>::new());
}
