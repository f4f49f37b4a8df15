//! Parameters of a request, from a query or a form body, and its correlation id.
//!
//! Invariant: the first value of a repeated parameter counts, empty values count as missing.

use axum::http::HeaderMap;

use super::refusal::Refusal;

#[derive(Clone, Debug, Default)]
pub(super) struct Form(Vec<(String, String)>);

impl Form {
    pub(super) fn parse(encoded: &[u8]) -> Self {
        Self(url::form_urlencoded::parse(encoded).into_owned().collect())
    }

    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(key, _)| key == name)?;
        Some(found.1.as_str()).filter(|value| !value.is_empty())
    }

    /// # Errors
    /// AADSTS900144 when the parameter is missing.
    pub(super) fn required(&self, name: &str) -> Result<&str, Refusal> {
        self.get(name)
            .ok_or_else(|| Refusal::new(900_144).about(name))
    }

    pub(super) fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0
            .iter()
            .map(|(key, value)| (key.as_str(), value.as_str()))
    }
}

/// The caller's `client-request-id` when it is a GUID (header or parameter).
pub(super) fn correlation(headers: &HeaderMap, form: &Form) -> Option<String> {
    let header = headers
        .get("client-request-id")
        .and_then(|value| value.to_str().ok());
    let named = header.or_else(|| form.get("client-request-id"))?;
    uuid::Uuid::parse_str(named).ok().map(|id| id.to_string())
}

/// The address under which the caller reached us, without a trailing slash.
pub(super) fn base_url(headers: &HeaderMap) -> String {
    let host = headers
        .get("host")
        .and_then(|value| value.to_str().ok())
        .unwrap_or("localhost");
    let is_plain = host
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || b".:-[]".contains(&byte));
    format!("http://{}", if is_plain { host } else { "localhost" })
}
