//! The room of a project: who hears it, and how somebody stands towards it.

use super::tables::{Project, ProjectId, ProjectMember};
use actors::{BoxFuture, Policy};
use engine::{Action, Needs, Reader, Result, RoomKind, Standing};
use schema::{caller::Caller, change::Guard, id::UserId, key::KeyWriter, room::RoomId, table::Row as _};

/// One room a project: order, presence, and who types or looks at what.
pub const PROJECT: RoomKind = RoomKind {
    kind: "project",
    policy: Some(Policy { presence: true, hooks: false, whispers: &["typing", "viewing"] }),
    hears: Needs::Level(Action::Read),
    standing,
    greeting: None,
    joined: None,
    left: None,
};

/// The room of a project.
#[must_use]
pub fn of_project(project: ProjectId) -> RoomId {
    RoomId::new("project", project.uuid())
}

/// Somebody's membership, whether they are still there or not.
///
/// # Errors
/// When the store fails.
pub(super) async fn membership(
    reader: &Reader,
    project: ProjectId,
    user: UserId,
) -> Result<Option<ProjectMember>> {
    reader.get(&of_project(project), KeyWriter::new().with(&project).with(&user)).await
}

/// A member's standing is in the membership, which is also what a commit made on it relies on, while the project is
/// not in the trash.
fn standing<'a>(
    reader: &'a Reader,
    caller: &'a Caller,
    room: &'a RoomId,
) -> BoxFuture<'a, Result<Option<Standing>>> {
    Box::pin(async move {
        let id = ProjectId::new(room.id());
        let Some(project) = reader.by_id::<Project>(room, id).await? else { return Ok(None) };
        if !project.is_kept() {
            // In the trash it is nobody's: only a level that covers all projects finds it.
            return Ok(Some(Standing { own: false, open: false, ..Standing::in_org(project.org_id) }));
        }
        if let Some(member) = membership(reader, id, caller.user).await?.filter(ProjectMember::is_active) {
            return Ok(Some(Standing {
                role: Some(member.role.word().to_owned()),
                guards: vec![Guard { key: member.key(), version: Some(member.version()) }],
                ..Standing::in_org(member.org_id)
            }));
        }
        Ok(Some(Standing {
            own: project.created_by == Some(caller.user),
            open: project.is_open_to_all(),
            ..Standing::in_org(project.org_id)
        }))
    })
}
