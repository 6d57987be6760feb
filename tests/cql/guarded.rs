//! A CQL server that asks who is there and speaks in private.

use super::{Server, jars};
use schema::clock::Clock;
use std::{fs, path::Path, process::Command, time::Duration};
use storage::{
    Store,
    access::{Secret, Tls},
    scylla::Config,
};

/// Runs Java's key tool in a folder.
fn keytool(dir: &Path, words: &[&str]) {
    let output = Command::new("keytool").current_dir(dir).args(words).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_guarded_server_lets_in_who_knows_the_password_and_its_certificate() {
    let Some(jars) = jars() else { return };
    let dir = tempfile::tempdir().unwrap();
    let store =
        ["-keystore", "keys.p12", "-storetype", "PKCS12", "-storepass", "opensesame", "-alias", "server"];
    let make = ["-genkeypair", "-keyalg", "EC", "-dname", "CN=127.0.0.1", "-ext", "SAN=IP:127.0.0.1"];
    keytool(dir.path(), &[&make[..], &store].concat());
    keytool(dir.path(), &[&["-exportcert", "-rfc", "-file", "server.pem"][..], &store].concat());
    let settings = format!(
        "authenticator: PasswordAuthenticator\nclient_encryption_options:\n  enabled: true\n  optional: false\n  \
         keystore: {}/keys.p12\n  keystore_password: opensesame\n  store_type: PKCS12\n",
        dir.path().display()
    );
    let guarded = Server::start(&jars, dir.path(), &settings).await;
    fs::write(dir.path().join("password"), "cassandra\n").unwrap();
    let config = Config {
        nodes: vec![guarded.address.clone()],
        user: Some("cassandra".into()),
        password_file: Some(dir.path().join("password")),
        tls: Some(Tls { ca: dir.path().join("server.pem"), ..Tls::default() }),
        replication_factor: 1,
        ..Config::default()
    };

    // The first account is made a moment after the server listens.
    let mut migrated = Store::migrate(&config, &[]).await;
    for _ in 0..50 {
        if migrated.is_ok() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
        migrated = Store::migrate(&config, &[]).await;
    }
    let refused = |config: Config| async move {
        Store::connect(&config, &[], Clock::system()).await.err().unwrap().to_string()
    };
    let wrong = Config { password: Some(Secret::new("wrong".into())), password_file: None, ..config.clone() };
    let (wrong, open) = (refused(wrong).await, refused(Config { tls: None, ..config.clone() }).await);
    let stranger =
        refused(Config { tls: Some(Tls { ca: "nowhere.pem".into(), ..Tls::default() }), ..config.clone() });

    assert!(!migrated.unwrap().is_empty());
    Store::connect(&config, &[], Clock::system()).await.unwrap().probe().await.unwrap();
    assert!(wrong.contains("password") && !wrong.contains("wrong"), "{wrong}");
    assert!(open.contains(&guarded.address), "{open}");
    assert!(stranger.await.contains("nowhere.pem"));
}
