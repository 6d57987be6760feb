//! `cargo xtask help`.

use crate::console;

const TEXT: &str = "\
The errands of EcosystIA.

  cargo xtask start [-- ARGUMENTS]     build the server, start it with demo data, print its address and a login
  cargo xtask start --cluster          the same with three servers on one store, with CQL and NATS, on loopback
  cargo xtask test [--only STEP]       everything that must hold: format, lint, build, tidy, contract, test, cluster
  cargo xtask prove [--only STEP]      the long runs: load, simulation, fuzzing; a dated report in target/prove/
  cargo xtask help                     this page

start   listens on 127.0.0.1:8080, or on a free port where that is taken; its data lies in target/demo-data, and
        removing that folder begins anew. ARGUMENTS go to `ecosystia serve` and win over the defaults:
            cargo xtask start -- --listen 127.0.0.1:9000
        Ctrl-C drains and ends it.
        With --cluster: three servers, from 127.0.0.1:8080 on; Apache Cassandra, standing in for ScyllaDB, and
        NATS are fetched where missing; data and logs lie in target/demo-cluster. Settings are given as
        ECOSYSTIA_* variables. A server that is killed is told, and the others go on; Ctrl-C ends everything.

test    installs what it needs (components of the toolchain, strace where it may), stops at the first failure and
        says what to do next. Steps: tools format lint build tidy contract test api servers cluster.
            cargo xtask test --only contract
        `api` brings schemathesis along (Python), which makes up requests from the API's description.
            ECOSYSTIA_TEST_EXAMPLES=100     how many for each operation, twice (20)
        The last two run the tests again on a CQL server: Apache Cassandra, which they fetch, standing in for
        ScyllaDB; and several servers on it, with a NATS server, which is the system's package.
            ECOSYSTIA_TEST_CQL=HOST:PORT    names another CQL server
            ECOSYSTIA_TEST_NATS=HOST:PORT   names another NATS server
            --without-cql                   leaves both steps out
            --without-nats                  leaves out what takes several servers
        A contract file that was meant to change is accepted with
            ECOSYSTIA_TEST_ACCEPT=1 cargo test -p tests contract

prove   builds for release and goes on after a failure, so that one night gives one whole report. It takes hours:
            ECOSYSTIA_TEST_RUNS           how often each load scenario runs, for median and spread (3)
            ECOSYSTIA_TEST_SEEDS          how many seeds the simulation plays (20,000)
            ECOSYSTIA_TEST_FUZZ_SECONDS   how long each fuzz target runs (600)";

/// Shows what there is.
pub(crate) fn show() {
    console::answer(TEXT);
}
