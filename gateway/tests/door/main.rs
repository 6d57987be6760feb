//! The gateway through its door: a real server on a real store, a real client, one of its own for each test.
#![cfg(test)]

mod backpressure;
mod calls;
mod entrance;
mod frames;
mod handshake;
mod leaving;
mod limits;
mod requests;
mod rooms;
mod stage;
mod time;
