//! The same as a build script: without optimisation, as cargo compiles build dependencies unless a profile says otherwise.

#[path = "src/generate.rs"]
mod generate;
#[path = "src/measure.rs"]
mod measure;

#[global_allocator]
static ALLOCATOR: measure::Counting = measure::Counting;

fn main() {
    println!("cargo::rerun-if-env-changed=FUNCTIONS");
    println!("cargo::rerun-if-env-changed=AGAIN");
    let count = std::env::var("FUNCTIONS").ok().and_then(|count| count.parse().ok()).unwrap_or(0);
    if count > 0 {
        let run = measure::run(generate::script(count));
        println!(
            "cargo::warning={count} functions, {:.2} MB: read {:.0} ms, bodies {:.0} ms, all {:.0} ms, peak {:.1} times the SQL",
            run.bytes as f64 / 1e6,
            run.read.as_secs_f64() * 1e3,
            run.resolve.as_secs_f64() * 1e3,
            (run.read + run.resolve).as_secs_f64() * 1e3,
            run.peak as f64 / run.bytes as f64,
        );
    }
}
