//! A server and its administrator.

use super::Person;
use gateway::{Config, Server, client::Client};
use parking_lot::Mutex;
use schema::{clock::Clock, role::Role};
use serde_json::{Value, json};
use std::{
    net::SocketAddr,
    path::Path,
    sync::{
        OnceLock,
        atomic::{AtomicU64, Ordering},
        mpsc,
    },
};
use storage::scylla::Tables;

/// The administrator of every test server.
pub(crate) const ADMIN: &str = "admin@example.org";
pub(crate) const PASSWORD: &str = "baobab-sous-la-pluie-42";

/// A running server, as people reach it.
#[derive(Clone)]
pub(crate) struct World {
    pub(crate) address: SocketAddr,
    admin: String,
    names: &'static AtomicU64,
}

/// The settings of a test server: no rate limits, so that tests are not each other's neighbours.
pub(crate) fn config(data: &Path) -> Config {
    let mut config = Config {
        listen: "127.0.0.1:0".parse().unwrap(),
        data: data.to_path_buf(),
        org_name: Some("Programme Jeunes".into()),
        admin_email: Some(ADMIN.into()),
        admin_password: Some(PASSWORD.into()),
        ..Config::default()
    };
    config.limits.enabled = false;
    // All tests run at once, on whatever machine.
    config.socket.late_max_ms = 60_000;
    share(&mut config);
    config
}

/// Where a CQL server is named, every test server keeps its data there, in few tables: it would have no memory for
/// a hundred of each. What should meet columns says so.
fn share(config: &mut Config) {
    let Ok(nodes) = std::env::var("ECOSYSTIA_TEST_CQL") else { return };
    config.cql.nodes = nodes.split(',').map(str::to_owned).collect();
    config.cql.replication_factor = 1;
    config.cql.tables = Tables::Shared;
    config.auth.master_key = Some("bWFzdGVyIGtleSBvZiB0aGUgdGVzdHMsIDMyIGJ5dGU=".into());
}

/// The keyspace of a data directory: all that is left of it is the name. Whoever names it makes it.
async fn use_keyspace(config: &mut Config) {
    let file = config.data.join("keyspace");
    if let Ok(name) = std::fs::read_to_string(&file) {
        config.cql.keyspace = name;
        return;
    }
    config.cql.keyspace = format!("world_{}", Clock::system().new_id::<()>().uuid().simple());
    gateway::house::migrate(config).await.unwrap();
    std::fs::create_dir_all(&config.data).unwrap();
    std::fs::write(&file, &config.cql.keyspace).unwrap();
}

/// Starts a server; a keyspace is made for it first where it needs one.
pub(crate) async fn begin(config: Config) -> Server {
    begin_by(config, Clock::system()).await
}

/// The same by another clock.
pub(crate) async fn begin_by(mut config: Config, clock: Clock) -> Server {
    if config.is_clustered() {
        use_keyspace(&mut config).await;
    }
    Server::start_by(config, clock).await.unwrap()
}

/// The server that all tests share.
pub(crate) fn world() -> World {
    static SHARED: OnceLock<Mutex<World>> = OnceLock::new();
    let settings = |data: &Path| {
        let mut config = config(data);
        in_columns(&mut config);
        config
    };
    SHARED.get_or_init(|| Mutex::new(World::start(settings))).lock().clone()
}

/// A table for each kind of rows, with columns of their types, where the data is on a CQL server.
pub(crate) fn in_columns(config: &mut Config) {
    config.cql.tables = Tables::Typed;
}

static NAMES: AtomicU64 = AtomicU64::new(1);

impl World {
    /// Starts a server with settings of its own, on a thread of its own, until the process ends.
    pub(crate) fn start(settings: impl FnOnce(&Path) -> Config + Send + 'static) -> Self {
        let (ready, started) = mpsc::sync_channel(1);
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let data = tempfile::tempdir().unwrap();
                let server = begin(settings(&data.path().join("data"))).await;
                ready.send(server.addr()).unwrap();
                std::future::pending::<()>().await;
            });
        });
        let address = started.recv().expect("the server starts");
        Self::at(address)
    }

    /// A server that runs already.
    pub(crate) fn at(address: SocketAddr) -> Self {
        Self::run_by(address, ADMIN)
    }

    /// The same, as the organization sees it that somebody else runs.
    pub(crate) fn run_by(address: SocketAddr, admin: &'static str) -> Self {
        let sign_in = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let (client, _) = Client::login(address, admin, PASSWORD).await.unwrap();
                client.token().unwrap().to_owned()
            })
        });
        Self { address, admin: sign_in.join().unwrap(), names: &NAMES }
    }

    /// The same world, as another server shows it.
    pub(super) fn seen_at(&self, server: SocketAddr) -> Self {
        Self { address: server, ..self.clone() }
    }

    /// A client nobody signed in.
    pub(crate) fn anonymous(&self) -> Client {
        Client::new(self.address)
    }

    /// The administrator.
    pub(crate) fn admin(&self) -> Client {
        self.anonymous().with_token(&self.admin)
    }

    /// The administrator, who has just proven who they are.
    pub(crate) async fn elevated(&self) -> Client {
        let admin = self.admin();
        admin.post("/api/v1/auth/step-up/", &json!({"password": PASSWORD})).await.unwrap();
        admin
    }

    /// A new person of this role, signed in.
    pub(crate) async fn person(&self, first_name: &str, role: Role) -> Person {
        let number = self.names.fetch_add(1, Ordering::Relaxed);
        let email = format!("{}.{number}@example.org", first_name.to_lowercase());
        let body = json!({
            "email": email, "first_name": first_name, "last_name": "Diop", "role": role, "password": PASSWORD,
        });
        let runs_all = matches!(role, Role::Administrator | Role::SuperAdministrator);
        let admin = if runs_all { self.elevated().await } else { self.admin() };
        let made = admin.post("/api/v1/users/", &body).await.unwrap();
        let id = made.body["id"].as_str().unwrap().parse().unwrap();
        self.sign_in(&email, id).await
    }

    /// Signs an existing person in on one more device.
    pub(crate) async fn sign_in(&self, email: &str, id: schema::id::UserId) -> Person {
        let body = json!({"email": email, "password": PASSWORD, "client": "native"});
        let signed_in: Value = self.anonymous().post("/api/v1/auth/login/", &body).await.unwrap().body;
        let token = signed_in["access_token"].as_str().unwrap().to_owned();
        let refresh_token = signed_in["refresh_token"].as_str().unwrap().to_owned();
        Person { world: self.clone(), id, email: email.to_owned(), token, refresh_token }
    }
}
