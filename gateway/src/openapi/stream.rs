//! The one place of the API that is no operation: a room as a stream of events. What it refuses and how it goes on is
//! said here, because nothing in the catalogue does.

use super::{parameters::query, responses::Shared};
use schema::code::Code;
use serde_json::{Value, json};

/// Why a stream may not begin.
const REFUSALS: [(u16, &[Code]); 6] = [
    (401, &[Code::NotAuthenticated, Code::TokenExpired, Code::TokenRevoked]),
    (403, &[Code::AccountNotActive, Code::Forbidden, Code::ModuleDisabled]),
    (404, &[Code::NotFound]),
    (422, &[Code::Validation]),
    (429, &[Code::RateLimited]),
    (503, &[Code::Draining, Code::Overloaded, Code::StoreUnavailable]),
];

const HELP: &str = "Server-sent events (HTML, 9.2), for programs that can hold a request open but no socket. `joined` says \
where the room stands, then each event of the room comes under its own name with `{seq, ts, event}`, in order and without \
gaps; `ephemeral` is what may be lost. An event's `id` is sent back as `Last-Event-ID` to go on behind it: what was \
missed is told first, or `resync` says that it can't be. The stream ends with `revoked` when the room may no longer be \
heard, and with `goaway` when the server restarts. It counts as a socket of its person.\n\nNeeds: what joining the room \
needs.";

/// The path's description.
pub(super) fn describe(shared: &mut Shared) -> Value {
    let text = || json!({"type": "string", "maxLength": 100});
    let mut responses = json!({
        "200": {
            "description": "The stream.",
            "content": {"text/event-stream": {
                "schema": {"type": "string"},
                "example": "id: 5f3a9c0e7b2d4418:7\nevent: projects.task.created\ndata: {\"seq\":7,\"ts\":1732483800120,\"event\":{}}\n\n",
            }},
        },
        "431": {"$ref": "#/components/responses/HeadersTooLong"},
    });
    if let Some(members) = responses.as_object_mut() {
        members.extend(REFUSALS.map(|(status, codes)| (status.to_string(), shared.refusal(status, codes))));
    }
    json!({"get": {
        "operationId": "ListenToRoom",
        "tags": ["core"],
        "summary": "Tells a room's events as they happen",
        "description": HELP,
        "parameters": [
            {
                "name": "room",
                "in": "path",
                "required": true,
                "schema": {"type": "string", "maxLength": 102},
                "description": "The room, such as `project:01935fae-d5b8-7000-8000-000000000001`.",
            },
            {
                "name": "Last-Event-ID",
                "in": "header",
                "required": false,
                "schema": {"type": "string", "maxLength": 100, "pattern": "^[ -~]*$"},
                "description": "The `id` of the last event of a former stream.",
            },
            query("last_event_id", text(), "The same, for clients that can't send the header."),
            query("epoch", text(), "The mark of the room's log, as a socket was told it."),
            query("after_seq", json!({"type": "integer", "minimum": 0}), "The last event that a socket was told."),
        ],
        "responses": responses,
        "x-permission": "what joining the room needs",
    }})
}
