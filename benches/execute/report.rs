//! The figures as tables, beside the goals, and as JSON.

use std::collections::BTreeMap;

use crate::block::Block;
use crate::callers::Kind;
use crate::work::Mutation;

/// Under what the calls are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Condition {
    pub clients: u64,
    pub synchronous_commit: bool,
    /// What the line adds to a round trip, in microseconds; 0: a Unix socket.
    pub round_trip_us: u64,
}

impl Condition {
    /// Those of a part: what is written to the disk before it is answered, what is not, and what is far away, beside the same nearby; all without one.
    pub fn of_part(part: Option<&str>) -> Vec<Self> {
        let near = |clients, synchronous_commit| Self { clients, synchronous_commit, round_trip_us: 0 };
        let far = |clients, round_trip_us| Self { clients, synchronous_commit: false, round_trip_us };
        let durable = [1, 8, 32].map(|clients| near(clients, true));
        let relaxed = [1, 8, 32].map(|clients| near(clients, false));
        let distant = [far(1, 1_000), far(8, 1_000), far(1, 10_000), far(8, 10_000)];
        match part {
            None => [&durable[..], &relaxed, &distant].concat(),
            Some("durable") => durable.into(),
            Some("relaxed") => relaxed.into(),
            Some("far") => [&relaxed[..1], &distant].concat(),
            Some(other) => panic!("`--only {other}`: there are `durable`, `relaxed` and `far`"),
        }
    }

    /// Enough for a block of some tens of milliseconds.
    pub fn calls_of_each_client(self) -> u64 {
        match (self.round_trip_us, self.synchronous_commit, self.clients) {
            (10_000.., ..) => 4,
            (1.., _, 1) => 30,
            (1.., ..) => 8,
            (0, true, 1) => 50,
            (0, false, 1) => 200,
            (0, _, 8) => 30,
            (0, ..) => 10,
        }
    }

    fn title(self) -> String {
        let clients = if self.clients == 1 { "1 client".to_owned() } else { format!("{} clients", self.clients) };
        let commit = if self.synchronous_commit { "on" } else { "off" };
        let line = match self.round_trip_us {
            0 => "Unix socket".to_owned(),
            microseconds => format!("TCP with {} ms of round trip", microseconds / 1000),
        };
        format!("{clients}, synchronous_commit {commit}, {line}")
    }
}

/// A block, for each call.
pub struct Sample {
    pub throughput: f64,
    pub median_us: f64,
    pub slowest_us: f64,
    pub client_us: f64,
    pub server_us: f64,
    pub allocations: f64,
}

impl Sample {
    pub fn of(mut block: Block) -> Self {
        block.latencies.sort_unstable();
        let calls = block.latencies.len();
        let microseconds = |duration: std::time::Duration| duration.as_secs_f64() * 1e6;
        Self {
            throughput: calls as f64 / block.elapsed.as_secs_f64() / block.clients as f64,
            median_us: microseconds(block.latencies[calls / 2]),
            slowest_us: microseconds(block.latencies[calls * 99 / 100]),
            client_us: microseconds(block.client_cpu) / calls as f64,
            server_us: microseconds(block.server_cpu) / calls as f64,
            allocations: block.allocations as f64 / calls as f64,
        }
    }

    fn cpu_us(&self) -> f64 {
        self.client_us + self.server_us
    }
}

/// The blocks of one condition.
#[derive(Default)]
pub struct Samples(BTreeMap<(Mutation, Kind), Vec<Sample>>);

impl Samples {
    pub fn add(&mut self, mutation: Mutation, kind: Kind, sample: Sample) {
        self.0.entry((mutation, kind)).or_default().push(sample);
    }

    fn of(&self, mutation: Mutation, kind: Kind) -> &[Sample] {
        &self.0[&(mutation, kind)]
    }

    /// The median over the rounds.
    fn median(&self, mutation: Mutation, kind: Kind, value: impl Fn(&Sample) -> f64) -> f64 {
        median(self.of(mutation, kind).iter().map(value).collect())
    }

