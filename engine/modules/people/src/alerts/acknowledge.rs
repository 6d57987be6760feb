//! Marking an alert as handled.

use super::{events, rooms::OPERATOR, tables::Alert};
use engine::{Context, Endpoint, Needs, Outcome, Record, Result, Route, Scope};
use schema::{
    caller::Caller,
    change::Change,
    id::{Id, OrgId},
    operation,
};
use serde_json::json;

/// Marks an alert as handled; the other administrators see by whom. Handled once, it stays as it is.
#[operation]
pub(crate) struct AcknowledgeAlert {
    /// The event.
    event_id: Id<Alert>,
    /// Whose administrators' room it is in. A socket's short name fills it with its room; the event alone decides.
    #[serde(default)]
    org_id: Option<OrgId>,
}

impl Endpoint for AcknowledgeAlert {
    const ROUTE: Route = Route::post("/alerts/{event_id}/ack/").tells(&[events::ACKED]);
    const NEEDS: Needs = Needs::Member(&[OPERATOR]);
    type Output = Record<Alert>;

    fn scope(&self, _: &Caller) -> Scope {
        Scope::of(self.event_id)
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        let alert: Alert = cx.here(self.event_id).await?;
        if alert.acked_at.is_some() {
            return Outcome::record(&alert, alert.version);
        }
        let said = json!({"event_id": alert.id, "title": alert.title, "acked_by": cx.caller.actor_id()});
        let (acked_at, acked_by) = (Some(cx.now()), cx.caller.actor_id());
        let mut change = Change::new();
        let slot = change.update(&alert, Alert { acked_at, acked_by, ..alert.clone() });
        let _ = change.tell(events::ACKED, slot).saying(move |_| said.clone());
        change.reply_row(slot);
        Ok(Outcome::Commit(change))
    }
}
