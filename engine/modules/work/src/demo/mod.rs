//! Projects and meetings of the demo: what the people of a youth programme are busy with, in French and in English. Its
//! words are in `scripts`; they become rows by the modules' rules, or are done by the people themselves.

mod beside;
mod called;
mod meeting;
mod project;
mod standing;
mod told;

use crate::{meetings::words::MeetingStatus, projects};
use called::Calendar;
use engine::{Engine, Result};
use people::{
    demo::{Stage, script::broken},
    rooms::of_user,
};
use schema::{id::UserId, key::KeyWriter};
use serde_json::{Value, json};
use std::{future::Future, time::Duration};
use tokio::task::JoinSet;

/// The projects, in no particular order.
const PROJECTS: [&str; 6] = [
    include_str!("scripts/jardin.txt"),
    include_str!("scripts/solar.txt"),
    include_str!("scripts/code.txt"),
    include_str!("scripts/festi.txt"),
    include_str!("scripts/radio.txt"),
    include_str!("scripts/bissap.txt"),
];
const MEETINGS: &str = include_str!("scripts/meetings.txt");
/// Who signs in first.
const FIRST: &str = "fatou";
/// How often an inbox is looked at until nothing more comes into it, and the pause before each look.
const LOOKS_MAX: u32 = 40;
const PAUSE: Duration = Duration::from_millis(25);

/// Gives the people of the demo something to do. Each room knows how far it was played: a second time all of it is found
/// done, and what was cut short goes on where it ended.
///
/// # Errors
/// When there is no organization yet, or something is refused.
pub async fn demo(engine: &Engine) -> Result<()> {
    let stage = people::demo(engine).await?.stage;
    let told = PROJECTS.into_iter().map(told::Project::read).collect::<Result<Vec<_>>>()?;
    for project in &told {
        // An older demonstration, or somebody's own project.
        let key = KeyWriter::new().with(&stage.org()).with(project.key);
        let held = engine.reader().holder::<projects::tables::Project>("key", key).await?;
        if held.is_some_and(|held| held.holder != project::id_of(&stage, project.key).uuid()) {
            return Ok(());
        }
    }
    let mut plans = Together::default();
    for told in told.clone() {
        plans.add(&stage, |stage| async move { project::Play::new(&stage, &told)?.plan().await });
    }
    plans.finish().await?;
    let calendar = Calendar::read(MEETINGS)?;
    let (held, ahead): (Vec<_>, Vec<_>) =
        calendar.meetings.into_iter().partition(|told| told.status == MeetingStatus::Completed);
    meet(&stage, held).await?;
    read_inbox(&stage).await?;
    let mut rest = Together::default();
    for told in told {
        rest.add(&stage, |stage| async move { project::Play::new(&stage, &told)?.talk().await });
    }
    for told in calendar.series {
        rest.add(&stage, |stage| async move { standing::series(&stage, &told).await });
    }
    for told in calendar.templates {
        rest.add(&stage, |stage| async move { standing::template(&stage, &told).await });
    }
    rest.finish().await?;
    meet(&stage, ahead).await
}

async fn meet(stage: &Stage, meetings: Vec<called::Meeting>) -> Result<()> {
    let mut together = Together::default();
    for told in meetings {
        together.add(stage, |stage| async move { meeting::Play { stage: &stage, told: &told }.play().await });
    }
    together.finish().await
}

/// Scenes of different rooms, played at the same time: they share each fsync.
#[derive(Default)]
struct Together(JoinSet<Result<()>>);

impl Together {
    fn add<F>(&mut self, stage: &Stage, play: impl FnOnce(Stage) -> F)
    where
        F: Future<Output = Result<()>> + Send + 'static,
    {
        self.0.spawn(play(stage.clone()));
    }

    async fn finish(mut self) -> Result<()> {
        while let Some(played) = self.0.join_next().await {
            played.map_err(|fell| broken(&fell.to_string()))??;
        }
        Ok(())
    }
}

/// Whoever signs in first has read what came up to now. Notifications come when they come: it is waited for a while
/// until no more do, and what is late stays unread.
async fn read_inbox(stage: &Stage) -> Result<()> {
    let mut scene = stage.scene(of_user(stage.user(FIRST)?), "inbox").await?;
    if scene.is_due() {
        let mut before = Value::Null;
        for _ in 0..LOOKS_MAX {
            tokio::time::sleep(PAUSE).await;
            let unread = stage.ask(FIRST, "CountUnread", json!({})).await?;
            if unread == before && unread.get("total").is_some_and(|total| *total != 0) {
                break;
            }
            before = unread;
        }
    }
    scene.call(FIRST, "MarkAllNotificationsRead", json!({})).await
}

/// What somebody says: whom `@name` means is named as people are, and told.
fn speech(stage: &Stage, words: &str) -> (String, Vec<UserId>) {
    let (mut said, mut meant) = (String::with_capacity(words.len()), Vec::new());
    let mut parts = words.split('@');
    said.push_str(parts.next().unwrap_or_default());
    for part in parts {
        let end = part.find(|letter: char| !letter.is_ascii_lowercase()).unwrap_or(part.len());
        let (name, rest) = part.split_at(end);
        said.push('@');
        match stage.person(name) {
            Ok(user) => {
                said.push_str(&user.first_name);
                meant.push(user.id);
            }
            Err(_) => said.push_str(name),
        }
        said.push_str(rest);
    }
    (said, meant)
}

#[cfg(test)]
mod tests;
