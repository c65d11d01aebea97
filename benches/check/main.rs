//! How long `check` takes for so many mutations.
//!
//! ```sh
//! cargo bench --manifest-path benches/Cargo.toml --bench check            # 100 to 10,000 mutations
//! cargo bench --manifest-path benches/Cargo.toml --bench check -- write 1000 DIR   # writes the project, for other tools
//! ```

mod project;

use std::time::Instant;

use pgmutate_codegen::diagnostic::render_plain;
use pgmutate_codegen::project::Project;
use pgmutate_codegen::sql::input::Inputs;

/// Each project is checked so often; the fastest run counts.
const RUNS: usize = 3;

fn main() {
    let arguments = std::env::args().skip(1).filter(|argument| argument != "--bench").collect::<Vec<_>>();
    if let [command, mutations, folder] = arguments.as_slice()
        && command == "write"
    {
        return project::write(folder.as_ref(), mutations.parse().unwrap());
    }
    println!("{:>9} {:>12} {:>12} {:>14}", "mutations", "SQL, kB", "check, s", "per mutation");
    for mutations in [100, 300, 1_000, 3_000, 10_000] {
        let folder = tempfile::tempdir().unwrap();
        project::write(folder.path(), mutations);
        let sql = folder.path().join("sql");
        let size = std::fs::read_dir(&sql).unwrap().map(|entry| entry.unwrap().metadata().unwrap().len()).sum::<u64>();
        let inputs = Inputs { schema: vec![sql], ..Inputs::default() };
        let project = Project { inputs, manifest: folder.path().join("mutations.json"), ..Project::default() };
        let times = (0..RUNS).map(|_| {
            let start = Instant::now();
            let checked = project.check();
            let time = start.elapsed();
            let told = checked.diagnostics.iter().map(|diagnostic| render_plain(diagnostic, &checked.sources));
            assert!(checked.diagnostics.is_empty(), "{}", told.take(5).collect::<Vec<_>>().join("\n\n"));
            time
        });
        let time = times.min().unwrap_or_default();
        let each = time / u32::try_from(mutations).unwrap();
        println!("{mutations:>9} {:>12} {:>12.3} {each:>14.1?}", size / 1_000, time.as_secs_f64());
    }
}
