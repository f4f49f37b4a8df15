//! From command-line options to a running simulator.
//!
//! The identity platform is handed in, so that this file knows neither tokens nor pages.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use axum::Router;
use serde::Serialize;

use super::civil::parse_instant;
use super::clock::Clock;
use super::graph::GraphSide;
use super::scenario::{Scenario, ScenarioError};
use super::server::{Bound, Config, Running, ServeError, Server, TokenJudge};
use super::world::Kind;

/// What `kalends simulate` was asked for.
#[derive(Clone, Debug)]
pub struct SimulateOptions {
    pub listen: SocketAddr,
    pub scenario: Option<PathBuf>,
    pub seed: u64,
    /// Generated events in the first mailbox, besides those of the scenario.
    pub events: usize,
    pub latency_ms: u64,
    /// RFC 3339; the machine's time when absent.
    pub now: Option<String>,
    /// The authorization page signs in by itself.
    pub auto_approve: bool,
    /// The living office instead of an empty mailbox.
    pub demo: bool,
}

impl Default for SimulateOptions {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            scenario: None,
            seed: 1,
            events: 0,
            latency_ms: 0,
            now: None,
            auto_approve: true,
            demo: false,
        }
    }
}

/// Somebody who can sign in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignIn {
    pub user_principal_name: String,
    pub name: String,
    /// Object id.
    pub oid: String,
    pub is_personal: bool,
}

/// The identity platform as the simulator needs it.
pub struct IdentityParts {
    pub router: Router,
    pub judge: Arc<dyn TokenJudge>,
    pub client_id: String,
    pub tenant: String,
}

/// The line `kalends simulate` prints when it is ready.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Ready {
    pub graph: String,
    pub authority: String,
    pub client_id: String,
    pub tenant: String,
    pub accounts: Vec<String>,
}

#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error("could not read the time '{0}'; write it as 2026-10-05T08:00:00Z")]
    BadTime(String),
    #[error(transparent)]
    Scenario(#[from] ScenarioError),
    #[error(transparent)]
    Serve(#[from] ServeError),
}

/// A simulator that answers, and how to reach it.
pub struct Started {
    pub running: Running,
    pub ready: Ready,
}

const QUIET: &str = r#"
title = "One person with an empty calendar, a colleague and a room"
[[people]]
address = "ana@contoso.com"
name = "Ana Vidal"
zone = "Europe/Berlin"
[[people]]
address = "ben@contoso.com"
name = "Ben Okafor"
zone = "Europe/Berlin"
[[rooms]]
address = "room.isar@contoso.com"
name = "Room Isar"
capacity = 4
building = "HQ"
floor = 2
"#;

/// Starts a simulator. `identity` is told the port's origin, who can sign in and the clock,
/// before the first request can arrive.
pub async fn start(
    options: &SimulateOptions,
    identity: impl FnOnce(&str, &[SignIn], &Clock) -> IdentityParts,
) -> Result<Started, StartError> {
    let (side, clock, latency_ms) = world(options)?;
    let sign_ins = sign_ins(&side);
    let bound = Bound::bind(options.listen, false).await?;
    let origin = format!("http://{}", bound.address);
    let parts = identity(&origin, &sign_ins, &clock);
    let config = Config {
        listen: options.listen,
        latency_ms,
        identity: parts.router,
        ..Config::new(parts.judge, clock)
    };
    let running = Server::start_on(bound, side, config);
    let ready = Ready {
        graph: running.graph_url.clone(),
        authority: origin,
        client_id: parts.client_id,
        tenant: parts.tenant,
        accounts: sign_ins
            .into_iter()
            .map(|account| account.user_principal_name)
            .collect(),
    };
    Ok(Started { running, ready })
}

fn world(options: &SimulateOptions) -> Result<(GraphSide, Clock, u64), StartError> {
    let asked = match &options.now {
        None => None,
        Some(text) => Some(parse_instant(text).ok_or_else(|| StartError::BadTime(text.clone()))?),
    };
    let mut scenario = match &options.scenario {
        Some(path) => Scenario::read(path)?,
        None => Scenario::parse(QUIET)?,
    };
    scenario.generate += options.events;
    let clock = match asked.or(scenario.now_ms()?) {
        Some(now) => Clock::running_from(now),
        None => Clock::real(),
    };
    let now = clock.now_ms();
    let side = if options.demo && options.scenario.is_none() {
        let mut side = super::office::open(options.seed, now)?;
        if options.events > 0 {
            super::generator::generate(&mut side.world, 0, options.events, now);
        }
        side
    } else {
        scenario.build(options.seed, now)?
    };
    Ok((
        side,
        clock,
        scenario.latency_ms.unwrap_or(options.latency_ms),
    ))
}

/// Everybody with a mailbox of their own, the first person of the world first.
fn sign_ins(side: &GraphSide) -> Vec<SignIn> {
    let people = side
        .world
        .mailboxes
        .iter()
        .filter(|mailbox| mailbox.kind != Kind::Room);
    people
        .map(|mailbox| SignIn {
            user_principal_name: mailbox.upn.clone(),
            name: mailbox.name.clone(),
            oid: mailbox.oid.clone(),
            is_personal: mailbox.kind == Kind::Personal,
        })
        .collect()
}
