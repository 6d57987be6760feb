//! People, their departments, skills and rights, and the organization. All of it is at home among the organization's
//! people, where nobody listens: the log is read.

use super::{
    accounts::among_people,
    floor::{Walk, id, with},
};
use crate::harness::PASSWORD;
use schema::role::Role;
use serde_json::{Value, json};
use std::sync::Arc;

const CREATED: &str = "users.user.created";
const INVITED: &str = "users.invitation.created";
const JOINED: &str = "users.department.member_added";
const LEFT: &str = "users.department.member_removed";

/// What stands behind the # of a link.
fn token(invitation: &Value) -> Value {
    let (_, token) = invitation["link"].as_str().unwrap().split_once('#').unwrap();
    token.into()
}

pub(super) async fn coming_and_going(walk: Arc<Walk>) {
    let (world, people) = (walk.apart.world.clone(), among_people(&walk).await);
    let (nobody, admin) = (world.anonymous(), world.elevated().await);
    let named =
        |email: &str| json!({"email": email, "first_name": "Sokhna", "last_name": "Ba", "role": "mentor"});
    let run =
        async |name: &str, input: Value, hears: &[&str]| walk.run(name, &admin, &people, input, hears).await;

    let mut account = named("compte@example.org");
    account["password"] = PASSWORD.into();
    let user = id(&run("CreateUser", account, &[CREATED]).await);
    run("CreateUser", named("sans.mot@example.org"), &[INVITED]).await;
    let both = json!({"invitations": [named("un@example.org"), named("deux@example.org")]});
    let invited = run("InviteUsers", both, &[INVITED]).await["data"].clone();
    let resent = json!({"invitation_id": id(&invited[0])});
    let fresh = run("ResendInvitation", resent, &["users.invitation.resent"]).await;
    let gone = json!({"invitation_id": id(&invited[1])});
    run("RevokeInvitation", gone, &["users.invitation.revoked"]).await;
    let accepted = json!({"token": token(&fresh), "password": PASSWORD});
    let told = &[CREATED, "users.invitation.accepted"];
    walk.run("AcceptInvitation", &nobody, &people, accepted, told).await;

    let about = |more: Value| with(&json!({"user_id": user}), more);
    run("ChangeRole", about(json!({"role": "trainer"})), &["users.user.role_changed"]).await;
    let overrides = json!({"overrides": [{"module": "crm", "level": "R", "reason": "Remplacement"}]});
    run("ReplacePermissions", about(overrides), &["users.permission.changed"]).await;
    let said = json!({"role": "artist", "levels": {"crm": "R"}, "reason": "Résidence"});
    run("EditRoleLevels", said, &["users.role.permissions_changed"]).await;
    run("DeleteUser", about(json!({})), &["users.user.deleted"]).await;
    run("RestoreUser", about(json!({})), &["users.user.restored"]).await;
    let to = |state: &str| about(json!({"to": state}));
    run("TransitionUser", to("suspended"), &["users.user.suspended"]).await;
    run("TransitionUser", to("active"), &["users.user.activated"]).await;
    let department = run("CreateDepartment", json!({"name": "Départ"}), &["users.department.created"]).await;
    run("EditUser", about(json!({"department_id": id(&department)})), &[JOINED]).await;
    run("TransitionUser", to("deactivated"), &["users.user.deactivated"]).await;
    run("TransitionUser", to("anonymised"), &["users.user.anonymised", LEFT]).await;
}

pub(super) async fn what_somebody_is(walk: Arc<Walk>) {
    let (world, people) = (walk.apart.world.clone(), among_people(&walk).await);
    let (admin, person) = (world.elevated().await, world.person("Coumba", Role::Student).await);
    let run =
        async |name: &str, input: Value, hears: &[&str]| walk.run(name, &admin, &people, input, hears).await;

    let profile = json!({"job_title": "Maraîchère"});
    walk.run("EditProfile", &person.client(), &people, profile, &["users.profile.updated"]).await;
    let skill = json!({"name": "Maçonnerie", "aliases": ["Bâtiment"]});
    walk.run("CreateSkill", &person.client(), &people, skill, &["users.skill.created"]).await;
    let skills = json!({"user_id": person.id, "skills": [{"name": "Soudure", "level": 4}]});
    let told = &["users.user.skills_changed", "users.skill.created"];
    walk.run("ReplaceSkills", &person.client(), &people, skills, told).await;

    let made = run("CreateDepartment", json!({"name": "Études"}), &["users.department.created"]).await;
    let department = id(&made);
    let other = json!({"department_id": department, "name": "Études et suivi"});
    run("EditDepartment", other, &["users.department.updated"]).await;
    let members = |ids: Value| json!({"department_id": department, "user_ids": ids});
    run("ReplaceDepartmentMembers", members(json!([person.id])), &[JOINED]).await;
    run("ReplaceDepartmentMembers", members(json!([])), &[LEFT]).await;
    let belongs = |to: Value| json!({"user_id": person.id, "department_id": to});
    run("EditUser", belongs(department.clone()), &["users.profile.updated", JOINED]).await;
    run("EditUser", belongs(Value::Null), &["users.profile.updated", LEFT]).await;
    run("DeleteDepartment", json!({"department_id": department}), &["users.department.deleted"]).await;
    run("EditOrganization", json!({"country": "CI"}), &["core.organization.updated"]).await;
}
