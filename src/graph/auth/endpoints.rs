//! Where an account signs in and where its mailbox is.
//!
//! Invariant: tokens of a Microsoft cloud go to hosts of that cloud only, and never over
//! plain http except to this machine (Graph: national cloud deployments).

use std::net::IpAddr;

use serde::{Deserialize, Serialize};
use url::{Host, Url};

/// Authority, Graph and client registration of one account. Made by `new` only, so that
/// a value is always valid; reading one from a file checks it again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Raw", into = "Raw")]
pub struct Endpoints {
    authority: Url,
    graph: Url,
    tenant: String,
    client_id: String,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EndpointsError {
    #[error("the {what} address '{url}' is not a web address; write it like https://host")]
    NotAnAddress { what: &'static str, url: String },
    #[error(
        "the {what} address '{url}' would send tokens unencrypted; use https (plain http is \
         accepted for this machine only, like http://127.0.0.1:8080)"
    )]
    NotEncrypted { what: &'static str, url: String },
    #[error("the {what} address '{url}' must not contain a user name, a query or a fragment")]
    TooMuch { what: &'static str, url: String },
    #[error(
        "'{authority}' and '{graph}' do not belong to the same Microsoft cloud; a token of one \
         must not be sent to the other"
    )]
    MixedClouds { authority: String, graph: String },
    #[error("the tenant '{0}' is not a tenant id, a domain, or common, organizations or consumers")]
    Tenant(String),
    #[error("the client id '{0}' is not a GUID; copy it from the app registration")]
    ClientId(String),
}

/// Sign-in hosts and Graph hosts of each Microsoft cloud.
const CLOUDS: [(&[&str], &[&str]); 3] = [
    (&["login.microsoftonline.com"], &["graph.microsoft.com"]),
    (
        &["login.microsoftonline.us"],
        &["graph.microsoft.us", "dod-graph.microsoft.us"],
    ),
    (
        &["login.partner.microsoftonline.cn", "login.chinacloudapi.cn"],
        &["microsoftgraph.chinacloudapi.cn"],
    ),
];

/// Where Microsoft lets people type a device code, for all clouds.
const VERIFICATION_HOSTS: [&str; 7] = [
    "microsoft.com",
    "www.microsoft.com",
    "login.microsoftonline.com",
    "login.microsoft.com",
    "login.live.com",
    "login.microsoftonline.us",
    "login.partner.microsoftonline.cn",
];

#[derive(Clone, Serialize, Deserialize)]
struct Raw {
    authority: String,
    graph: String,
    tenant: String,
    client_id: String,
}

impl Endpoints {
    /// `authority` like `https://login.microsoftonline.com`, `graph` like
    /// `https://graph.microsoft.com`, both without a tenant or version.
    ///
    /// # Errors
    /// Says which part is wrong and how to write it.
    pub fn new(
        authority: &str,
        graph: &str,
        tenant: &str,
        client_id: &str,
    ) -> Result<Self, EndpointsError> {
        let endpoints = Self {
            authority: address("sign-in", authority)?,
            graph: address("Graph", graph)?,
            tenant: tenant_name(tenant)?,
            client_id: client_id.to_owned(),
        };
        uuid::Uuid::parse_str(client_id)
            .map_err(|_| EndpointsError::ClientId(client_id.to_owned()))?;
        endpoints.check_clouds()?;
        Ok(endpoints)
    }

    pub fn authority(&self) -> &Url {
        &self.authority
    }

    pub fn graph(&self) -> &Url {
        &self.graph
    }

    pub fn tenant(&self) -> &str {
        &self.tenant
    }

    pub fn client_id(&self) -> &str {
        &self.client_id
    }

    /// `authorize`, `token` or `devicecode` of this tenant.
    pub(super) fn oauth(&self, verb: &str) -> Url {
        let mut url = self.authority.clone();
        url.set_path(&format!("/{}/oauth2/v2.0/{verb}", self.tenant));
        url
    }

