//! Every fault for a few seconds: nothing is lost, nothing is inverted.

use std::path::Path;
use std::time::Duration;

use soak::faults::{Fault, Outcome, deliver_under};

async fn short(fault: Fault, times: usize) -> Outcome {
    let program = Path::new(env!("CARGO_BIN_EXE_soak"));
    let outcome = deliver_under(fault, times, Duration::from_secs(3), program).await;
    assert!(outcome.verdict.is_whole(), "{outcome}");
    assert!(outcome.verdict.committed > 50, "{outcome}");
    outcome
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_relay_that_is_killed_loses_nothing() {
    short(Fault::Killed, 5).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restart_of_postgresql_loses_nothing() {
    short(Fault::RestartedFast, 2).await;
    short(Fault::RestartedImmediate, 2).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_that_is_cut_or_frozen_loses_nothing() {
    short(Fault::Cut, 1).await;
    short(Fault::Frozen, 1).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_leader_that_dies_is_followed_by_another() {
    short(Fault::LeaderDies, 2).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sink_that_is_down_for_a_while_gets_everything() {
    let down = short(Fault::SinkDown, 3).await;
    // It says itself what it has, so nothing comes twice.
    assert_eq!(down.verdict.duplicates, 0, "{down}");
    let lost = short(Fault::AnswerLost, 3).await;
    assert!(lost.verdict.duplicates > 0, "{lost}");
}
