//! People by the thousand, for measuring: made through the rooms like anybody else and signed in for
//! real, but without a password, and with tokens that last as long as measurements do.

use crate::{
    authentication::{Auth, tables::Session},
    rooms,
    users::{
        self,
        tables::{Language, Person, User},
    },
};
use actors::{
    Sought,
    own::Command,
    room::{Author, Unseen},
};
use engine::{Engine, Error, Result};
use schema::{
    change::Change,
    code::Code,
    id::{OrgId, UserId},
    role::Role,
    room::RoomId,
};
use std::{sync::Arc, time::Duration};
use tokio::task::JoinSet;

/// How long a seeded sign-in lasts, unless somebody asks for longer.
const LIFETIME: Duration = Duration::from_secs(2 * 3_600);
/// People of one change: with their index entries and claims they stay well under its bytes.
const CHANGE_PEOPLE: usize = 32;
/// Changes under way at once, each followed by the sign-ins of its people. Enough to share each fsync, and few
/// enough that the home of all people confirms a change's claims long before they count as abandoned, also where
/// each of them is a conditional write of its own.
const AT_ONCE: usize = 8;
/// How often a commit is tried that the store could not carry out or answer for: seeding is the most that a store
/// ever gets to do, and half an hour of it must not be lost to a moment's silence.
const TRIES_MAX: u32 = 8;
/// The pause before the second try; each one after it is longer by as much.
const PAUSE: Duration = Duration::from_secs(1);
/// What most people of such an organization are.
const ROLES: [Role; 6] =
    [Role::Student, Role::Entrepreneur, Role::Trainer, Role::Mentor, Role::Facilitator, Role::Implementer];

/// Makes `count` active people in an organization and signs each in once. The tokens last two hours.
///
/// # Errors
/// When a commit is refused.
pub async fn seed(engine: &Engine, org: OrgId, count: usize) -> Result<Vec<(UserId, String)>> {
    seed_for(engine, org, count, LIFETIME, |_| ()).await
}

/// The same with tokens that last this long; `told` hears how many people are done, now and then.
///
/// # Errors
/// When a commit is refused.
pub async fn seed_for(
    engine: &Engine,
    org: OrgId,
    count: usize,
    lifetime: Duration,
    told: impl Fn(usize),
) -> Result<Vec<(UserId, String)>> {
    let mut signed_in = Vec::with_capacity(count);
    let mut running = JoinSet::new();
    for first in (0..count).step_by(CHANGE_PEOPLE) {
        if running.len() >= AT_ONCE {
            signed_in.extend(done(running.join_next().await)?);
            told(signed_in.len());
        }
        let people = (first..count.min(first + CHANGE_PEOPLE)).map(|n| person(engine, org, n)).collect();
        running.spawn(bring_in(engine.clone(), org, people, lifetime));
    }
    while let Some(finished) = running.join_next().await {
        signed_in.extend(done(Some(finished))?);
        told(signed_in.len());
    }
    Ok(signed_in)
}

/// Makes these people with one change, then signs them in, each in their own room.
async fn bring_in(
    engine: Engine,
    org: OrgId,
    people: Vec<User>,
    lifetime: Duration,
) -> Result<Vec<(UserId, String)>> {
    let newcomers = || {
        let mut change = Change::new();
        for user in &people {
            change.insert(user.clone());
        }
        change.unaudited();
        change
    };
    persist(&engine, &users::home(org), Author::system(org, "Seed"), newcomers).await?;
    let mut running = JoinSet::new();
    for user in people {
        let engine = engine.clone();
        running.spawn(
            async move { sign_in(&engine, &user, lifetime).await.map(|token| vec![(user.id, token)]) },
        );
    }
    let mut signed_in = Vec::with_capacity(CHANGE_PEOPLE);
    while let Some(finished) = running.join_next().await {
        signed_in.extend(done(Some(finished))?);
    }
    Ok(signed_in)
}

async fn sign_in(engine: &Engine, user: &User, lifetime: Duration) -> Result<String> {
    let session = session(engine, user, lifetime);
    let sign_in = || {
        let mut change = Change::new();
        change.insert(session.clone());
        change.unaudited();
        change
    };
    persist(engine, &rooms::of_user(user.id), Author::system(user.org_id, "Seed"), sign_in).await?;
    let auth: &Arc<Auth> = engine.part()?;
    auth.token_for(user, session.id, lifetime)
}

/// Commits a change of the server's own in its room, again and again under one name while the store can't carry it
/// out or say whether it did.
///
/// # Errors
/// When it is refused, or the store stays silent.
pub async fn persist(
    engine: &Engine,
    room: &RoomId,
    author: Author,
    change: impl Fn() -> Change,
) -> Result<()> {
    let directory = engine.node().directory();
    let command =
        Command { caller: UserId::NIL, key: Command::fresh_key(engine.node().clock()), hash: [0; 32] };
    let mut tries = 1;
    loop {
        let committed = match tries {
            // Nobody can have said it before.
            1 => directory.commit_unseen(room, command.clone(), author.clone(), change(), Unseen::EVER).await,
            _ => match directory.seek(room, &command).await {
                Ok(Sought::Done(_)) => return Ok(()),
                Ok(Sought::New(_)) => directory.commit(room, command.clone(), author.clone(), change()).await,
                Err(error) => Err(error),
            },
        };
        let Err(error) = committed else { return Ok(()) };
        let error = Error::from(error);
        // A claim that waited too long to be confirmed is a conflict with nobody.
        let passes = error.code().status() == 503 || error.code() == Code::Conflict;
        if !passes || tries >= TRIES_MAX {
            return Err(error);
        }
        tokio::time::sleep(PAUSE * tries).await;
        tries += 1;
    }
}

fn done<T>(finished: Option<Result<Result<Vec<T>>, tokio::task::JoinError>>) -> Result<Vec<T>> {
    match finished {
        Some(Ok(outcome)) => outcome,
        Some(Err(error)) => Err(Error::new(Code::Internal, "seeding fell").because(error)),
        None => Ok(Vec::new()),
    }
}

fn person(engine: &Engine, org: OrgId, n: usize) -> User {
    let id: UserId = engine.node().clock().new_id();
    let person = Person {
        // Seeding twice makes other people, so the address holds the id.
        email: format!("{}@seed.invalid", id.uuid().simple()),
        first_name: "Personne".to_owned(),
        last_name: format!("{n:06}"),
        role: ROLES.get(n % ROLES.len()).copied().unwrap_or(Role::Student),
        language: if n.is_multiple_of(2) { Language::Fr } else { Language::En },
        job_title: None,
    };
    User::open(id, org, person)
}

fn session(engine: &Engine, user: &User, lifetime: Duration) -> Session {
    let clock = engine.node().clock();
    let now = clock.now();
    let ends = now.plus_seconds(i64::try_from(lifetime.as_secs()).unwrap_or(0));
    Session {
        id: clock.new_id(),
        user_id: user.id,
        device_label: Some("seed".to_owned()),
        ip: None,
        user_agent: None,
        native: true,
        last_used_at: now,
        expires_at: ends,
        absolute_expires_at: Some(ends),
        revoked_at: None,
        revoke_reason: None,
        ..Session::default()
    }
}
