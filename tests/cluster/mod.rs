//! Several servers on one store, with NATS between them: real processes, a real CQL server, a real NATS. Without
//! those, named by variables, there is nothing to test here and the tests return at once.

mod checker;
mod frozen;
mod guarded;
mod nodes;
#[path = "../../storage/tests/support/proxy.rs"]
mod proxy;
mod storm;
mod talk;
mod versions;
mod weather;
