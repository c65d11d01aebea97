//! A block: one crew does one kind of job, all clients at once.

use std::time::{Duration, Instant};

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;

use crate::callers::{Caller, Kind};
use crate::work::Job;
use crate::{allocations, usage};

/// What a block took, in all.
pub struct Block {
    pub clients: usize,
    pub latencies: Vec<Duration>,
    pub elapsed: Duration,
    pub client_cpu: Duration,
    pub server_cpu: Duration,
    pub allocations: u64,
}

/// Lets each client of the crew do its jobs, one after the other.
pub async fn run(kind: Kind, crew: &mut [Caller], jobs: Vec<Vec<Job>>) -> Block {
    let backends: Vec<i32> = crew.iter().map(Caller::backend).collect();
    let server = || backends.iter().map(|backend| usage::of(*backend)).sum::<Duration>();
    let clients = crew.len();
    let (server_before, client_before, allocations_before) =
        (server(), usage::of_this_process(), allocations::so_far());
    let started = Instant::now();
    let mut working: FuturesUnordered<_> =
        crew.iter_mut().zip(jobs).map(|(caller, jobs)| work(kind, caller, jobs)).collect();
    let mut latencies = Vec::new();
    while let Some(of_one) = working.next().await {
        latencies.extend(of_one);
    }
    Block {
        clients,
        latencies,
        elapsed: started.elapsed(),
        client_cpu: usage::of_this_process() - client_before,
        server_cpu: server() - server_before,
        allocations: allocations::so_far() - allocations_before,
    }
}

async fn work(kind: Kind, caller: &mut Caller, jobs: Vec<Job>) -> Vec<Duration> {
    let mut latencies = Vec::with_capacity(jobs.len());
    for job in jobs {
        let started = Instant::now();
        caller.call(job).await.unwrap_or_else(|error| panic!("{}: {error}", kind.name()));
        latencies.push(started.elapsed());
    }
    latencies
}
