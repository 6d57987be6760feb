//! Everything that is proven through the door, in one binary.
#![cfg(test)]

mod contract;
mod simulation;
mod tidy;
