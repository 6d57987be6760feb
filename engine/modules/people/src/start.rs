//! The first start: an empty store gets one organization and the administrator who runs it.

use crate::{
    authentication::{
        Auth,
        password::{self, Owner},
        tables::Credential,
    },
    server,
    users::{
        self, rules,
        tables::{Language, Organization, Person, User},
    },
};
use actors::{claims::birth, room::Author};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use engine::{Engine, Error, Reader, Result};
use schema::{
    change::Change,
    code::Code,
    id::{Id, OrgId, UserId},
    key::{Key, KeyWriter},
    role::Role,
    table::own,
};
use std::sync::Arc;
use uuid::Uuid;

/// What the id of the first organization is claimed under.
const FIRST: &str = "first organization";

/// What the first start is told.
#[derive(Clone)]
pub struct FirstStart {
    /// The organization's name.
    pub org_name: String,
    /// The administrator's address.
    pub admin_email: String,
    /// The administrator's password; generated when absent.
    pub admin_password: Option<String>,
}

/// The administrator the first start made.
pub struct FirstAdministrator {
    /// The address to sign in with.
    pub email: String,
    /// The password to sign in with.
    pub password: String,
    /// True when the password was generated: show it, once.
    pub generated: bool,
}

/// Makes the first organization and its administrator, unless there is one. Its id is claimed first, so
/// that a start that was interrupted, or two at once, make one organization.
///
/// # Errors
/// When the address or the password is not acceptable, or the commit is refused.
pub async fn first_start(engine: &Engine, start: FirstStart) -> Result<Option<FirstAdministrator>> {
    if first_organization(engine.reader()).await?.is_some() {
        return Ok(None);
    }
    let clock = engine.node().clock();
    let store = engine.node().store();
    let org: OrgId =
        Id::new(birth(store, own::FIRST, UserId::NIL, FIRST, clock.new_id::<()>().uuid()).await?);
    match found(engine, org, start).await {
        Ok(administrator) => Ok(Some(administrator)),
        // Another start at the same moment was quicker.
        Err(error) if error.code() == Code::Conflict => Ok(None),
        Err(error) => Err(error),
    }
}

/// Makes an organization under this id, and the administrator who runs it.
///
/// # Errors
/// As [`first_start`]; `conflict` when the id or the address is taken.
pub async fn found(engine: &Engine, org: OrgId, start: FirstStart) -> Result<FirstAdministrator> {
    let clock = engine.node().clock();
    let user = User::open(clock.new_id(), org, administrator(&start)?);
    let generated = start.admin_password.is_none();
    let password = match start.admin_password {
        Some(password) => {
            let (email, first_name, last_name) = (&user.email, &user.first_name, &user.last_name);
            password::check(&password, Owner { email, first_name, last_name })?;
            password
        }
        None => URL_SAFE_NO_PAD.encode(clock.random::<18>()),
    };
    let auth: &Arc<Auth> = engine.part()?;
    let credential = Credential::of(&user, auth.hash(&password).await?, false);
    let email = user.email.clone();
    let mut change = Change::new();
    change.insert(Organization::open(org, &start.org_name));
    change.insert(user);
    change.insert(credential);
    server::commit(engine, &users::home(org), Author::system(org, "FirstStart"), change).await?;
    Ok(FirstAdministrator { email, password, generated })
}

fn administrator(start: &FirstStart) -> Result<Person> {
    if !(1..=120).contains(&start.org_name.chars().count()) {
        return Err(Error::field("/org_name", "length", "a name has 1 to 120 characters"));
    }
    Ok(Person {
        email: rules::address(&start.admin_email)?,
        first_name: "Administrateur".to_owned(),
        last_name: start.org_name.chars().take(80).collect(),
        role: Role::SuperAdministrator,
        language: Language::Fr,
        job_title: None,
    })
}

/// The organization that the first start made, or `None` before it.
///
/// # Errors
/// When the store doesn't answer.
pub async fn first_organization(reader: &Reader) -> Result<Option<OrgId>> {
    // The place where `birth` claims it.
    let partition = KeyWriter::new().with(&UserId::NIL).with(FIRST).finish();
    let key = Key { table: own::FIRST, partition, sort: KeyWriter::new().finish() };
    let Some(bytes) = reader.store().get(&key).await? else { return Ok(None) };
    let org: OrgId = Uuid::from_slice(&bytes).map(Id::new).unwrap_or_default();
    // A claim without an organization is a first start that was interrupted.
    let organization: Option<Organization> = reader.by_id(&users::home(org), org.cast()).await?;
    Ok(organization.map(|organization| organization.id))
}
