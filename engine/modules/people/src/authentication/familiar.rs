//! Whether a sign-in looks like those before it: the same kind of client from the same network. One that does not is
//! told to its person, who can't turn that off, and to the organization's administrators.

use super::{
    access::{access_of, put},
    events,
    tables::Session,
};
use crate::{rooms, server};
use actors::{BoxFuture, room::Author};
use engine::{Cause, Engine, On, Reaction, Reader, Result};
use schema::{
    change::Change,
    id::UserId,
    room::RoomId,
    table::{Slot, Spec, Table as _},
};
use serde_json::{Value, json};
use std::net::IpAddr;
use storage::Range;

/// Former sign-ins that are looked at, the newest first.
const LOOKED_AT: usize = 200;

/// A person is warned of a sign-in that looks like none before. The server says so: nobody is notified of what they
/// did themselves, and this may not have been them.
pub(super) const WARN: Reaction = Reaction {
    name: "warn_of_device",
    on: On::Names(&[events::NEW_DEVICE]),
    acts_in: Cause::same_room,
    run: warn,
};

/// Whether nobody signed in as this person from such a client in such a network. The very first sign-in is none.
pub(super) async fn is_new(reader: &Reader, session: &Session) -> Result<bool> {
    let rows = Slot::Rows.number(Session::SPEC.id);
    let partition = Spec::partition(&rooms::of_user(session.user_id));
    let former: Vec<Session> = reader.range(&Range::partition(rows, partition, LOOKED_AT).backward()).await?;
    let looks = look(session);
    Ok(!former.is_empty() && !former.iter().any(|former| look(former) == looks))
}

/// What a sign-in looks like: a client's words about itself without its version, and the network that it came from.
fn look(session: &Session) -> (String, String) {
    let agent = session.user_agent.as_deref().unwrap_or_default();
    let family = agent.chars().filter(|c| c.is_alphabetic() || *c == ' ').collect();
    let ip: Option<IpAddr> = session.ip.as_deref().and_then(|ip| ip.parse().ok());
    (family, ip.map(network).unwrap_or_default())
}

/// 256 neighbours in the old internet, and a site in the new one.
fn network(ip: IpAddr) -> String {
    match ip.to_canonical() {
        IpAddr::V4(ip) => {
            let [a, b, c, _] = ip.octets();
            format!("{a}.{b}.{c}")
        }
        IpAddr::V6(ip) => {
            let [a, b, c, ..] = ip.segments();
            format!("{a:x}:{b:x}:{c:x}")
        }
    }
}

/// What is said of it: what its person calls the device, or what the client says of itself.
pub(super) fn said(session: &Session) -> Value {
    let device = session.device_label.as_deref().or(session.user_agent.as_deref()).unwrap_or("?");
    json!({"title": device, "device": device, "ip": session.ip, "session_id": session.id})
}

fn warn<'a>(engine: &'a Engine, cause: &'a Cause, theirs: &'a [RoomId]) -> BoxFuture<'a, Result<()>> {
    Box::pin(async move {
        let key = format!("{}:{}", cause.rule, cause.event.id);
        for room in theirs {
            let user = UserId::new(room.id());
            server::settle(|| async {
                let access = access_of(engine.reader(), user).await?;
                let data = cause.event.data.clone();
                let mut change = Change::new();
                let slot = put(&mut change, &access, access.clone());
                let _ = change.tell(events::DEVICE_WARNED, slot).saying(move |_| data.clone()).notify([user]);
                change.unaudited();
                let author = Author::system(cause.event.org_id, cause.rule);
                server::commit_as(engine, room, &key, author, change).await
            })
            .await?;
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(agent: &str, ip: &str) -> Session {
        Session { user_agent: Some(agent.into()), ip: Some(ip.into()), ..Session::default() }
    }

    #[test]
    fn an_update_and_a_neighbours_address_are_the_same_device() {
        let before = look(&from("Mozilla/5.0 (X11; Linux) Firefox/140.0", "41.82.1.7"));

        assert_eq!(before, look(&from("Mozilla/5.0 (X11; Linux) Firefox/141.2", "41.82.1.200")));
        assert_ne!(before, look(&from("Mozilla/5.0 (X11; Linux) Chrome/141.2", "41.82.1.7")));
        assert_ne!(before, look(&from("Mozilla/5.0 (X11; Linux) Firefox/140.0", "41.83.1.7")));
        assert_eq!(look(&from("a", "2001:db8:7:1::1")), look(&from("a", "2001:db8:7:2::9")));
        assert_eq!(look(&from("a", "::ffff:41.82.1.7")), look(&from("a", "41.82.1.8")));
    }
}
