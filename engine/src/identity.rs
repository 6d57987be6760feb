//! Whose token it is and what its holder may do: supplied by the module that signs people in, so that
//! the engine needs people's roles without knowing people.

use crate::{Engine, Level, Reader, Result};
use actors::{BoxFuture, Image, Verdict};
use schema::{
    caller::Caller,
    id::{OrgId, UserId},
    log::Told,
    room::RoomId,
};

/// What the engine asks of the module that knows people.
pub trait Identity: Send + Sync + 'static {
    /// Reads a token: its signature, its times, who it names.
    ///
    /// # Errors
    /// `not-authenticated` or `token-expired`.
    fn verify(&self, token: &str) -> Result<Caller>;

    /// Takes a socket ticket: once, and only while it is fresh.
    ///
    /// # Errors
    /// `not-authenticated`.
    fn redeem(&self, ticket: &str) -> Result<Caller>;

    /// The room of whoever a ticket was made for: it is kept where that lives. `None` for what is no ticket.
    fn ticket_room(&self, ticket: &str) -> Option<RoomId>;

    /// Checks that the identity still holds: the account is active, the token was not revoked, the
    /// credential version is the present one, and nothing has to be done before this operation; without one, before
    /// a room is listened to. The answer may be up to 5 s old.
    fn current<'a>(
        &'a self,
        reader: &'a Reader,
        caller: &'a Caller,
        operation: Option<&'a str>,
    ) -> BoxFuture<'a, Result<()>>;

    /// The caller as they are now, where the sign-in goes on under another role or credential version.
    fn renewed<'a>(&'a self, reader: &'a Reader, caller: &'a Caller) -> BoxFuture<'a, Result<Caller>>;

    /// Somebody in whose name the server does what they asked for earlier, under their present role.
    ///
    /// # Errors
    /// `account-not-active`.
    fn acting<'a>(&'a self, reader: &'a Reader, org: OrgId, user: UserId) -> BoxFuture<'a, Result<Caller>>;

    /// The key that marks the cursors of lists, so that nobody else can make one. The same after a restart.
    fn cursor_key(&self) -> &[u8; 32];

    /// The caller's level in a module. The answer may be up to 5 s old.
    fn level<'a>(
        &'a self,
        reader: &'a Reader,
        caller: &'a Caller,
        module: &'a str,
    ) -> BoxFuture<'a, Result<Level>>;

    /// Sees committed rows, to forget what it had cached of them.
    fn committed(&self, room: &RoomId, rows: &[Image]);

    /// Connections of a person came or went; told where the person's own room lives.
    fn stirred(&self, engine: &Engine, user: UserId);

    /// Somebody did something: called, or whispered. Told on the node where they did, for everything they do.
    fn acted(&self, engine: &Engine, caller: &Caller);

    /// What an event in the caller's own room means for this sign-in of the caller's.
    fn control(&self, caller: &Caller, told: &Told) -> Verdict;
}
