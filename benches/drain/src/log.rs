//! What is drained, and PostgreSQL's own client for it.

use std::process::Stdio;
use std::time::{Duration, Instant};

use soak::world::World;
use tokio::process::Command;

/// Leaves so many events of about 1.5 kB, of 1,000 entities, in transactions of 100.
pub async fn fill(world: &World, events: u64) {
    let fill = "SELECT count(app.log_cdc_event('ITEM_TOUCHED', 'item', ('10000000-0000-4000-8000-' || lpad(to_hex(n % 1000), 12, '0'))::uuid, 'UPDATE',
            jsonb_build_object('n', n - 1, 'note', repeat('x', 600)), jsonb_build_object('n', n, 'note', repeat('y', 600)), NULL))
         FROM generate_series($1::bigint, $2::bigint) AS n";
    let fill = world.client.prepare(fill).await.expect("a statement");
    // The disk is waited for once, not for each of them.
    world.client.batch_execute("SET synchronous_commit = off").await.expect("a setting");
    for first in (1..=events).step_by(100) {
        let (from, to) = (i64::try_from(first), i64::try_from((first + 99).min(events)));
        world.client.execute(&fill, &[&from.expect("a number"), &to.expect("a number")]).await.expect("events");
    }
    world.client.batch_execute("CHECKPOINT").await.expect("a checkpoint");
}

/// Drains the slot `peer` with `pg_recvlogical`.
pub async fn recvlogical(world: &World) -> Duration {
    let end: String = world.client.query_one("SELECT pg_current_wal_lsn()::text", &[]).await.expect("a place").get(0);
    let folders = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let program = folders.map(|folder| folder.path().join("bin/pg_recvlogical")).find(|path| path.exists());
    let program = program.expect("pg_recvlogical is there");
    let begin = Instant::now();
    let ended = Command::new(program)
        .args(["--dbname", &world.database.url(), "--slot", "peer", "--start", "--file", "/dev/null", "--no-loop"])
        .args(["--endpos", &end, "--option", "proto_version=1", "--option", "publication_names=pgmutate_app"])
        .stdout(Stdio::null())
        .status()
        .await
        .expect("it runs");
    assert!(ended.success(), "{ended}");
    begin.elapsed()
}
