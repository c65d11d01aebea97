//! `cargo run --release`: the best of five runs with each number of functions.

mod generate;
mod measure;

#[global_allocator]
static ALLOCATOR: measure::Counting = measure::Counting;

fn main() {
    let counts: Vec<usize> = std::env::args().skip(1).filter_map(|count| count.parse().ok()).collect();
    let counts = if counts.is_empty() { vec![100, 1000, 10_000] } else { counts };
    println!("| functions | SQL, MB | read, ms | bodies, ms | all, ms | us a function | peak memory | times the SQL |");
    println!("|---|---|---|---|---|---|---|---|");
    for count in counts {
        let runs = (0..5).map(|_| measure::run(generate::script(count)));
        let Some(best) = runs.min_by_key(|run| run.read + run.resolve) else { continue };
        let ms = |time: std::time::Duration| time.as_secs_f64() * 1e3;
        let all = ms(best.read + best.resolve);
        println!(
            "| {count} | {:.2} | {:.1} | {:.1} | {all:.1} | {:.1} | {:.1} MB | {:.1} |",
            best.bytes as f64 / 1e6,
            ms(best.read),
            ms(best.resolve),
            all * 1e3 / count as f64,
            best.peak as f64 / 1e6,
            best.peak as f64 / best.bytes as f64,
        );
    }
}
