//! People through the engine's door, on a real store.
#![cfg(test)]

mod accounts;
mod ground;
mod inbox;
mod sign_in;
