//! People, how they sign in and what reaches them, through the door: one file for each resource.

mod alerts;
mod api_keys;
mod departments;
mod devices;
mod inbox;
mod invitations;
mod leaving;
mod passwords;
mod profile;
mod rights;
mod second;
mod skills;
mod trash;
