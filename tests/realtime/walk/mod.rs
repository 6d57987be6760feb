//! Every write of the catalogue, carried out through the door: each event that its route says it tells is heard in its
//! home, nothing is told there that it does not name, and what says that it tells nobody tells nothing.

mod accounts;
mod core;
mod due;
mod floor;
mod guarded;
mod inbox;
mod meetings;
mod projects;
mod users;

use crate::harness::in_columns;
use engine::Tells;
use floor::Walk;
use std::{collections::BTreeSet, sync::Arc};
use tokio::task::JoinSet;

#[tokio::test(flavor = "multi_thread")]
async fn every_write_tells_what_its_route_says_and_nothing_else() {
    // Rows of every kind are written: where there are columns, each meets its own.
    let walk = Walk::start(in_columns).await;
    let mut walking = JoinSet::new();
    walking.spawn(accounts::signing_in(Arc::clone(&walk)));
    walking.spawn(accounts::passwords(Arc::clone(&walk)));
    walking.spawn(guarded::proofs(Arc::clone(&walk)));
    walking.spawn(guarded::keys(Arc::clone(&walk)));
    walking.spawn(guarded::what_takes_two(Arc::clone(&walk)));
    walking.spawn(users::coming_and_going(Arc::clone(&walk)));
    walking.spawn(users::what_somebody_is(Arc::clone(&walk)));
    walking.spawn(inbox::notifications(Arc::clone(&walk)));
    walking.spawn(projects::the_project(Arc::clone(&walk)));
    walking.spawn(projects::made_from_it(Arc::clone(&walk)));
    walking.spawn(projects::its_tasks(Arc::clone(&walk)));
    walking.spawn(projects::beside_it(Arc::clone(&walk)));
    walking.spawn(core::many_at_once(Arc::clone(&walk)));
    walking.spawn(meetings::the_meeting(Arc::clone(&walk)));
    walking.spawn(meetings::its_outcome(Arc::clone(&walk)));
    walking.spawn(meetings::its_chat(Arc::clone(&walk)));

    while let Some(walked) = walking.join_next().await {
        // The others go on: one report names all that does not hold.
        if let Err(fell) = walked {
            walk.differs(format!("{fell}"));
        }
    }
    // It shuts rooms for a moment.
    core::the_organization(&walk).await;
    // These need time to pass, which passes for everybody.
    accounts::a_token_used_twice(&walk).await;
    meetings::a_series_goes_on(&walk).await;
    due::reminders(&walk).await;

    let done = walk.done.lock().clone();
    let writes = walk.catalog.operations().filter(|entry| !entry.operation.route.is_read());
    for entry in writes {
        let name = entry.operation.name();
        let Some(heard) = done.get(name) else {
            walk.differs(format!("{name}: the walk does not know how to carry it out"));
            continue;
        };
        let named = match entry.operation.route.tells {
            Tells::Events(names) => names.iter().map(|name| (*name).to_owned()).collect(),
            Tells::Nobody(_) | Tells::Nothing => BTreeSet::new(),
        };
        for event in named.difference(heard) {
            walk.differs(format!("{name} says that it tells {event}, which was not heard"));
        }
    }
    let wrong = walk.wrong.lock().clone();
    assert!(wrong.is_empty(), "{} of {} writes:\n{}", wrong.len(), done.len(), wrong.join("\n"));
    println!("{} writes tell what they say", done.len());
}
