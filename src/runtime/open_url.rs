//! Opening a link in the person's browser: http and https only, never through a shell.

use url::Url;

/// Why a link was not opened.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    #[error("only http and https links are opened; this one is \"{0}\"")]
    Scheme(String),
    #[error("this is not a link that can be opened")]
    NotALink,
    #[error("there is no browser in this session; the link was copied instead")]
    NoBrowser,
    #[error("could not open a browser: {0}")]
    Failed(String),
}

/// The link as a browser would read it.
///
/// # Errors
/// Anything but an http or https address with a host.
pub fn checked(link: &str) -> Result<Url, OpenError> {
    let url = Url::parse(link.trim()).map_err(|_| OpenError::NotALink)?;
    match url.scheme() {
        "http" | "https" if url.has_host() && url.username().is_empty() => Ok(url),
        "http" | "https" => Err(OpenError::NotALink),
        other => Err(OpenError::Scheme(other.chars().take(20).collect())),
    }
}

/// Opens a link. Over SSH without a display there is no browser to open.
///
/// # Errors
/// As `checked`, or that there is no browser.
pub fn open(link: &str) -> Result<(), OpenError> {
    let url = checked(link)?;
    if !has_browser() {
        return Err(OpenError::NoBrowser);
    }
    webbrowser::open(url.as_str()).map_err(|error| OpenError::Failed(error.to_string()))
}

/// Whether a browser could come up where the person sits.
pub fn has_browser() -> bool {
    let is_set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    if cfg!(target_os = "macos") {
        return !is_set("SSH_CONNECTION");
    }
    is_set("BROWSER")
        || (is_set("DISPLAY") || is_set("WAYLAND_DISPLAY")) && !is_set("SSH_CONNECTION")
}

/// This machine's name, for a person who may sit elsewhere.
pub fn host() -> String {
    let named = ["/proc/sys/kernel/hostname", "/etc/hostname"]
        .iter()
        .find_map(|file| std::fs::read_to_string(file).ok());
    let name = named
        .or_else(|| std::env::var("HOSTNAME").ok())
        .unwrap_or_default();
    let name = crate::domain::text::Safe::line(name.trim(), Some(64)).into_string();
    if name.is_empty() {
        "this machine".into()
    } else {
        name
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_web_links_with_a_host_are_opened() {
        assert!(checked("https://teams.microsoft.com/l/meetup-join/1").is_ok());
        for link in [
            "file:///etc/passwd",
            "javascript:alert(1)",
            "msteams:/l/x",
            "--help",
            "",
            "https://a@b.c/",
        ] {
            assert!(checked(link).is_err(), "{link}");
        }
    }
}
