//! Calls while the server dies, and many calls through a pool: for a few seconds what `soak` does for minutes.

use std::time::Duration;

use soak::atomicity::{BETWEEN, Death, Persistence, call_under};
use soak::pooled;

async fn die(death: Death) {
    let outcome = call_under(death, Persistence::GivesUp, 3, Duration::from_millis(200)).await;
    assert!(outcome.mistakes.is_empty(), "{outcome}");
    assert!(outcome.acknowledged >= 3 * BETWEEN && outcome.unanswered > 0, "{outcome}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_and_its_event_survive_a_backend_that_is_killed_together_or_not_at_all() {
    die(Death::Backend).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_and_its_event_survive_a_crash_of_the_server_together_or_not_at_all() {
    die(Death::Restart).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_asks_until_it_is_answered_has_exactly_one_effect() {
    for death in [Death::Backend, Death::Restart] {
        let outcome = call_under(death, Persistence::AsksAgain, 3, Duration::from_millis(200)).await;
        assert!(outcome.mistakes.is_empty(), "{outcome}");
        assert!(outcome.acknowledged >= 3 * BETWEEN && outcome.asked_again > 0, "{outcome}");
        assert_eq!(outcome.unanswered, 0, "{outcome}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_call_leaves_a_connection_behind() {
    let outcome = pooled::run(1000).await;
    assert_eq!((outcome.leaked, outcome.left), (0, 0), "{outcome}");
    assert!(outcome.answered > 900 && outcome.failed > 0 && outcome.dropped > 0, "{outcome}");
}
