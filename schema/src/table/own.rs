//! The numbers of the server's own tables, 1 to 15: never business rows. They stand in one list, whichever crate keeps
//! the table, so that no two share a number.

/// Commands and their stored replies.
pub const COMMANDS: u16 = 1;
/// Counters of a room.
pub const COUNTERS: u16 = 2;
/// Rooms whose log has events that reactions have not finished with.
pub const OPEN_ROOMS: u16 = 3;
/// Audit lines, by room.
pub const AUDIT: u16 = 4;
/// Reactions given up on, for a person to look at.
pub const PARKED: u16 = 5;
/// Where the keys of births are claimed.
pub const BIRTHS: u16 = 6;
/// Keys, and the first things of a store.
pub const FIRST: u16 = 7;
/// What is due, by stretch and instant.
pub const TIMERS: u16 = 8;
/// Nodes that take part, by run.
pub const NODES: u16 = 9;
/// Stretches of time in which something is due.
pub const STRETCHES: u16 = 10;
/// Rooms in which audit lines were written, by organization and hour.
pub const AUDITED: u16 = 11;
