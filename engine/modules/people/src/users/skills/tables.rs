//! Skills: the organization's words for what people can do, and who can do it how well.

use schema::{
    id::{Id, OrgId, UserId},
    row,
};

/// A skill's id.
pub type SkillId = Id<Skill>;

/// A skill. Its name is new in the organization, however it is written.
#[row(name = "skills", id = 20, entity = "skill", home = "org", by = "org_id", topic = "users")]
#[table(index(name = "by_name", within = "org_id", sort = "name_folded", carry = "name, aliases, version"))]
#[table(unique(name = "name", on = "org_id, name_folded"))]
#[table(words = "name, aliases")]
pub struct Skill {
    /// The organization.
    pub org_id: OrgId,
    /// Up to 100 characters.
    pub name: String,
    /// The name as names are compared.
    pub name_folded: String,
    /// Other names of the same.
    pub aliases: Vec<String>,
}

/// How well somebody can do something.
#[row(
    name = "user_skills",
    id = 21,
    entity = "user_skill",
    home = "org",
    by = "org_id",
    topic = "users",
    key = "user_id, skill_id"
)]
#[table(index(name = "by_skill", within = "skill_id", sort = "level", carry = "user_id"))]
pub struct UserSkill {
    /// The organization.
    pub org_id: OrgId,
    /// Who.
    pub user_id: UserId,
    /// What.
    pub skill_id: SkillId,
    /// From 1, a beginner, to 5, a master.
    pub level: u32,
}
