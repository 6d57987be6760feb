//! The modules of this crate through the engine's door: a real engine on a real store.
#![cfg(test)]

mod ground;
mod meetings;
mod projects;
mod server;
