//! What decides. Every call, from REST, from a socket or from a reaction, takes the one path of
//! [`Engine::call`]; the modules say what the calls are, the path checks, travels, commits and replies.

pub mod answer;
pub mod bulk;
mod calls;
pub mod catalog;
pub mod context;
pub mod endpoint;
mod engine;
mod entity;
mod error;
mod homing;
mod hosting;
mod identity;
mod job;
pub mod listing;
pub mod permission;
pub mod print;
mod reaction;
mod route;
mod shaping;
mod timers;
mod transition;
mod travel;

pub use answer::{Accepted, Answer, Created, Empty, Later, Listed, Media, OrFile, Record, Texted, Whole};
pub use calls::{Call, Called, Request};
pub use catalog::{Catalog, EventKind, Greeting, Module, RoomKind, Shortcut, Socket, Words};
pub use context::{Context, Reader};
pub use endpoint::{Endpoint, Operation, Outcome, Param, Rate, Scope, op};
pub use engine::{Engine, Parts};
pub use entity::{EntityKind, Reference, Seen};
pub use error::{Error, Result};
pub use identity::Identity;
pub use job::{JobKind, Watch, Work};
pub use listing::{Listing, Query};
pub use permission::{Action, Extent, Level, Needs, Remit, Standing};
pub use reaction::{Cause, On, Reaction};
pub use route::{Method, Route, Tells};
pub use transition::Moves;
