//! The errands of the house: `cargo xtask start`, `test` and `prove`. It runs the tools that a person
//! would run by hand and says what it does; it holds no logic of the product and depends on no crate.

mod console;
mod cql;
mod error;
mod help;
mod house;
mod loopback;
mod nats;
mod prove;
mod start;
mod steps;
mod test;
mod today;
mod tools;

use error::{Error, Result};
use house::House;
use std::process::ExitCode;

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    match run(&words) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            console::say(&error.to_string());
            ExitCode::from(error.exit_code())
        }
    }
}

fn run(words: &[String]) -> Result<()> {
    let (command, rest) = words.split_first().map_or(("help", words), |(first, rest)| (first.as_str(), rest));
    match command {
        "start" => start::run(&House::find()?, rest),
        "test" => test::run(&House::find()?, rest),
        "prove" => prove::run(&House::find()?, rest),
        "help" | "--help" | "-h" => {
            help::show();
            Ok(())
        }
        other => Err(Error::Usage(format!("there is no command `{other}`"))),
    }
}