    /// The page on which an administrator agrees for everybody.
    pub fn admin_consent_page(&self, scopes: &[String]) -> Url {
        let mut url = self.authority.clone();
        url.set_path(&format!("/{}/v2.0/adminconsent", self.tenant));
        url.query_pairs_mut()
            .append_pair("client_id", &self.client_id)
            .append_pair("scope", &scopes.join(" "));
        url
    }

    /// Both ends are this machine: a simulator.
    pub fn is_loopback(&self) -> bool {
        is_loopback(&self.authority) && is_loopback(&self.graph)
    }

    /// Both ends speak plain http, so no certificates are needed at all.
    pub(super) fn is_plain(&self) -> bool {
        self.authority.scheme() == "http" && self.graph.scheme() == "http"
    }

    /// May a person be sent to this page to type a device code?
    pub(super) fn is_verification_page(&self, page: &Url) -> bool {
        if is_loopback(&self.authority) {
            return page.origin() == self.authority.origin();
        }
        let host = page.host_str().unwrap_or_default();
        let is_ours = page.origin() == self.authority.origin();
        page.scheme() == "https" && (is_ours || VERIFICATION_HOSTS.contains(&host))
    }

    fn check_clouds(&self) -> Result<(), EndpointsError> {
        let authority = self.authority.host_str().unwrap_or_default();
        let graph = self.graph.host_str().unwrap_or_default();
        let signs_in = CLOUDS
            .iter()
            .position(|(hosts, _)| hosts.contains(&authority));
        let serves = CLOUDS.iter().position(|(_, hosts)| hosts.contains(&graph));
        let is_split = is_loopback(&self.authority) != is_loopback(&self.graph);
        if signs_in == serves && !is_split {
            return Ok(());
        }
        Err(EndpointsError::MixedClouds {
            authority: authority.to_owned(),
            graph: graph.to_owned(),
        })
    }
}

impl TryFrom<Raw> for Endpoints {
    type Error = EndpointsError;

    fn try_from(raw: Raw) -> Result<Self, EndpointsError> {
        Self::new(&raw.authority, &raw.graph, &raw.tenant, &raw.client_id)
    }
}

impl From<Endpoints> for Raw {
    fn from(endpoints: Endpoints) -> Self {
        Self {
            authority: endpoints.authority.to_string(),
            graph: endpoints.graph.to_string(),
            tenant: endpoints.tenant,
            client_id: endpoints.client_id,
        }
    }
}

fn address(what: &'static str, text: &str) -> Result<Url, EndpointsError> {
    let own = || text.to_owned();
    let url =
        Url::parse(text.trim()).map_err(|_| EndpointsError::NotAnAddress { what, url: own() })?;
    if !url.has_host() || !["http", "https"].contains(&url.scheme()) {
        return Err(EndpointsError::NotAnAddress { what, url: own() });
    }
    let has_user = !url.username().is_empty() || url.password().is_some();
    if has_user || url.query().is_some() || url.fragment().is_some() {
        // Not repeated: a password could be in it.
        let host = url.host_str().unwrap_or_default().to_owned();
        return Err(EndpointsError::TooMuch { what, url: host });
    }
    if url.scheme() == "http" && !is_loopback(&url) {
        return Err(EndpointsError::NotEncrypted { what, url: own() });
    }
    Ok(url)
}

fn tenant_name(text: &str) -> Result<String, EndpointsError> {
    let is_plain = text
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'.');
    let has_dots_inside = !text.starts_with('.') && !text.contains("..");
    if text.is_empty() || text.len() > 255 || !is_plain || !has_dots_inside {
        return Err(EndpointsError::Tenant(text.to_owned()));
    }
    Ok(text.to_owned())
}

