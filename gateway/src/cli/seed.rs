//! `ecosystia admin seed`: people and rooms by the thousand, made through the rooms like any others, and a
//! file of tokens for a load harness.

use super::{Failure, terminal::remark};
use clap::Args;
use gateway::{Config, house::House};
use schema::{
    clock::Clock,
    id::{OrgId, UserId},
};
use serde::Serialize;
use std::{
    fs::File,
    io::{BufWriter, Write as _},
    path::PathBuf,
};
use uuid::Uuid;

const EXAMPLES: &str = "\
Example:
  ecosystia admin seed --data target/load --users 10000 --rooms 1000 --tokens target/tokens.jsonl

The first line of the file is {organization, base}, each other line {user, token, project, meeting}. The tokens
are good for two hours. The server must be off: the data has one owner at a time.";

/// How much of what.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Seed {
    /// The data directory
    #[arg(long, value_name = "DIRECTORY")]
    data: PathBuf,
    /// How many people
    #[arg(long, value_name = "NUMBER")]
    users: usize,
    /// How many projects, and as many meetings, they are spread over
    #[arg(long, value_name = "NUMBER")]
    rooms: usize,
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
    meeting: Uuid,
}

impl Seed {
    pub(super) async fn run(self) -> Result<(), Failure> {
        let config = Config { data: self.data.clone(), ..Config::read(None, std::env::vars())? };
        let house = Box::pin(House::open(&config, Clock::system())).await?;
        let engine = &house.engine;
        let organization =
            people::first_organization(engine.reader()).await?.ok_or("there is no organization yet")?;
        let signed_in = people::seed(engine, organization, self.users).await?;
        let users: Vec<UserId> = signed_in.iter().map(|(user, _)| *user).collect();
        let places = work::seed(engine, organization, &users, self.rooms).await?;
        let write = || -> std::io::Result<()> {
            let mut file = BufWriter::new(File::create(&self.tokens)?);
            line(&mut file, &Head { organization, base: config.public_url() })?;
            // The i-th person is in the i-th room, and so round and round.
            for ((user, token), (project, meeting)) in signed_in.iter().zip(places.iter().cycle()) {
                line(&mut file, &Line { user: *user, token, project: *project, meeting: *meeting })?;
            }
            file.flush()
        };
        write().map_err(|error| format!("can't write {}: {error}", self.tokens.display()))?;
        remark(&format!(
            "{} people in {} rooms; tokens in {}",
            users.len(),
            self.rooms,
            self.tokens.display()
        ));
        Ok(())
    }
}

fn line(file: &mut impl std::io::Write, value: &impl Serialize) -> std::io::Result<()> {
    serde_json::to_writer(&mut *file, value)?;
    file.write_all(b"\n")
}
