//! People, how they sign in and what reaches them, through the door: one file for each resource.

mod profile;
mod trash;
