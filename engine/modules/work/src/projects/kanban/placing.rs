//! Where on the board a card goes: between the cards its mover saw, or at the end of a column. Where no
//! rank is left between them, the cards around are spread out again.

use super::rank;
use crate::projects::{
    rooms::of_project,
    tables::{ProjectId, Task, TaskId},
    words::TaskStatus,
};
use bytes::Bytes;
use engine::{Context, Error, Result};
use schema::key::KeyWriter;
use serde::Deserialize;

/// Cards on each side of a gap that are spread out together, and the bytes of text they may hold: a
/// change is bounded.
const AROUND_MAX: usize = 16;
const AROUND_BYTES_MAX: usize = 20_000;
/// How far apart cards are put at the end of a column: by lot, so that people who add cards at the same
/// moment hardly ever give two of them one rank.
const STEP_MAX: u64 = 1_000_000;

/// A card as its column knows it.
#[derive(Deserialize, Clone, Debug)]
struct Card {
    id: TaskId,
    status: TaskStatus,
    rank: String,
}

impl Card {
    fn of(task: &Task) -> Self {
        Self { id: task.id, status: task.status, rank: task.rank.clone() }
    }

    fn place(&self) -> Bytes {
        KeyWriter::new().with(&self.status).with(&self.rank).with(&self.id).finish()
    }
}

/// A rank, and the cards that must make room for it.
pub(crate) struct Place {
    /// The rank.
    pub(crate) rank: String,
    /// Tasks with their new ranks; empty almost always.
    pub(super) moved_over: Vec<(Task, String)>,
}

/// Where the mover wants a card.
pub(crate) struct Wish {
    /// The column.
    pub(crate) column: TaskStatus,
    /// The card it shall stand after.
    pub(crate) after: Option<TaskId>,
    /// The card it shall stand before.
    pub(crate) before: Option<TaskId>,
}

/// One column of a project's board, without the card that is being placed.
struct Column<'a> {
    cx: &'a Context,
    project: ProjectId,
    status: TaskStatus,
    without: Option<TaskId>,
}

/// The rank after the last card of a column.
pub(crate) async fn at_the_end(
    cx: &Context,
    project: ProjectId,
    status: TaskStatus,
    without: Option<TaskId>,
) -> Result<String> {
    let column = Column { cx, project, status, without };
    let last = column.above(None, 1).await?.pop();
    Ok(rank::after(last.as_ref().map(|card| card.rank.as_str()), 1 + cx.clock().below(STEP_MAX)))
}

/// The rank a card gets where its mover wants it. A neighbour that has left the column meanwhile no
/// longer counts; where none is left, the card goes to the end.
pub(crate) async fn at(cx: &Context, task: &Task, wish: &Wish) -> Result<Place> {
    let column = Column { cx, project: task.project_id, status: wish.column, without: Some(task.id) };
    let after = column.neighbour(wish.after, "/after_id").await?;
    let before = column.neighbour(wish.before, "/before_id").await?;
    let (after, before) = match (after, before) {
        (Some(after), Some(before)) if after.place() < before.place() => (Some(after), Some(before)),
        (Some(after), _) => {
            let next = column.below(&after, 1).await?.pop();
            (Some(after), next)
        }
        (None, Some(before)) => (column.above(Some(&before), 1).await?.pop(), Some(before)),
        (None, None) => (None, None),
    };
    if before.is_none() {
        let rank = at_the_end(cx, task.project_id, wish.column, Some(task.id)).await?;
        return Ok(Place { rank, moved_over: Vec::new() });
    }
    let bound = |card: &Option<Card>| card.as_ref().map(|card| card.rank.clone());
    match rank::between(bound(&after).as_deref(), bound(&before).as_deref()) {
        Some(rank) if rank.len() <= rank::LENGTH_MAX => Ok(Place { rank, moved_over: Vec::new() }),
        _ => column.spread_around(after, before).await,
    }
}

/// The cards on one side of a gap that are spread out, nearest first, and the rank that bounds them.
struct Side {
    tasks: Vec<Task>,
    bound: Option<String>,
}

impl Column<'_> {
    /// A card the mover named, while it is still in this column.
    async fn neighbour(&self, named: Option<TaskId>, pointer: &str) -> Result<Option<Card>> {
        let Some(id) = named.filter(|id| Some(*id) != self.without) else { return Ok(None) };
        let task: Option<Task> = self.cx.by_id(&of_project(self.project), id).await?;
        let task = task.ok_or_else(|| Error::field(pointer, "unknown", "no such task in this project"))?;
        Ok(Some(Card::of(&task)).filter(|card| card.status == self.status))
    }

    /// Cards above one, nearest first; from the end of the column where none is named.
    async fn above(&self, card: Option<&Card>, count: usize) -> Result<Vec<Card>> {
        let column = KeyWriter::new().with(&self.status).finish();
        self.cards(count, |range| {
            let range = range.starting_with(&column).backward();
            match card {
                Some(card) => range.before(card.place()),
                None => range,
            }
        })
        .await
    }

    /// Cards below one, nearest first.
    async fn below(&self, card: &Card, count: usize) -> Result<Vec<Card>> {
        let column = KeyWriter::new().with(&self.status).finish();
        self.cards(count, |range| range.starting_with(&column).after(card.place())).await
    }

    async fn cards(
        &self,
        count: usize,
        narrow: impl FnOnce(storage::Range) -> storage::Range + Send,
    ) -> Result<Vec<Card>> {
        let within = KeyWriter::new().with(&self.project);
        // One more, because the card that is being placed may be among them.
        let entries = self.cx.index::<Task>("board", within, count + 1, narrow).await?;
        let cards = entries.into_iter().filter_map(|entry| serde_json::from_value::<Card>(entry).ok());
        Ok(cards.filter(|card| Some(card.id) != self.without).take(count).collect())
    }

    /// Spreads the cards around a gap out evenly, with a place for one more in it.
    async fn spread_around(&self, after: Option<Card>, before: Option<Card>) -> Result<Place> {
        let above = match &after {
            Some(card) => self.above(Some(card), AROUND_MAX).await?,
            None => Vec::new(),
        };
        let below = match &before {
            Some(card) => self.below(card, AROUND_MAX).await?,
            None => Vec::new(),
        };
        let above = self.side(after.into_iter().chain(above)).await?;
        let below = self.side(before.into_iter().chain(below)).await?;
        let count = above.tasks.len() + below.tasks.len() + 1;
        let mut ranks = rank::spread(above.bound.as_deref(), below.bound.as_deref(), count);
        if ranks.len() != count {
            return Err(Error::rule("there is no place between these cards; move another one first"));
        }
        let rank = ranks.remove(above.tasks.len());
        let tasks = above.tasks.into_iter().rev().chain(below.tasks);
        Ok(Place { rank, moved_over: tasks.zip(ranks).collect() })
    }

    async fn side(&self, nearest_first: impl Iterator<Item = Card>) -> Result<Side> {
        let mut side = Side { tasks: Vec::new(), bound: None };
        let mut bytes = 0;
        for card in nearest_first {
            let task: Option<Task> = self.cx.by_id(&of_project(self.project), card.id).await?;
            let Some(task) = task else { continue };
            bytes += task.description.len();
            if side.tasks.len() == AROUND_MAX || (bytes > AROUND_BYTES_MAX && !side.tasks.is_empty()) {
                side.bound = Some(card.rank);
                break;
            }
            side.tasks.push(task);
        }
        Ok(side)
    }
}