    /// The median over the rounds of the ratio to another caller's block in the same round.
    fn ratio(&self, mutation: Mutation, kind: Kind, to: Kind, value: impl Fn(&Sample) -> f64) -> f64 {
        let pairs = self.of(mutation, kind).iter().zip(self.of(mutation, to));
        median(pairs.map(|(sample, other)| value(sample) / value(other)).collect())
    }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

pub fn print(condition: Condition, samples: &Samples) {
    println!("\n### {}\n", condition.title());
    println!(
        "| mutation | caller | calls/s of a client | x floor | p50 us | p99 us | CPU us, client + server | x floor | allocations |"
    );
    println!("|---|---|--:|--:|--:|--:|--:|--:|--:|");
    for mutation in Mutation::ALL {
        for kind in Kind::ALL {
            let of = |value: fn(&Sample) -> f64| samples.median(mutation, kind, value);
            println!(
                "| {} | {} | {:.0} | {:.2} | {:.0} | {:.0} | {:.0} + {:.0} | {:.2} | {:.0} |",
                mutation.name(),
                kind.name(),
                of(|sample| sample.throughput),
                samples.ratio(mutation, kind, Kind::Floor, |sample| sample.throughput),
                of(|sample| sample.median_us),
                of(|sample| sample.slowest_us),
                of(|sample| sample.client_us),
                of(|sample| sample.server_us),
                samples.ratio(mutation, kind, Kind::Floor, Sample::cpu_us),
                of(|sample| sample.allocations),
            );
        }
    }
}

/// What was promised, and what came of it.
pub fn print_goals(results: &[(Condition, Samples)]) {
    let under = |clients, synchronous_commit, round_trip_us| {
        let wanted = Condition { clients, synchronous_commit, round_trip_us };
        results.iter().find(|(condition, _)| *condition == wanted).map(|(_, samples)| samples)
    };
    println!("\n### Against the goals\n\n| goal | mutation | wanted | found |\n|---|---|--:|--:|");
    if let Some(samples) = under(8, true, 0) {
        for mutation in Mutation::ALL {
            let found = samples.ratio(mutation, Kind::Pgmutate, Kind::Floor, |sample| sample.throughput);
            println!("| throughput to the floor's, 8 clients, fsync | {} | >= 0.95 | {found:.2} |", mutation.name());
        }
    }
    if let Some(samples) = under(1, false, 0) {
        for (mutation, most) in [(Mutation::CreateOrder, 1.15), (Mutation::UpdateCustomer, 1.65)] {
            let found = samples.ratio(mutation, Kind::Pgmutate, Kind::Floor, Sample::cpu_us);
            println!("| CPU of client and server to the floor's | {} | <= {most} | {found:.2} |", mutation.name());
        }
    }
    if let (Some(near), Some(far)) = (under(1, false, 0), under(1, false, 10_000)) {
        for mutation in Mutation::ALL {
            let median = |samples: &Samples, kind| samples.median(mutation, kind, |sample| sample.median_us);
            let (floor_near, floor_far) = (median(near, Kind::Floor), median(far, Kind::Floor));
            let most = (floor_far - floor_near) + 1.1 * floor_near;
            let found = median(far, Kind::Pgmutate);
            println!(
                "| p50 in us: one round trip of 10 ms and 1.1 x the floor | {} | <= {most:.0} | {found:.0} |",
                mutation.name()
            );
        }
        for mutation in Mutation::ALL.into_iter().filter(|mutation| mutation.is_stitched()) {
            let found = far.ratio(mutation, Kind::Pgmutate, Kind::TokioPostgres, |sample| sample.throughput);
            println!("| throughput to that by hand, 10 ms | {} | >= 3.5 | {found:.2} |", mutation.name());
        }
    }
}

pub fn json(results: &[(Condition, Samples)]) -> String {
    let conditions: Vec<_> = results
        .iter()
        .map(|(condition, samples)| {
            let measured: Vec<_> = samples
                .0
                .keys()
                .map(|&(mutation, kind)| {
                    let of = |value: fn(&Sample) -> f64| samples.median(mutation, kind, value);
                    serde_json::json!({
                        "mutation": mutation.name(),
                        "caller": kind.name(),
                        "calls_per_second_of_a_client": of(|sample| sample.throughput),
                        "throughput_to_floor": samples.ratio(mutation, kind, Kind::Floor, |sample| sample.throughput),
                        "p50_us": of(|sample| sample.median_us),
                        "p99_us": of(|sample| sample.slowest_us),
                        "client_cpu_us": of(|sample| sample.client_us),
                        "server_cpu_us": of(|sample| sample.server_us),
                        "cpu_to_floor": samples.ratio(mutation, kind, Kind::Floor, Sample::cpu_us),
                        "allocations": of(|sample| sample.allocations),
                    })
                })
                .collect();
            serde_json::json!({
                "clients": condition.clients,
                "synchronous_commit": condition.synchronous_commit,
                "round_trip_us": condition.round_trip_us,
                "measured": measured,
            })
        })
        .collect();
    format!("{:#}\n", serde_json::Value::from(conditions))
}
