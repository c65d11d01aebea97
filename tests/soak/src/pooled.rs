//! A long run through a pool: whether memory grows, and whether a connection is left behind.

use std::fmt;
use std::fs;
use std::time::Duration;

use deadpool::managed::Pool;
use pgmutate::{Manager, Mutation};
use pgmutate_tests::calls::{order, rename};
use pgmutate_tests::shop::{POT, Shop};
use pgmutate_tests::unruly::{self, Refuse, Wait};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tokio_postgres::NoTls;

/// As many as the pool has connections, and as many again that wait for one.
const TASKS: usize = 16;
const CONNECTIONS: usize = 8;

/// What was found.
#[derive(Debug)]
pub struct Outcome {
    /// How many calls were made.
    pub calls: usize,
    /// Of these, how many were answered.
    pub answered: usize,
    /// How many ended in an error, which is what they were made for.
    pub failed: usize,
    /// How many were dropped on their way.
    pub dropped: usize,
    /// Memory of this process in kB: when a tenth of the calls had been made, and in the end.
    pub memory_kb: (u64, u64),
    /// Memory of the backends in kB, in the same moments.
    pub backends_kb: (u64, u64),
    /// Connections to the server that the pool did not know of in the end.
    pub leaked: usize,
    /// Connections to the server when the pool was gone.
    pub left: usize,
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Outcome { calls, answered, failed, dropped, memory_kb, backends_kb, leaked, left } = self;
        write!(
            f,
            "{calls} calls: answered {answered}, failed {failed}, dropped {dropped}; memory {} to {} kB, backends {} to {} kB; \
             connections leaked {leaked}, left {left}",
            memory_kb.0, memory_kb.1, backends_kb.0, backends_kb.1
        )
    }
}

/// Makes so many calls: most of them answered, some refused, some dropped on their way.
pub async fn run(calls: usize) -> Outcome {
    let shop = Shop::open().await;
    shop.client.batch_execute(unruly::SQL).await.expect("the unruly functions");
    let pool =
        Pool::builder(Manager::new(shop.database.config(), NoTls)).max_size(CONNECTIONS).build().expect("a pool");
    let first = run_some(&pool, calls / 10).await;
    let memory = (resident_kb("self"), backends_kb(&shop).await);
    let rest = run_some(&pool, calls - calls / 10).await;
    let memory_kb = (memory.0, resident_kb("self"));
    let backends_kb = (memory.1, backends_kb(&shop).await);
    let known = pool.status().size;
    let leaked = others(&shop).await.len() - known;
    drop(pool);
    let mut left = others(&shop).await.len();
    // A backend ends a moment after its connection, and a call that was dropped a moment after it was cancelled; by itself none of them ends so soon.
    for _ in 0..1000 {
        if left > 0 {
            sleep(Duration::from_millis(20)).await;
            left = others(&shop).await.len();
        }
    }
    let [answered, failed, dropped] = [0, 1, 2].map(|kind| first[kind] + rest[kind]);
    Outcome { calls, answered, failed, dropped, memory_kb, backends_kb, leaked, left }
}

/// How many were answered, failed and were dropped.
async fn run_some(pool: &Pool<Manager<NoTls>>, calls: usize) -> [usize; 3] {
    let mut tasks = JoinSet::new();
    for task in 0..TASKS {
        let pool = pool.clone();
        let calls = calls / TASKS + usize::from(task < calls % TASKS);
        tasks.spawn(async move {
            let mut count = [0; 3];
            for turn in 0..calls {
                count[one(&pool, turn * TASKS + task).await] += 1;
            }
            count
        });
    }
    let mut sum = [0; 3];
    while let Some(count) = tasks.join_next().await {
        let count = count.expect("a caller does not panic");
        (0..3).for_each(|kind| sum[kind] += count[kind]);
    }
    sum
}

/// The call with this number in the run: 0 for one that was answered, 1 for one that failed, 2 for one that was dropped.
async fn one(pool: &Pool<Manager<NoTls>>, number: usize) -> usize {
    let answer = match number % 100 {
        97 => Refuse { reason: "soak".to_owned() }.execute(pool).await,
        98 => {
            let wait = Wait { seconds: 600.0 };
            match timeout(Duration::from_millis(5), wait.execute(pool)).await {
                Ok(answer) => answer,
                Err(_) => return 2,
            }
        }
        // Out of stock: an answer, no success.
        even if even % 2 == 0 => order(&[(POT, 1)]).execute(pool).await,
        odd => rename(&format!("name {odd}")).execute(pool).await,
    };
    usize::from(answer.is_err())
}

/// The process ids of everybody who is connected to the shop, but for the shop's own client.
async fn others(shop: &Shop) -> Vec<i32> {
    let sql = "SELECT pid FROM pg_stat_activity
               WHERE backend_type = 'client backend' AND datname = current_database() AND pid <> pg_backend_pid()";
    let rows = shop.client.query(sql, &[]).await.expect("the server knows who is connected");
    rows.iter().map(|row| row.get(0)).collect()
}

async fn backends_kb(shop: &Shop) -> u64 {
    others(shop).await.iter().map(|pid| resident_kb(&pid.to_string())).sum()
}

/// The memory that a process holds alone (`RssAnon`): a backend's share of the server's buffers is not its own. 0 where the system does not tell.
fn resident_kb(process: &str) -> u64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok()).unwrap_or(0)
}
