//! The tree of departments: at most five levels, and no department below itself. Pure.

use super::tables::{Department, DepartmentId};
use engine::{Error, Result};

/// Levels of the tree.
pub(super) const LEVELS_MAX: usize = 5;

/// The departments above one, the nearest first: what a decision about its place leans on.
fn above(all: &[Department], from: Option<DepartmentId>) -> Vec<&Department> {
    let mut found: Vec<&Department> = Vec::new();
    let mut next = from;
    // A circle can't be, and would end here all the same.
    while let Some(department) = next.and_then(|id| all.iter().find(|one| one.id == id))
        && found.len() < all.len()
    {
        found.push(department);
        next = department.parent_id;
    }
    found
}

/// How many levels a department takes with all that is below it.
fn height(all: &[Department], id: DepartmentId, left: usize) -> usize {
    let below = all.iter().filter(|one| one.parent_id == Some(id));
    let deepest = below.map(|one| if left == 0 { 0 } else { height(all, one.id, left - 1) }).max();
    1 + deepest.unwrap_or(0)
}

/// Whether a department may stand right below another; answers what that leans on, the nearest first.
///
/// # Errors
/// `validation` for a parent that is not there, `rule-violation` for a circle and for a sixth level.
pub(super) fn place(
    all: &[Department],
    id: DepartmentId,
    parent: Option<DepartmentId>,
) -> Result<Vec<&Department>> {
    let line = above(all, parent);
    if parent.is_some() && line.is_empty() {
        return Err(Error::field("/parent_id", "unknown", "no such department"));
    }
    if line.iter().any(|one| one.id == id) {
        return Err(Error::rule("a department does not belong to itself, not even through others"));
    }
    if line.len() + height(all, id, LEVELS_MAX) > LEVELS_MAX {
        return Err(Error::rule(format!("a tree of departments has {LEVELS_MAX} levels at most")));
    }
    Ok(line)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use schema::{code::Code, id::Id};
    use uuid::Uuid;

    fn id(number: usize) -> DepartmentId {
        Id::new(Uuid::from_u128(u128::try_from(number).unwrap() + 1))
    }

    fn tree(parents: &[Option<usize>]) -> Vec<Department> {
        let one = |(at, parent): (usize, &Option<usize>)| Department {
            id: id(at),
            parent_id: parent.map(id),
            ..Department::default()
        };
        parents.iter().enumerate().map(one).collect()
    }

    #[test]
    fn the_fifth_level_is_the_last() {
        let all = tree(&[None, Some(0), Some(1), Some(2), Some(3)]);

        assert!(place(&all, id(9), Some(id(3))).is_ok());
        assert_eq!(place(&all, id(9), Some(id(4))).unwrap_err().code(), Code::RuleViolation);
        assert_eq!(place(&all, id(9), Some(id(8))).unwrap_err().code(), Code::Validation);
    }

    proptest! {
        #[test]
        fn whatever_is_moved_where_it_may_leaves_a_tree_of_five_levels(
            moves in proptest::collection::vec((0_usize..8, proptest::option::of(0_usize..8)), 0..40),
        ) {
            let mut all = tree(&[None; 8]);
            for (which, to) in moves {
                if place(&all, id(which), to.map(id)).is_ok() {
                    all[which].parent_id = to.map(id);
                }
                for one in &all {
                    let line = above(&all, Some(one.id));
                    prop_assert!(line.len() <= LEVELS_MAX);
                    prop_assert!(line.last().unwrap().parent_id.is_none(), "a line ends at the top");
                }
            }
        }
    }
}
