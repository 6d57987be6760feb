//! People by the thousand, for measuring: made through the rooms like anybody else and signed in for
//! real, but without a password, and with tokens that last as long as a measurement.

use crate::{
    authentication::{Auth, tables::Session},
    rooms, server,
    users::{
        self,
        tables::{Language, Person, User},
    },
};
use actors::room::Author;
use engine::{Engine, Error, Result};
use schema::{
    change::Change,
    code::Code,
    id::{OrgId, UserId},
    role::Role,
};
use std::{sync::Arc, time::Duration};
use tokio::task::JoinSet;

/// How long a seeded sign-in lasts.
const LIFETIME: Duration = Duration::from_secs(2 * 3_600);
/// People of one change: with their index entries and claims they stay well under its bytes.
const CHANGE_PEOPLE: usize = 60;
/// Changes waiting at once: enough to share each fsync.
const AT_ONCE: usize = 256;
/// What most people of such an organization are.
const ROLES: [Role; 6] =
    [Role::Student, Role::Entrepreneur, Role::Trainer, Role::Mentor, Role::Facilitator, Role::Implementer];

/// Makes `count` active people in an organization and signs each in once. The tokens last two hours.
///
/// # Errors
/// When a commit is refused.
pub async fn seed(engine: &Engine, org: OrgId, count: usize) -> Result<Vec<(UserId, String)>> {
    let people: Vec<User> = (0..count).map(|n| person(engine, org, n)).collect();
    let home = users::home(org);
    let changes = people.chunks(CHANGE_PEOPLE).map(|people| {
        let mut change = Change::new();
        for user in people {
            change.insert(user.clone());
        }
        change.unaudited();
        let (engine, home) = (engine.clone(), home.clone());
        async move { server::commit(&engine, &home, Author::system(org, "Seed"), change).await.map(drop) }
    });
    all(changes).await?;
    let auth: &Arc<Auth> = engine.part()?;
    let sessions: Vec<Session> = people.iter().map(|user| session(engine, user)).collect();
    let sign_ins = sessions.iter().cloned().map(|session| {
        let engine = engine.clone();
        async move {
            let room = rooms::of_user(session.user_id);
            let mut change = Change::new();
            change.insert(session);
            change.unaudited();
            server::commit(&engine, &room, Author::system(org, "Seed"), change).await.map(drop)
        }
    });
    all(sign_ins).await?;
    let signed = people.iter().zip(&sessions);
    signed.map(|(user, session)| Ok((user.id, auth.token_for(user, session.id, LIFETIME)?))).collect()
}

/// Runs all of these, some at once.
async fn all<F>(work: impl Iterator<Item = F>) -> Result<()>
where
    F: Future<Output = Result<()>> + Send + 'static,
{
    let mut running = JoinSet::new();
    for one in work {
        if running.len() >= AT_ONCE {
            done(running.join_next().await)?;
        }
        running.spawn(one);
    }
    while let Some(finished) = running.join_next().await {
        done(Some(finished))?;
    }
    Ok(())
}

fn done(finished: Option<Result<Result<()>, tokio::task::JoinError>>) -> Result<()> {
    match finished {
        Some(Ok(outcome)) => outcome,
        Some(Err(error)) => Err(Error::new(Code::Internal, "seeding fell").because(error)),
        None => Ok(()),
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

fn session(engine: &Engine, user: &User) -> Session {
    let clock = engine.node().clock();
    let now = clock.now();
    let ends = now.plus_seconds(i64::try_from(LIFETIME.as_secs()).unwrap_or(0));
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
        created_at: now,
        version: 0,
    }
}
