//! Whole calls beside what they replace, on a private server that writes to the disk, in one interleaved run.
//!
//! `cargo bench --manifest-path benches/Cargo.toml --bench execute` prints tables; `-- --json FILE` writes the figures, too, `-- --quick` takes fewer
//! rounds, `-- --rounds N` so many, and `-- --only durable` (or `relaxed`, `far`) measures one part of it. What is compared: see [`callers`]; what is called: see [`work`].

mod allocations;
mod block;
mod callers;
mod documents;
mod line;
mod report;
mod usage;
mod work;
mod world;

use std::time::Duration;

use block::{Block, run};
use callers::{Caller, Kind};
use report::{Condition, Sample, Samples};
use work::Mutation;
use world::World;

#[global_allocator]
static ALLOCATOR: allocations::Counting = allocations::Counting;

/// One thread for all clients: what it has used is what the client's side costs.
#[tokio::main(flavor = "current_thread")]
async fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let value =
        |name: &str| arguments.iter().position(|argument| argument == name).and_then(|at| arguments.get(at + 1));
    let quick = arguments.iter().any(|argument| argument == "--quick");
    let rounds = match value("--rounds") {
        Some(rounds) => rounds.parse().unwrap_or_else(|_| panic!("`--rounds {rounds}` is not a number")),
        None => {
            if quick {
                3
            } else {
                25
            }
        }
    };

    let world = World::open().await;
    println!("{}; {rounds} rounds, all callers in turn", world.version());
    let mut results = Vec::new();
    let conditions = Condition::of_part(value("--only").map(String::as_str));
    for condition in conditions {
        let samples = measure(&world, condition, rounds).await;
        report::print(condition, &samples);
        results.push((condition, samples));
    }
    report::print_goals(&results);
    if let Some(path) = value("--json") {
        std::fs::write(path, report::json(&results)).unwrap_or_else(|error| panic!("cannot write `{path}`: {error}"));
    }
}

/// All mutations by all callers under one condition: a round is a block of each.
async fn measure(world: &World, condition: Condition, rounds: usize) -> Samples {
    let delay = Duration::from_micros(condition.round_trip_us);
    let line = (!delay.is_zero()).then(|| line::Line::start(world.tcp_config(), delay));
    let config = line.as_ref().map_or_else(|| world.config(), line::Line::config);
    let mut crews = Vec::new();
    for kind in Kind::ALL {
        let mut crew = Vec::new();
        for _ in 0..condition.clients {
            crew.push(Caller::connect(kind, &config, condition.synchronous_commit).await);
        }
        crews.push((kind, crew));
    }

    let mut samples = Samples::default();
    // The first round warms up: statements, caches, plans.
    for round in 0..=rounds {
        for mutation in Mutation::ALL {
            for (kind, crew) in &mut crews {
                let calls = condition.calls_of_each_client();
                let orders = world.prepare(mutation, condition.clients, calls).await;
                let block: Block = run(*kind, crew, orders).await;
                if round > 0 {
                    samples.add(mutation, *kind, Sample::of(block));
                }
            }
        }
        world.tidy().await;
    }
    samples
}
