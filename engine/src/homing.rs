//! Where a call is carried out: the home of what it is about.

use crate::{Engine, Error, Result, Scope, calls::Ask, endpoint::Erased};
use schema::{caller::Caller, room::RoomId, table::own::BIRTHS};
use uuid::Uuid;

impl Engine {
    /// The room that a call runs in; none for one that reads across rooms.
    pub(crate) async fn home(&self, operation: &dyn Erased, ask: &Ask) -> Result<Option<RoomId>> {
        let key = ask.key.as_deref().filter(|_| !ask.entry.operation.route.is_read());
        let found = match operation.scope(&ask.caller) {
            Scope::Nowhere => return Ok(None),
            Scope::Room(room) => return Ok(Some(room)),
            Scope::Birth(kind) => return Ok(Some(RoomId::new(kind, self.born(&ask.caller, key).await?))),
            Scope::Find(spec, id) => {
                let home = self.reader().home_of(spec, id).await?;
                // In the words of a refusal: nobody tells one that is hidden from one that is not there.
                home.ok_or_else(|| Error::not_found("record"))?
            }
            Scope::Entity(kind, id) => {
                let Some(entity) = self.catalog().entity(&kind) else {
                    return Err(Error::field("/entity_type", "unknown", "there is no such type of record"));
                };
                let cx = self.context(ask, None, false).await?;
                (entity.seen)(&cx, id).await?.ok_or_else(|| Error::not_found(&kind))?.room
            }
            Scope::Claim(claim) => {
                let held = self.reader().held(&claim).await?;
                held.filter(|held| held.confirmed).ok_or_else(|| Error::not_found("record"))?.home
            }
        };
        Ok(Some(found))
    }

    /// The id of something about to begin. A key is claimed for it first, so that a retry begins the
    /// same thing and meets its twin there.
    async fn born(&self, caller: &Caller, key: Option<&str>) -> Result<Uuid> {
        let fresh = self.node().clock().new_id::<()>().uuid();
        match key {
            Some(key) => {
                Ok(actors::claims::birth(self.node().store(), BIRTHS, caller.user, key, fresh).await?)
            }
            None => Ok(fresh),
        }
    }
}
