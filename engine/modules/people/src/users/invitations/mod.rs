//! Inviting people. There is no mail: the link is shown to whoever invites, once, and handed on by them.

mod accept;
mod invite;
mod manage;
pub(super) mod tables;

pub(super) use accept::AcceptInvitation;
pub(super) use invite::{InviteUsers, Invited, Wish, invite};
pub(super) use manage::{ListInvitations, ResendInvitation, RevokeInvitation};

use crate::authentication::Opaque;
use schema::{clock::Clock, time::Timestamp};
use tables::Invitation;

/// How long a link is good.
const SECONDS: i64 = 7 * 86_400;

/// An invitation with a fresh link; the former one is good no longer.
fn with_link(invitation: Invitation, clock: &Clock) -> (Invitation, String) {
    let secret = Opaque::fresh(invitation.id.cast(), clock);
    let expires_at: Timestamp = clock.now().plus_seconds(SECONDS);
    // Behind the #, so that no server on the way writes it into a log.
    let link = format!("/invitation#{}", secret.text());
    (Invitation { token_hash: secret.hash(), expires_at, ..invitation }, link)
}
