//! What the process gives up at its start: core files, which would hold tokens and mail.

use rustix::process::{Resource, Rlimit, setrlimit};

/// No core file from here on. Failing is no reason to stop: the limit may be set already.
pub fn harden() {
    let none = Rlimit {
        current: Some(0),
        maximum: Some(0),
    };
    if let Err(error) = setrlimit(Resource::Core, none) {
        tracing::warn!(%error, "core files stay possible");
    }
}
