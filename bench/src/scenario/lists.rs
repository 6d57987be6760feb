//! `lists`: a large project's tasks in each of their orders, both ways, from the top and from deep inside; three
//! conditions and a total over a smaller one; and the first page that a server shows after it was started. One
//! question at a time, so that a latency is what an answer takes and not what it waits.

mod pages;

use super::{
    Bench,
    stage::{conditions, grouped_size},
};
use crate::{
    clock::now_us,
    console,
    error::{Error, Result},
    histogram::Histogram,
    http::Http,
    meter::{Meter, Watched},
    number::{count, float},
    report::outcome::{Outcome, Unit},
    server::Server,
};
use pages::Asker;
use std::time::Duration;

/// One person for each of the two projects.
const PROJECTS: usize = 2;
/// The order that an index keeps, and some that the server keeps in memory.
const ORDERS: [&str; 8] =
    ["rank", "due_at", "priority", "title", "number", "created_at", "updated_at", "-priority,due_at"];
/// Three conditions, of which each leaves a part.
const CONDITIONS: &str = "status=todo,in_progress&priority=high,critical&due_at__isnull=false";
/// What a page may take, in microseconds: of any order; with three conditions and a total; the first after a start.
const PAGE_US: u64 = 10_000;
const TOTAL_US: u64 = 25_000;
const COLD_US: f64 = 300_000.0;

/// What can be chosen.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Options {
    /// Tasks of the project whose orders are asked for
    #[arg(long, default_value_t = 100_000)]
    tasks: usize,
    /// Tasks of the project whose total is asked for
    #[arg(long, default_value_t = 20_000)]
    counted: usize,
    /// How often each question is asked
    #[arg(long, default_value_t = 200)]
    asks: usize,
    /// How many pages of a hundred are turned to get deep inside
    #[arg(long, default_value_t = 100)]
    depth: usize,
    /// How often the server is started anew
    #[arg(long, default_value_t = 3)]
    starts: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self { tasks: 100_000, counted: 20_000, asks: 200, depth: 100, starts: 3 }
    }
}

impl Options {
    pub(super) fn setting(&self) -> String {
        format!(
            "20 of {} tasks in {} orders, both ways, {} times each; a total of {}",
            grouped_size(self.tasks),
            ORDERS.len(),
            self.asks,
            grouped_size(self.counted)
        )
    }

    pub(super) async fn run(&self, bench: &Bench) -> Result<Outcome> {
        let tasks = [self.tasks, self.counted];
        console::progress(format!("seeding {} tasks", grouped_size(self.tasks + self.counted)));
        let began = now_us();
        let mut server = Server::set_up_with(&bench.host, PROJECTS, PROJECTS, &tasks).await?;
        let mut outcome = Outcome::default();
        outcome.condition("seeding and the first start", float(now_us() - began) / 1e6, Unit::Seconds);
        let seats = crate::seats::read(&server.tokens, PROJECTS)?;
        let [large, small] = seats.as_slice() else {
            return Err(Error::answer("reading the tokens", "two people were to be seeded"));
        };
        let (large, small) = (Asker::new(large), Asker::new(small));
        let meter = Meter::start(Watched::one(server.pid), Vec::new(), Vec::new());
        let before = meter.mark();

        let mut http = Http::open(server.address).await?;
        let mut whole = true;
        for order in ORDERS {
            console::progress(format!("in the order of {order}"));
            whole &= self.ask_in_order(&mut outcome, &mut http, &large, order).await?;
        }
        console::progress("with three conditions and a total");
        for (name, query) in
            [("and a total", String::new()), ("and a total, in another order", "&sort=-due_at".into())]
        {
            let query = format!("limit=20&{CONDITIONS}&with_total=true{query}");
            let first = small.page(&mut http, &query).await?;
            outcome.figure(format!("three conditions {name}: found"), total_of(&first), Unit::Count);
            let asked = small.ask(&mut http, &query, self.asks).await?;
            outcome.latency(format!("three conditions {name}"), asked).p99_at_most(TOTAL_US);
        }
        let used = meter.mark().since(&before);
        outcome.audit("every page was whole", whole, format!("20 rows in each of {} orders", ORDERS.len()));
        self.start_anew(&mut outcome, &mut server, &large).await?;
        server.stop().await;
        conditions(&mut outcome, &used, None);
        outcome.percentiles("A page of 20", &ORDERS);
        outcome.figure("tasks in the large project", float(count(self.tasks)), Unit::Count);
        Ok(outcome)
    }

    /// Asks for pages in one order, both ways, from the top and from deep inside; answers whether each was whole.
    async fn ask_in_order(
        &self,
        outcome: &mut Outcome,
        http: &mut Http,
        asker: &Asker,
        order: &str,
    ) -> Result<bool> {
        let (mut taken, mut whole) = (Histogram::new(), true);
        let first = now_us();
        for way in [order.to_owned(), pages::turned(order)] {
            let top = format!("sort={way}");
            let cursor = asker.cursor_after(http, &top, self.depth).await?;
            if way == order {
                // The first question of an order may have to put the rows into it.
                let once = now_us() - first;
                outcome.condition(
                    format!("{order}: {} pages deep, at first", self.depth),
                    float(once),
                    Unit::Micros,
                );
            }
            for query in [format!("limit=20&{top}"), format!("limit=20&{top}&cursor={cursor}")] {
                whole &= asker.page(http, &query).await?.data.len() == self.tasks.min(20);
                taken.merge(&asker.ask(http, &query, self.asks).await?);
            }
        }
        outcome.latency(order, taken).p99_at_most(PAGE_US);
        Ok(whole)
    }

    /// Starts the server again and again, and asks for one page each time.
    async fn start_anew(&self, outcome: &mut Outcome, server: &mut Server, asker: &Asker) -> Result<()> {
        for (name, order, most) in
            [("the first page after a start", "rank", Some(COLD_US)), ("in another order", "due_at", None)]
        {
            let mut taken = Histogram::new();
            for _ in 0..self.starts {
                console::progress(format!("{name}: starting"));
                server.kill().await?;
                server.start_again().await?;
                // What a start does besides is over.
                tokio::time::sleep(Duration::from_secs(1)).await;
                let mut http = Http::open(server.address).await?;
                taken.merge(&asker.ask(&mut http, &format!("limit=20&sort={order}"), 1).await?);
            }
            let longest = float(taken.summary().max);
            let figure = outcome.figure(format!("{name}, the longest"), longest, Unit::Micros);
            most.into_iter().for_each(|most| figure.target(crate::report::outcome::Target::AtMost(most)));
        }
        Ok(())
    }
}

fn total_of(page: &pages::Page) -> f64 {
    float(page.page.total.unwrap_or_default())
}
