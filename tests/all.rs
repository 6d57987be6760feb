//! Everything that is proven through the door, in one binary.
#![cfg(test)]
#![expect(clippy::as_conversions, reason = "the numbers of tests are small and known")]

mod cluster;
mod contract;
mod cql;
mod harness;
mod realtime;
mod rest;
mod simulation;
mod tidy;
