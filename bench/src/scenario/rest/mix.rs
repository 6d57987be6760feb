//! Which requests are made, by whom and about what. One project is read and holds a known number of
//! tasks; creating happens in the others, so that what is read stays the same size.

use super::load::Load;
use crate::{
    error::{Error, Result},
    http::{Answer, Http},
    seats::Seat,
};
use rand::{Rng as _, SeedableRng as _, rngs::SmallRng};
use serde::Deserialize;
use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};
use uuid::Uuid;

/// A kind of request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Request {
    /// A task is created.
    Create,
    /// One task is read.
    Task,
    /// The first 20 tasks of a project are listed.
    List,
    /// A project's board is read.
    Board,
}

impl Request {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Create => "a new task",
            Self::Task => "a task",
            Self::List => "a list of 20",
            Self::Board => "a board",
        }
    }

    /// How often it is made, of ten requests of a mix.
    const fn share(self) -> u32 {
        match self {
            Self::Create => 10,
            Self::Task => 6,
            Self::List => 3,
            Self::Board => 1,
        }
    }
}

/// A created task, as much of it as is needed.
#[derive(Deserialize)]
struct Created {
    id: Uuid,
}

/// Who asks for what.
pub(super) struct Mix {
    read_by: Vec<Seat>,
    created_by: Vec<Seat>,
    tasks: Vec<Uuid>,
    chance: RefCell<SmallRng>,
    next: Cell<u64>,
}

impl Mix {
    /// The people of the first seat's project read, all others create.
    pub(super) fn new(seats: Vec<Seat>, seed: u64) -> Self {
        let read = seats.first().map(|seat| seat.project);
        let (read_by, created_by) = seats.into_iter().partition(|seat| Some(seat.project) == read);
        Self {
            read_by,
            created_by,
            tasks: Vec::new(),
            chance: RefCell::new(SmallRng::seed_from_u64(seed)),
            next: Cell::default(),
        }
    }

    /// Creates the tasks that will be read.
    pub(super) async fn fill(&mut self, load: &Rc<Load>, tasks: usize) -> Result<()> {
        let mut http = load.take().await;
        for _ in 0..tasks {
            let seat = self.pick(&self.read_by)?;
            let created: Created = self.create(http.line()?, seat).await?.json("creating a task to read")?;
            self.tasks.push(created.id);
        }
        Ok(())
    }

    /// One of these kinds, as often as its share says.
    pub(super) fn choose(&self, kinds: &[Request]) -> Request {
        let total: u32 = kinds.iter().map(|kind| kind.share()).sum();
        let mut lot = self.chance.borrow_mut().random_range(0..total.max(1));
        for kind in kinds {
            match lot.checked_sub(kind.share()) {
                Some(rest) => lot = rest,
                None => return *kind,
            }
        }
        Request::Task
    }

    /// Makes a request.
    pub(super) async fn make(&self, http: &mut Http, kind: Request) -> Result<Answer> {
        if kind == Request::Create {
            let seat = self.pick(&self.created_by)?;
            return self.create(http, seat).await;
        }
        let seat = self.pick(&self.read_by)?;
        let project = seat.project;
        let path = match kind {
            Request::Create | Request::Task => format!("/api/v1/projects/tasks/{}/", self.pick(&self.tasks)?),
            Request::List => format!("/api/v1/projects/{project}/tasks/?limit=20"),
            Request::Board => format!("/api/v1/projects/{project}/board/"),
        };
        http.get(&path, Some(&seat.token)).await
    }

    async fn create(&self, http: &mut Http, seat: &Seat) -> Result<Answer> {
        let number = self.next.replace(self.next.get() + 1);
        let path = format!("/api/v1/projects/{}/tasks/", seat.project);
        let body = serde_json::json!({ "title": format!("Proofs for the spring campaign, sheet {number}") });
        http.post(&path, &seat.token, &format!("bench-{number}"), body.to_string()).await
    }

    fn pick<'a, T>(&self, from: &'a [T]) -> Result<&'a T> {
        let place = self.chance.borrow_mut().random_range(0..from.len().max(1));
        from.get(place)
            .ok_or_else(|| Error::answer("choosing a request", "the seeded people share one project"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mix_keeps_its_shares() {
        let mix = Mix::new(Vec::new(), 3);
        let kinds = [Request::Task, Request::List, Request::Board];

        let chosen: Vec<_> = (0..10_000).map(|_| mix.choose(&kinds)).collect();

        for kind in kinds {
            let share = chosen.iter().filter(|each| **each == kind).count();
            let expected = usize::try_from(kind.share()).unwrap() * 1_000;
            assert!(share.abs_diff(expected) < 200, "{kind:?}: {share}");
        }
    }
}
