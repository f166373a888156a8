//! Parsers of the API versions that can be typed.

use crate::wire::{ServerVersion, VersionRange, VersionRangeError};

/// Parses a range of versions to announce; it has to lie inside of what the codec speaks.
pub(crate) fn parse_announced(text: &str) -> Result<VersionRange, String> {
    let spoken = VersionRange::SPOKEN;
    let range: VersionRange = text
        .parse()
        .map_err(|error: VersionRangeError| error.to_string())?;
    if spoken.contains(range.min) && spoken.contains(range.max) {
        Ok(range)
    } else {
        Err(format!(
            "expected a range inside {spoken}, which ibdoc speaks"
        ))
    }
}

/// Parses a version that the simulated Gateway can speak, 100 to 226.
pub(crate) fn parse_server_version(text: &str) -> Result<ServerVersion, String> {
    let spoken = VersionRange::SPOKEN;
    match text.parse().map(ServerVersion) {
        Ok(version) if spoken.contains(version) => Ok(version),
        _ => Err(format!(
            "expected a version from {} to {}",
            spoken.min, spoken.max
        )),
    }
}
