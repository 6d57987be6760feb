//! The store on CQL servers of a test's own: one that asks who is there, and three of which two stand still.
//! `cargo xtask test` brings what it takes to start them; without it these tests say that they were left out.

mod guarded;
mod replicas;
mod server;

pub(crate) use server::{Server, jars};
