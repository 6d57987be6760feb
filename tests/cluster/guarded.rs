//! A NATS server that asks who is there and speaks in private.

use super::nodes::Nats;
use actors::bus::{Bus, Config};
use std::{fs, path::Path, process::Command};
use storage::access::{Secret, Tls};

/// Runs OpenSSL in a folder.
fn openssl(dir: &Path, line: &str) {
    let output = Command::new("openssl").current_dir(dir).args(line.split(' ')).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guarded_nats_server_lets_in_who_knows_the_password_and_its_certificate() {
    let Some(program) = Nats::program() else { return };
    let dir = tempfile::tempdir().unwrap();
    for authority in ["authority", "stranger"] {
        let made = format!("-newkey rsa:2048 -nodes -subj /CN={authority} -keyout {authority}.key");
        openssl(dir.path(), &format!("req -x509 {made} -out {authority}.pem"));
    }
    fs::write(dir.path().join("names"), "subjectAltName=IP:127.0.0.1").unwrap();
    openssl(dir.path(), "req -newkey rsa:2048 -nodes -subj /CN=nats -keyout server.key -out server.csr");
    let signer = "-CA authority.pem -CAkey authority.key -CAcreateserial";
    openssl(dir.path(), &format!("x509 -req -in server.csr {signer} -extfile names -out server.pem"));
    let file = |name: &str| dir.path().join(name);
    let (certificate, key) = (file("server.pem"), file("server.key"));
    let words = ["--tls", "--tlscert", certificate.to_str().unwrap(), "--tlskey", key.to_str().unwrap()];
    let asking = ["--user", "node", "--pass", "opensesame"];
    let guarded = Nats::start_with(program, &[&words[..], &asking].concat()).await;
    fs::write(file("password"), "opensesame\n").unwrap();
    let trusting = |name: &str| Some(Tls { ca: file(name), ..Tls::default() });
    let config = Config {
        servers: vec![guarded.address()],
        user: Some("node".into()),
        password: None,
        password_file: Some(file("password")),
        tls: trusting("authority.pem"),
    };
    let refused = |config: Config| async move {
        Bus::connect(&config, "n1", "tests").await.err().expect("it is not let in").to_string()
    };

    Bus::connect(&config, "n1", "tests").await.unwrap();
    let wrong = Config { password: Some(Secret::new("wrong".into())), password_file: None, ..config.clone() };
    let wrong = refused(wrong).await;
    let nameless = refused(Config { user: None, password_file: None, ..config.clone() }).await;
    let stranger = refused(Config { tls: trusting("stranger.pem"), ..config.clone() }).await;

    assert!(wrong.contains("authorization") && !wrong.contains("wrong"), "{wrong}");
    assert!(nameless.contains("authorization"), "{nameless}");
    assert!(stranger.contains("certificate"), "{stranger}");
    assert!(stranger.contains(&guarded.address()), "{stranger}");
}
