//! Commits a second on a CQL server, of one room and of many: through the store, and by the bare driver on the same
//! server in turn. A commit of the store is a conditional row of the log, which holds all that follows from it a
//! second time, and then a row of a table.
//!
//! ```sh
//! tests/cql/serve target/cql-server/jars target/commits-data      # in another terminal; or a server that runs
//! cargo bench -p bench --bench commits -- 127.0.0.1:9042          # the address, and how many copies it keeps: 1
//! ```

mod side;

use schema::{clock::Clock, room::RoomId};
use side::Side;
use std::{
    error::Error,
    io::{self, Write as _},
    time::Duration,
};
use storage::{Store, scylla::Config};
use tokio::{runtime::Builder, task::JoinSet, time::Instant};

type Failed = Box<dyn Error + Send + Sync>;

/// How many rooms commit at the same time, each one commit after another.
const ROOMS: [usize; 2] = [1, 64];
/// How often each side has its turn.
const ROUNDS: usize = 7;
/// How long a turn is.
const TURN: Duration = Duration::from_secs(5);
/// How long everything runs beforehand, uncounted: the server compiles what it runs often.
const WARM_UP: Duration = Duration::from_secs(20);

/// What one side did in one turn.
struct Turn {
    /// Commits a second.
    rate: f64,
    /// How long each took.
    took: Vec<Duration>,
}

/// A room and how far it is.
struct Place {
    room: RoomId,
    commits: u64,
}

fn main() -> Result<(), Failed> {
    Builder::new_multi_thread().worker_threads(2).enable_all().build()?.block_on(measure())
}

async fn measure() -> Result<(), Failed> {
    // Cargo hands over a flag of its own.
    let mut arguments = std::env::args().skip(1).filter(|argument| argument != "--bench");
    let address =
        arguments.next().ok_or("name a CQL server: cargo bench -p bench --bench commits -- HOST:PORT")?;
    let copies = arguments.next().map_or(Ok(1), |copies| copies.parse())?;
    say(&format!("the CQL server at {address}, copies of everything: {copies}"))?;

    let keyspace = format!("commits_{}", Clock::system().new_id::<()>().uuid().simple());
    let config =
        Config { nodes: vec![address.clone()], keyspace, replication_factor: copies, ..Config::default() };
    Store::migrate(&config, &[]).await?;
    let store = Side::Store(Store::connect(&config, &[], Clock::system()).await?);
    let [whole, alone] = side::drivers(&address, &config.keyspace, copies).await?;
    for rooms in ROOMS {
        compare(rooms, [&store, &whole, &alone]).await?;
    }
    Ok(())
}

/// Lets the sides take turns, and says what each of them did.
async fn compare(rooms: usize, sides: [&Side; 3]) -> Result<(), Failed> {
    let mut places = sides.map(|_| (0..rooms).map(|_| Place::anew()).collect::<Vec<_>>());
    for (side, places) in sides.iter().zip(&mut places) {
        take_turn(side, places, WARM_UP / 3).await?;
    }
    let mut turns = sides.map(|_| Vec::with_capacity(ROUNDS));
    for round in 0..ROUNDS {
        // Whoever goes first finds the machine as the one before left it.
        for at in 0..sides.len() {
            let at = (at + round) % sides.len();
            let (Some(side), Some(places), Some(turns)) =
                (sides.get(at), places.get_mut(at), turns.get_mut(at))
            else {
                continue;
            };
            turns.push(take_turn(side, places, TURN).await?);
        }
    }
    let [store, drivers @ ..] = &turns;
    say(&format!(
        "\n{rooms} {} · {ROUNDS} turns of {} s each",
        if rooms == 1 { "room" } else { "rooms" },
        TURN.as_secs()
    ))?;
    for (side, turns) in sides.iter().zip(&turns) {
        let rates = Spread::of(turns.iter().map(|turn| turn.rate));
        let mut took: Vec<Duration> = turns.iter().flat_map(|turn| turn.took.iter().copied()).collect();
        took.sort_unstable();
        let [half, most] = [50, 99].map(|percent| millis(&took, percent));
        say(&format!(
            "  {:<52}{:>7.0} /s ({:.0} to {:.0})   p50 {half:.1} ms   p99 {most:.1} ms",
            side.is(),
            rates.median,
            rates.least,
            rates.most
        ))?;
    }
    for (side, turns) in sides.iter().skip(1).zip(drivers) {
        let ratios = Spread::of(store.iter().zip(turns).map(|(ours, theirs)| ours.rate / theirs.rate));
        say(&format!(
            "  the store beside {:<35}{:>7.2} ×  ({:.2} to {:.2})",
            side.is(),
            ratios.median,
            ratios.least,
            ratios.most
        ))?;
    }
    Ok(())
}

async fn take_turn(side: &Side, places: &mut Vec<Place>, turn: Duration) -> Result<Turn, Failed> {
    let began = Instant::now();
    let mut rooms = JoinSet::new();
    for place in places.drain(..) {
        rooms.spawn(commit(side.clone(), place, began + turn));
    }
    let mut took = Vec::new();
    while let Some(room) = rooms.join_next().await {
        let (place, each) = room??;
        places.push(place);
        took.extend(each);
    }
    let rate = float(took.len()) / began.elapsed().as_secs_f64();
    Ok(Turn { rate, took })
}

/// One commit after another until then.
async fn commit(side: Side, mut place: Place, until: Instant) -> Result<(Place, Vec<Duration>), Failed> {
    let mut took = Vec::new();
    while Instant::now() < until {
        let began = Instant::now();
        place.commits += 1;
        side.commit(&place.room, place.commits).await?;
        took.push(began.elapsed());
    }
    Ok((place, took))
}

impl Place {
    fn anew() -> Self {
        Self { room: RoomId::new("project", Clock::system().new_id::<()>().uuid()), commits: 0 }
    }
}

/// The middle of some numbers, and their ends.
struct Spread {
    median: f64,
    least: f64,
    most: f64,
}

impl Spread {
    fn of(numbers: impl Iterator<Item = f64>) -> Self {
        let mut numbers: Vec<f64> = numbers.collect();
        numbers.sort_by(f64::total_cmp);
        let at = |place: usize| numbers.get(place).copied().unwrap_or(f64::NAN);
        Self { median: at(numbers.len() / 2), least: at(0), most: at(numbers.len().saturating_sub(1)) }
    }
}

/// A percentile of sorted durations, in milliseconds.
fn millis(sorted: &[Duration], percent: usize) -> f64 {
    let at = sorted.len().saturating_mul(percent) / 100;
    sorted.get(at).map_or(f64::NAN, |took| took.as_secs_f64() * 1e3)
}

fn float(count: usize) -> f64 {
    u32::try_from(count).map_or(f64::INFINITY, f64::from)
}

fn say(line: &str) -> io::Result<()> {
    writeln!(io::stdout().lock(), "{line}")
}
