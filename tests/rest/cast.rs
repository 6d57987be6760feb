//! The people whom most tests are about. A password costs a core for tens of milliseconds, so they are
//! made once and each test gives them records of its own; whoever is to be suspended, promoted or signed
//! out is made by the test.

use crate::harness::{Person, world};
use gateway::client::Client;
use schema::role::Role;
use tokio::sync::OnceCell;

/// Who is who.
pub(super) struct Cast {
    /// An entrepreneur: writes her own projects.
    pub(super) awa: Person,
    /// A student: reads what he is a member of.
    pub(super) moussa: Person,
    /// A mentor: reads projects, calls meetings.
    pub(super) fatou: Person,
    /// Another student, whom nobody adds to anything.
    pub(super) kofi: Person,
    /// The manager: reads and writes all projects, sees that meetings take place.
    pub(super) mariam: Person,
}

static CAST: OnceCell<Cast> = OnceCell::const_new();

/// The people, signed in.
pub(super) async fn cast() -> &'static Cast {
    CAST.get_or_init(|| async {
        let world = world();
        Cast {
            awa: world.person("Awa", Role::Entrepreneur).await,
            moussa: world.person("Moussa", Role::Student).await,
            fatou: world.person("Fatou", Role::Mentor).await,
            kofi: world.person("Kofi", Role::Student).await,
            mariam: world.person("Mariam", Role::Manager).await,
        }
    })
    .await
}

/// The administrator's client.
pub(super) fn admin() -> Client {
    world().admin()
}

/// A client of somebody who has not signed in.
pub(super) fn nobody() -> Client {
    world().anonymous()
}
