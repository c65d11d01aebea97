//! Java programs, of jars that are fetched once by their coordinates.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::Command;

use pgmutate_test_support::Error;

use crate::service::program;

const FETCH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../java/fetch.sh");

/// Jars that belong together.
#[derive(Clone, Copy, Debug)]
pub enum Jars {
    /// A Kafka broker and a Kafka Connect worker.
    Kafka,
    /// The Debezium connector for PostgreSQL.
    Debezium,
    /// Flink.
    Flink,
}

impl Jars {
    /// The folder that holds them. The first time they are fetched.
    ///
    /// # Errors
    /// What is missing: Java, Maven or pip, or a way to their registries.
    pub fn folder(self) -> Result<PathBuf, Error> {
        let name = match self {
            Jars::Kafka => "kafka",
            Jars::Debezium => "debezium",
            Jars::Flink => "flink",
        };
        let fetched = Command::new(FETCH).arg(name).output();
        let fetched = fetched.map_err(|error| Error::new(format!("cannot run `{FETCH}`: {error}")))?;
        if !fetched.status.success() {
            return Err(Error::new(format!("the jars of {name}: {}", String::from_utf8_lossy(&fetched.stderr))));
        }
        Ok(PathBuf::from(String::from_utf8_lossy(&fetched.stdout).trim_end()))
    }
}

/// The beginning of a command that runs a Java program for a short time in at most `megabytes` of heap.
///
/// # Errors
/// When there is no Java.
pub fn java(megabytes: u32, class_path: &[PathBuf]) -> Result<Vec<OsString>, Error> {
    let java = program("java", "default-jdk-headless")?;
    let mut command: Vec<OsString> = vec![java.into()];
    // Quick to start, and no threads that a small machine has not.
    let options = [
        "-XX:+UseSerialGC",
        "-XX:TieredStopAtLevel=1",
        "-Xshare:auto",
        "-Dfile.encoding=UTF-8",
        "-Dorg.apache.logging.log4j.level=INFO",
    ];
    command.extend(options.map(OsString::from));
    command.push(format!("-Xmx{megabytes}m").into());
    if !class_path.is_empty() {
        let joined = std::env::join_paths(class_path).map_err(|error| Error::new(error.to_string()))?;
        command.extend(["-cp".into(), joined]);
    }
    Ok(command)
}
