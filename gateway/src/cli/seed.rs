//! `ecosystia admin seed`: people and rooms by the thousand, made through the rooms like any others, and a
//! file of tokens for a load harness. It works on a data directory or on CQL servers, while nobody serves from
//! either.

use super::{Failure, terminal::remark};
use clap::Args;
use gateway::{Config, house::House};
use schema::{
    clock::Clock,
    id::{OrgId, UserId},
};
use serde::Serialize;
use std::{
    cell::Cell,
    fs::File,
    io::{BufWriter, Write as _},
    path::PathBuf,
    time::{Duration, Instant},
};
use uuid::Uuid;

const EXAMPLES: &str = "\
Examples:
  ecosystia admin seed --data target/load --users 10000 --rooms 1000 --tokens target/tokens.jsonl
  ecosystia admin seed --cql 127.0.0.1:9042 --users 10000 --rooms 100 --projects-only --tokens target/tokens.jsonl

The first line of the file is {organization, base}, each other line {user, token, project, meeting}. The server
must be off: what is seeded has one owner at a time. On CQL servers `ecosystia migrate` comes first.";

/// How often it is looked in the end whether all rooms have left the list of those with unfinished business, and how
/// many times: whoever is still on it when this program ends is woken by the servers that start.
const QUIET: Duration = Duration::from_secs(1);
const SETTLES_MAX: u32 = 60;
/// People between two lines that say how it goes.
const TELL_EVERY: usize = 10_000;

/// How much of what.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Seed {
    /// The data directory
    #[arg(long, value_name = "DIRECTORY")]
    data: Option<PathBuf>,
    #[cfg(feature = "cluster")]
    #[command(flatten)]
    shared: super::migrate::Shared,
    /// How many people
    #[arg(long, value_name = "NUMBER")]
    users: usize,
    /// How many projects, and as many meetings, they are spread over
    #[arg(long, value_name = "NUMBER")]
    rooms: usize,
    /// How many tasks the first projects have, in their order
    #[arg(long, value_name = "NUMBER,…", value_delimiter = ',', default_value = "1000")]
    tasks: Vec<usize>,
    /// Make no meetings
    #[arg(long)]
    projects_only: bool,
    /// For how many hours the tokens are good
    #[arg(long, value_name = "NUMBER", default_value_t = 2, value_parser = clap::value_parser!(u64).range(1..=168))]
    hours: u64,
    /// Where the tokens are written
    #[arg(long, value_name = "FILE")]
    tokens: PathBuf,
}

#[derive(Serialize)]
struct Head {
    organization: OrgId,
    base: String,
}

#[derive(Serialize)]
struct Line<'a> {
    user: UserId,
    token: &'a str,
    project: Uuid,
    #[serde(skip_serializing_if = "Option::is_none")]
    meeting: Option<Uuid>,
}

impl Seed {
    fn settings(&self) -> Result<Config, Failure> {
        let mut config = Config::read(None, std::env::vars())?;
        #[cfg(feature = "cluster")]
        self.shared.over(&mut config);
        match &self.data {
            Some(data) => config.data.clone_from(data),
            None if config.is_clustered() => {}
            None => return Err("say where the data is: --data DIRECTORY".into()),
        }
        Ok(config)
    }

    pub(super) async fn run(self) -> Result<(), Failure> {
        let config = self.settings()?;
        let house = Box::pin(House::open(&config, Clock::system())).await?;
        let engine = &house.engine;
        let organization =
            people::first_organization(engine.reader()).await?.ok_or("there is no organization yet")?;
        let begun = Instant::now();
        let lifetime = Duration::from_secs(self.hours * 3_600);
        let signed_in = people::seed_for(engine, organization, self.users, lifetime, progress(begun)).await?;
        remark(&format!("{} people signed in after {:.1} s", signed_in.len(), begun.elapsed().as_secs_f64()));
        let users: Vec<UserId> = signed_in.iter().map(|(user, _)| *user).collect();
        let projects = work::seed_projects(engine, organization, &users, self.rooms, &self.tasks).await?;
        let meetings = match self.projects_only {
            true => Vec::new(),
            false => work::seed_meetings(engine, organization, &users, self.rooms).await?,
        };
        // Whoever starts on this data shall not find every room in the middle of something.
        for _ in 0..SETTLES_MAX {
            tokio::time::sleep(QUIET).await;
            if engine.node().settle_down().await.is_ok_and(|open| open == 0) {
                break;
            }
        }
        let write = || -> std::io::Result<()> {
            let mut file = BufWriter::new(File::create(&self.tokens)?);
            line(&mut file, &Head { organization, base: config.public_url() })?;
            // The i-th person is in the i-th room, and so round and round.
            let places = projects.iter().enumerate().cycle();
            for ((user, token), (place, project)) in signed_in.iter().zip(places) {
                let meeting = meetings.get(place).copied();
                line(&mut file, &Line { user: *user, token, project: *project, meeting })?;
            }
            file.flush()
        };
        write().map_err(|error| format!("can't write {}: {error}", self.tokens.display()))?;
        remark(&format!(
            "{} people in {} rooms after {:.1} s; tokens in {}",
            users.len(),
            self.rooms,
            begun.elapsed().as_secs_f64(),
            self.tokens.display()
        ));
        Ok(())
    }
}

/// Says how far it is, every few thousand people.
fn progress(begun: Instant) -> impl Fn(usize) {
    let next = Cell::new(TELL_EVERY);
    move |people| {
        if people >= next.get() {
            next.set(people + TELL_EVERY);
            remark(&format!("{people} people after {:.1} s", begun.elapsed().as_secs_f64()));
        }
    }
}

fn line(file: &mut impl std::io::Write, value: &impl Serialize) -> std::io::Result<()> {
    serde_json::to_writer(&mut *file, value)?;
    file.write_all(b"\n")
}