/// `localhost` and loopback addresses; other names are not looked up.
pub(super) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => IpAddr::V4(address).is_loopback(),
        Some(Host::Ipv6(address)) => IpAddr::V6(address).is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLIENT: &str = "11111111-2222-4333-8444-555555555555";

    fn endpoints(authority: &str, graph: &str) -> Result<Endpoints, EndpointsError> {
        Endpoints::new(authority, graph, "common", CLIENT)
    }

    #[test]
    fn clouds_loopback_and_private_servers_are_accepted() {
        for (authority, graph) in [
            (
                "https://login.microsoftonline.com",
                "https://graph.microsoft.com",
            ),
            (
                "https://login.microsoftonline.us/",
                "https://dod-graph.microsoft.us",
            ),
            ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
            ("http://localhost:1", "http://[::1]:2"),
            ("https://login.example.org", "https://graph.example.org"),
        ] {
            endpoints(authority, graph).unwrap();
        }
    }

    #[test]
    fn tokens_never_leave_their_cloud_or_travel_in_the_clear() {
        use EndpointsError as E;
        let split = endpoints(
            "https://login.microsoftonline.com",
            "https://graph.example.org",
        );
        assert!(matches!(split, Err(E::MixedClouds { .. })));
        let split = endpoints(
            "https://login.microsoftonline.us",
            "https://graph.microsoft.com",
        );
        assert!(matches!(split, Err(E::MixedClouds { .. })));
        let split = endpoints("https://login.example.org", "http://127.0.0.1:1");
        assert!(matches!(split, Err(E::MixedClouds { .. })));
        let clear = endpoints("http://login.example.org", "https://graph.example.org");
        assert!(matches!(clear, Err(E::NotEncrypted { .. })));
        let clear = endpoints("http://127.0.0.1.example.org", "http://127.0.0.1");
        assert!(matches!(clear, Err(E::NotEncrypted { .. })));
        let user = endpoints(
            "https://me:canary@login.example.org",
            "https://graph.example.org",
        );
        assert!(!user.unwrap_err().to_string().contains("canary"));
        assert!(endpoints("ftp://x", "https://y").is_err());
    }

    #[test]
    fn tenants_and_client_ids_are_checked() {
        let with =
            |tenant, client| Endpoints::new("http://[::1]:1", "http://[::1]:1", tenant, client);
        for tenant in ["", "a/b", "..", "a?b", ".a", "a..b"] {
            assert!(
                matches!(with(tenant, CLIENT), Err(EndpointsError::Tenant(_))),
                "{tenant}"
            );
        }
        assert!(matches!(
            with("common", "me"),
            Err(EndpointsError::ClientId(_))
        ));
        let token = with("contoso.example", CLIENT).unwrap().oauth("token");
        assert_eq!(
            token.as_str(),
            "http://[::1]:1/contoso.example/oauth2/v2.0/token"
        );
    }

    #[test]
    fn a_device_code_is_typed_only_at_microsoft_or_the_own_authority() {
        let global = endpoints(
            "https://login.microsoftonline.com",
            "https://graph.microsoft.com",
        );
        let global = global.unwrap();
        let page = |text: &str| Url::parse(text).unwrap();
        assert!(global.is_verification_page(&page("https://microsoft.com/devicelogin")));
        assert!(global.is_verification_page(&page("https://www.microsoft.com/link")));
        assert!(!global.is_verification_page(&page("http://microsoft.com/devicelogin")));
        assert!(!global.is_verification_page(&page("https://microsoft.com.example.org/x")));
        let here = endpoints("http://127.0.0.1:8080", "http://127.0.0.1:8080").unwrap();
        assert!(here.is_verification_page(&page("http://127.0.0.1:8080/devicelogin")));
        assert!(!here.is_verification_page(&page("http://127.0.0.1:8081/devicelogin")));
    }

    #[test]
    fn a_stored_value_is_checked_when_it_is_read() {
        let here = endpoints("http://127.0.0.1:8080", "http://127.0.0.1:8080").unwrap();
        let text = serde_json::to_string(&here).unwrap();
        assert_eq!(serde_json::from_str::<Endpoints>(&text).unwrap(), here);
        let bent = text.replace("http://127.0.0.1:8080", "http://evil.example");
        assert!(serde_json::from_str::<Endpoints>(&bent).is_err());
    }
}
