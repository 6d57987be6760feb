//! Everything that is proven through the door, in one binary.
#![cfg(test)]

mod simulation;
mod tidy;
