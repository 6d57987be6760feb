//! A session: the control side of one connection. It knows who it is and which rooms it joined,
//! checks rights when it joins and whenever they may have changed, and ends when its sign-in does.

mod actor;
mod mailbox;
mod registry;

pub use actor::{Join, Message};
pub(crate) use actor::{Session, own_room, owner};
pub use mailbox::{Address, Gone};
pub use registry::{Handle, Sessions};
