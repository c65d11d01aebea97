//! Names and passwords that nobody else has.

use std::fs::File;
use std::io::Read as _;

use crate::Error;

/// `N` random bytes of the system as hexadecimal digits.
pub(crate) fn hex<const N: usize>() -> Result<String, Error> {
    let mut bytes = [0; N];
    File::open("/dev/urandom")
        .and_then(|mut random| random.read_exact(&mut bytes))
        .map_err(|error| Error::new(format!("cannot read `/dev/urandom`: {error}")))?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}
