//! People through the engine's door, on a real store.

mod accounts;
mod ground;
mod inbox;
mod sign_in;
