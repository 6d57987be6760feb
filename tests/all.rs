//! Everything that is proven through the door, in one binary.
#![cfg(test)]

mod contract;
mod harness;
mod realtime;
mod rest;
mod simulation;
mod tidy;
