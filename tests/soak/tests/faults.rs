//! Every fault for a few seconds: nothing is lost, nothing is inverted.

use std::path::Path;
use std::time::Duration;

use pgmutate_relay::Reader;
use soak::faults::{Fault, Outcome, deliver_under};

async fn short(fault: Fault, reader: Reader, times: usize) -> Outcome {
    let program = Path::new(env!("CARGO_BIN_EXE_soak"));
    let outcome = deliver_under(fault, reader, times, Duration::from_secs(2), program).await;
    assert!(outcome.verdict.is_whole(), "{outcome}");
    assert!(outcome.verdict.committed > 50, "{outcome}");
    outcome
}

macro_rules! with_both_readers {
    ($($name:ident: $faults:expr;)*) => {
        mod table {
            use super::*;
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                for (fault, times) in $faults {
                    check(short(fault, Reader::Table, times).await);
                }
            })*
        }
        mod slot {
            use super::*;
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                for (fault, times) in $faults {
                    check(short(fault, Reader::Slot, times).await);
                }
            })*
        }
    };
}

with_both_readers! {
    a_relay_that_is_killed_loses_nothing: [(Fault::Killed, 5)];
    a_restart_of_postgresql_loses_nothing: [(Fault::RestartedFast, 2), (Fault::RestartedImmediate, 2)];
    a_connection_that_is_cut_or_frozen_loses_nothing: [(Fault::Cut, 1), (Fault::Frozen, 1)];
    a_leader_that_dies_is_followed_by_another: [(Fault::LeaderDies, 2)];
    a_sink_that_is_down_for_a_while_gets_everything: [(Fault::SinkDown, 3), (Fault::SinkDownLong, 1), (Fault::AnswerLost, 3)];
    two_relays_deliver_as_one_does: [(Fault::TwoRelays, 1)];
    a_slow_sink_holds_up_no_other: [(Fault::SlowBeside, 1)];
    poison_is_replayed_in_its_order: [(Fault::Poison, 1)];
    a_clock_that_is_set_back_changes_nothing: [(Fault::ClockSetBack, 2)];
}

fn check(outcome: Outcome) {
    let duplicates = outcome.verdict.duplicates;
    match outcome.fault {
        Fault::AnswerLost => assert!(duplicates > 0, "{outcome}"),
        // The sink says itself what it has, or nothing breaks at all: so nothing comes twice.
        Fault::SinkDown
        | Fault::SinkDownLong
        | Fault::TwoRelays
        | Fault::SlowBeside
        | Fault::Poison
        | Fault::ClockSetBack => assert_eq!(duplicates, 0, "{outcome}"),
        _ => {}
    }
}

/// A small backlog through the same code that drains a million.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backlog_is_drained_with_bounded_memory() {
    let program = Path::new(env!("CARGO_BIN_EXE_soak"));
    for reader in [Reader::Table, Reader::Slot] {
        let drained = soak::backlog::drain(reader, 20_000, program).await;
        // The documents alone are 30 MB.
        assert!(drained.peak_kib < 100 << 10, "{drained}");
    }
}
