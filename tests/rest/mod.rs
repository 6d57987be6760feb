//! The REST façade through the door: one file for each module or concern, from the request's bytes to
//! the answer's.

pub(crate) mod apart;
mod ask;
mod board;
mod bodies;
mod bounds;
mod busy;
mod cast;
mod chat;
mod comments;
mod drain;
mod foreign;
mod ground;
mod health;
mod limits;
mod lists;
mod manners;
mod meetings;
mod milestones;
mod people;
mod permissions;
mod plan;
mod projects;
mod search;
mod sessions;
mod shaping;
mod sign_in;
mod steering;
mod task_parts;
mod tasks;
mod team;
mod time;
mod timers;
mod tokens;
mod users;
mod versions;
