//! `pgmutate relay`.

mod config;
mod endpoint;
mod metrics;
mod progress;
mod sink;

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::Args;
use pgmutate_relay::sink::Sink;
use pgmutate_relay::{Connector, Relay};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::database;
use crate::report::Failure;
use config::Config;
use metrics::Watched;

/// Deliver events, as a configuration says.
#[derive(Args)]
pub(crate) struct RelayCommand {
    /// The configuration.
    #[arg(long, value_name = "FILE", default_value = "relay.toml")]
    config: PathBuf,
    /// The database of the log, in place of the configuration's.
    #[arg(long, value_name = "URL", env = "DATABASE_URL", hide_env_values = true)]
    database_url: Option<String>,
    /// Read the configuration and end: exit 1 where it is wrong.
    #[arg(long)]
    check: bool,
}

impl RelayCommand {
    pub(crate) fn run(self) -> Result<ExitCode, Failure> {
        let config = Config::read(&self.config)?;
        let url = self.database_url.or(config.database.url.clone());
        let url = url.ok_or("say where the log is: `url` under [database], --database-url or DATABASE_URL")?;
        let database = database::read(&url)?;
        let connector = config.database.connector(database)?;
        let sinks = config.consumers.iter().map(|consumer| consumer.sink(&connector)).collect::<Result<Vec<_>, _>>()?;
        if self.check {
            return Ok(ExitCode::SUCCESS);
        }
        tracing_subscriber::fmt().with_writer(|| progress::Log).with_ansi(false).with_target(false).init();
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        runtime.block_on(deliver(&config, &connector, sinks))
    }
}

/// Runs every consumer until the process is asked to stop, or none is left.
async fn deliver(config: &Config, connector: &Connector, sinks: Vec<Box<dyn Sink>>) -> Result<ExitCode, Failure> {
    let (stop, stopping) = watch::channel(false);
    let mut watched = Vec::new();
    let mut relays = JoinSet::new();
    for (consumer, sink) in config.consumers.iter().zip(sinks) {
        let relay = Relay::new(connector.clone(), consumer.consumer(&config.database.schema), sink);
        watched.push(Watched { name: consumer.name.clone(), sink: consumer.sink_kind(), status: relay.status() });
        relays.spawn(relay.run(stopping.clone()));
    }
    let watched = Arc::new(watched);
    tokio::spawn(progress::show(Arc::clone(&watched)));
    if let Some(address) = config.listen {
        let listener =
            TcpListener::bind(address).await.map_err(|error| format!("cannot listen on {address}: {error}"))?;
        tokio::spawn(endpoint::serve(listener, watched));
    }
    tokio::spawn(async move {
        asked_to_stop().await;
        tracing::info!("stopping: deliveries that are under way end first");
        stop.send_replace(true);
    });
    let mut code = ExitCode::SUCCESS;
    // One that has ended for good has told why, and the others go on.
    while let Some(ended) = relays.join_next().await {
        if !matches!(ended, Ok(Ok(()))) {
            code = ExitCode::FAILURE;
        }
    }
    Ok(code)
}

/// Returns at an interrupt, and where there are such signals at a request to terminate.
async fn asked_to_stop() {
    let interrupted = async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    #[cfg(unix)]
    if let Ok(mut terminate) = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
        tokio::select! {
            () = interrupted => {}
            _ = terminate.recv() => {}
        }
        return;
    }
    interrupted.await;
}
