//! Supervisors. A fallen room is woken again by whoever needs it; a fallen audience is
//! reported to the node, which mends what hung on it. A supervisor never falls with its children.

use ractor::{Actor, ActorProcessingErr, ActorRef, SupervisionEvent};
use std::sync::Arc;
use tracing::{debug, error};

/// What to do when a child has fallen.
pub(crate) type OnFall = Arc<dyn Fn(ractor::ActorId) + Send + Sync>;

/// One supervisor; its children share a name for the log.
pub(crate) struct Supervisor {
    pub(crate) of: &'static str,
    pub(crate) on_fall: Option<OnFall>,
}

/// A supervisor is told nothing but what became of its children.
pub(crate) enum Message {}

impl Actor for Supervisor {
    type Msg = Message;
    type State = ();
    type Arguments = ();

    async fn pre_start(&self, _: ActorRef<Message>, (): ()) -> Result<(), ActorProcessingErr> {
        Ok(())
    }

    async fn handle_supervisor_evt(
        &self,
        _: ActorRef<Message>,
        event: SupervisionEvent,
        (): &mut (),
    ) -> Result<(), ActorProcessingErr> {
        match event {
            SupervisionEvent::ActorFailed(child, reason) => {
                error!(of = self.of, child = %child.get_id(), %reason, "an actor fell");
                metrics::counter!("actors_fallen_total", "of" => self.of).increment(1);
                if let Some(on_fall) = &self.on_fall {
                    on_fall(child.get_id());
                }
            }
            SupervisionEvent::ActorTerminated(child, _, reason) => {
                debug!(of = self.of, child = %child.get_id(), ?reason, "an actor ended");
            }
            _ => {}
        }
        Ok(())
    }
}
