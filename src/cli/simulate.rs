//! `kalends simulate`: a Microsoft 365 in miniature until it is interrupted.

use super::arguments::Simulate;
use super::exit::{Exit, Trouble};
use super::output::Output;
use super::platform;
use crate::runtime::Clock;
use crate::simulator::start::SimulateOptions;
use std::io;

pub(super) fn simulate(wish: &Simulate, output: &mut Output<'_>) -> Result<Exit, Trouble> {
    let clock = Clock::from_environment().map_err(Trouble::usage)?;
    let shifted = (!clock.is_real()).then(|| clock.now().to_string());
    let options = SimulateOptions {
        listen: wish.listen,
        scenario: wish.scenario.clone(),
        seed: wish.seed,
        events: usize::try_from(wish.events.unwrap_or(0)).unwrap_or(usize::MAX),
        latency_ms: wish.latency,
        now: wish.now.map(|now| now.to_string()).or(shifted),
        auto_approve: wish.auto_approve,
        demo: false,
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|error| Trouble::error(format!("could not start the simulator: {error}")))?;
    runtime.block_on(async {
        let started = platform::raise(&options)
            .await
            .map_err(|error| Trouble::error(error.to_string()))?;
        let line = serde_json::to_string(&started.ready).map_err(io::Error::other)?;
        writeln!(output.out, "{line}")?;
        output.out.flush()?;
        let _ = tokio::signal::ctrl_c().await;
        started.running.stop();
        Ok(Exit::Fine)
    })
}
