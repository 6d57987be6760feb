//! Reaching the cluster: who we are, how long we wait, and what is never tried twice. When nobody answers the
//! message says who was asked.

use super::{Config, rows::Sharing};
use crate::{
    Error,
    access::{self, Tls},
};
use rustls::{
    ClientConfig, RootCertStore,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _},
};
use scylla::{
    client::{
        execution_profile::{ExecutionProfile, ExecutionProfileHandle},
        session::Session,
        session_builder::SessionBuilder,
    },
    cluster::{Node, metadata::Strategy},
    policies::retry::{DefaultRetryPolicy, FallthroughRetryPolicy},
    statement::{Consistency, SerialConsistency},
};
use std::{collections::BTreeSet, path::Path, sync::Arc, time::Duration};

/// How long the first connection may take.
const CONNECT_WAIT: Duration = Duration::from_secs(5);
/// How often a connection is asked whether it is still one, and how long it may take to say so. A server that went
/// away without a word costs every request its whole patience until that is noticed: well within a node's lease.
const KEEPALIVE_EVERY: Duration = Duration::from_millis(1_100);
const KEEPALIVE_WAIT: Duration = Duration::from_secs(5);

/// The three ways of asking.
pub(super) struct Profiles {
    /// Rows, at quorum. Repeating a read or a stamped write changes nothing, so the driver may.
    pub(super) rows: ExecutionProfileHandle,
    /// A row that is written on a condition, read so that a write still under way is settled first.
    pub(super) settled: ExecutionProfileHandle,
    /// A write on a condition: tried once, because a second try may meet the first.
    pub(super) conditional: ExecutionProfileHandle,
}

impl Profiles {
    pub(super) fn new(config: &Config) -> Self {
        let rows = ExecutionProfile::builder()
            .consistency(Consistency::Quorum)
            .retry_policy(Arc::new(DefaultRetryPolicy::new()))
            .request_timeout(Some(config.request_wait()));
        let settled = ExecutionProfile::builder()
            .consistency(Consistency::Serial)
            .retry_policy(Arc::new(FallthroughRetryPolicy::new()))
            .request_timeout(Some(config.request_wait()));
        let conditional = ExecutionProfile::builder()
            .consistency(Consistency::Quorum)
            .serial_consistency(Some(SerialConsistency::Serial))
            .retry_policy(Arc::new(FallthroughRetryPolicy::new()))
            .request_timeout(Some(config.conditional_wait()));
        Self {
            rows: rows.build().into_handle(),
            settled: settled.build().into_handle(),
            conditional: conditional.build().into_handle(),
        }
    }
}

/// Connects for changing tables: agreement among the servers is waited for when it is needed, not after every one
/// of many statements.
pub(super) async fn connect_to_change(config: &Config, profiles: &Profiles) -> Result<Session, Error> {
    build(config, profiles, false).await
}

/// Connects and looks whether the cluster is the one that is meant.
pub(super) async fn connect(config: &Config, profiles: &Profiles) -> Result<Session, Error> {
    build(config, profiles, true).await
}

async fn build(config: &Config, profiles: &Profiles, agree: bool) -> Result<Session, Error> {
    let mut builder = SessionBuilder::new()
        .known_nodes(&config.nodes)
        .connection_timeout(CONNECT_WAIT)
        .keepalive_interval(KEEPALIVE_EVERY)
        .keepalive_timeout(KEEPALIVE_WAIT)
        .auto_await_schema_agreement(agree)
        .default_execution_profile_handle(profiles.rows.clone());
    if let Some(datacenter) = &config.datacenter {
        builder = builder.prefer_datacenter(datacenter.clone());
    }
    if let Some(user) = &config.user {
        builder = builder.user(user, password(config)?);
    }
    if let Some(tls) = &config.tls {
        builder = builder.tls_context(Some(Arc::new(client(tls)?)));
    }
    let session = builder.build().await.map_err(|error| unreachable(config, &error))?;
    let found = datacenters(&session);
    match &config.datacenter {
        // The driver would find out at the first statement, and say that it has nobody to ask.
        Some(wanted) if !found.contains(wanted) => {
            Err(Error::NoDatacenter { wanted: wanted.clone(), found: found.join(", ") })
        }
        _ => Ok(session),
    }
}

/// Those of the cluster, each once.
pub(super) fn datacenters(session: &Session) -> Vec<String> {
    let state = session.get_cluster_state();
    let found: BTreeSet<String> =
        state.get_nodes_info().iter().filter_map(|node| node.datacenter.clone()).collect();
    found.into_iter().collect()
}

/// Which rows of a keyspace may share a request, as its servers stand now.
pub(super) fn sharing(session: &Session, keyspace: &str) -> Sharing {
    let state = session.get_cluster_state();
    let copies = |datacenter: &str| match state.get_keyspace(keyspace).map(|keyspace| &keyspace.strategy) {
        Some(Strategy::NetworkTopologyStrategy { datacenter_repfactors }) => {
            datacenter_repfactors.get(datacenter).copied().unwrap_or(0)
        }
        _ => 0,
    };
    let everywhere = datacenters(session).iter().all(|datacenter| {
        let here = |node: &&Arc<Node>| node.datacenter.as_ref() == Some(datacenter);
        state.get_nodes_info().iter().filter(here).count() <= copies(datacenter)
    });
    if everywhere { Sharing::Any } else { Sharing::Partition }
}

fn unreachable(config: &Config, error: &dyn std::error::Error) -> Error {
    // The driver's outermost sentence says that something failed, the innermost what.
    let mut reason = error.to_string();
    let mut source = error.source();
    while let Some(inner) = source {
        let sentence = inner.to_string();
        if !reason.contains(&sentence) {
            reason = format!("{reason}: {sentence}");
        }
        source = inner.source();
    }
    Error::Unreachable { nodes: config.nodes.join(", "), reason }
}

fn password(config: &Config) -> Result<String, Error> {
    let file = config.password_file.as_deref();
    access::password(config.password.as_ref(), file)
        .map_err(|error| unread(file.unwrap_or(Path::new("")), &error))
}

fn client(tls: &Tls) -> Result<ClientConfig, Error> {
    let mut roots = RootCertStore::empty();
    for certificate in certificates(&tls.ca)? {
        roots.add(certificate).map_err(|error| unread(&tls.ca, &error))?;
    }
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| unread(&tls.ca, &error))?
        .with_root_certificates(roots);
    let (Some(certificate), Some(key)) = (&tls.certificate, &tls.key) else {
        return Ok(builder.with_no_client_auth());
    };
    let private = PrivateKeyDer::from_pem_file(key).map_err(|error| unread(key, &error))?;
    builder
        .with_client_auth_cert(certificates(certificate)?, private)
        .map_err(|error| unread(certificate, &error))
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, Error> {
    CertificateDer::pem_file_iter(path).and_then(Iterator::collect).map_err(|error| unread(path, &error))
}

fn unread(path: &Path, error: &dyn std::error::Error) -> Error {
    Error::Open { path: path.display().to_string(), reason: error.to_string() }
}
