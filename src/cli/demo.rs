//! `kalends demo`: a living office on this computer, and the real program looking at it.
//!
//! The simulator runs in a thread of its own; the program signs in to it and talks to it
//! over real HTTP, as it does with Microsoft. Invariant: without `--home` nothing is left
//! behind.

use super::arguments::{Demo, Global};
use super::exit::{Exit, Trouble};
use super::invocation::Invocation;
use super::output::Output;
use super::{open, platform};
use crate::graph::auth::scopes;
use crate::graph::auth::{Endpoints, http};
use crate::runtime::Clock;
use crate::runtime::sign_in::{Flow, Wish, sign_in};
use crate::service::Home;
use crate::simulator::start::{Ready, SimulateOptions};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::mpsc::channel;

pub(super) fn demo(global: &Global, wish: &Demo, output: &mut Output<'_>) -> Result<Exit, Trouble> {
    let place = match &global.home {
        Some(kept) => Place::Kept(std::path::absolute(kept).unwrap_or_else(|_| kept.clone())),
        None => Place::throw_away()?,
    };
    let clock = Clock::from_environment().map_err(Trouble::usage)?;
    let simulated = Simulated::start(wish, clock)?;
    let endpoints = endpoints(&simulated.ready)?;
    let sign_in_wish = Wish {
        endpoints: endpoints.clone(),
        flow: Flow::Browser,
        read_only: false,
        more: vec![scopes::PEOPLE, scopes::CATEGORIES, scopes::SHARED],
        hint: None,
    };
    let home = Home::at(place.path());
    let account = sign_in(
        &home,
        sign_in_wish,
        clock,
        |url| visit(&endpoints, url),
        |_| {},
    )?;
    let mut global = global.clone();
    global.home = Some(place.path().to_owned());
    global.account = Some(account.upn.raw().to_owned());
    let invocation = Invocation::of(&global)?;
    // A failed start of the log is no reason to miss the demo.
    let _ = invocation.start_log(&super::arguments::Command::Open);
    let exit = open::open(&invocation, output);
    if let Place::Kept(path) = &place {
        writeln!(
            output.out,
            "the demo's calendar was kept in {}",
            path.display()
        )?;
    }
    drop(simulated);
    exit
}

fn endpoints(ready: &Ready) -> Result<Endpoints, Trouble> {
    let graph = ready.graph.strip_suffix("/v1.0").unwrap_or(&ready.graph);
    Endpoints::new(&ready.authority, graph, &ready.tenant, &ready.client_id)
        .map_err(|error| Trouble::error(error.to_string()))
}

/// Does what a browser does with the sign-in page of a platform that asks nobody: follows
/// it back to the waiting program.
fn visit(endpoints: &Endpoints, url: &str) -> bool {
    let (endpoints, url) = (endpoints.clone(), url.to_owned());
    let visit = move || {
        let client = http::http_client(&endpoints).ok()?;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .ok()?;
        runtime.block_on(async {
            let mut next = url;
            for _ in 0..5 {
                let answer = client.get(&next).send().await.ok()?;
                match answer
                    .headers()
                    .get("location")
                    .and_then(|to| to.to_str().ok())
                {
                    Some(to) if answer.status().is_redirection() => next = to.to_owned(),
                    _ => break,
                }
            }
            Some(())
        })
    };
    std::thread::Builder::new()
        .name("browser".into())
        .spawn(visit)
        .is_ok()
}

/// The simulator in its thread; it ends when this is dropped.
struct Simulated {
    ready: Ready,
    stop: Option<tokio::sync::oneshot::Sender<()>>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Simulated {
    fn start(wish: &Demo, clock: Clock) -> Result<Self, Trouble> {
        let options = SimulateOptions {
            scenario: wish.scenario.clone(),
            seed: wish.seed,
            now: Some(clock.now().to_string()),
            auto_approve: true,
            demo: true,
            ..SimulateOptions::default()
        };
        let (told, tell) = channel();
        let (stop, stopped) = tokio::sync::oneshot::channel();
        let work = move || {
            let runtime = match tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
            {
                Ok(runtime) => runtime,
                Err(error) => {
                    let _ = told.send(Err(error.to_string()));
                    return;
                }
            };
            runtime.block_on(async {
                match platform::raise(&options).await {
                    Ok(started) => {
                        let _ = told.send(Ok(started.ready.clone()));
                        let _ = stopped.await;
                        started.running.stop();
                    }
                    Err(error) => {
                        let _ = told.send(Err(error.to_string()));
                    }
                }
            });
            runtime.shutdown_background();
        };
        let failed = |error: String| Trouble::error(format!("could not start the demo: {error}"));
        let thread = std::thread::Builder::new()
            .name("simulator".into())
            .spawn(work);
        let thread = thread.map_err(|error| failed(error.to_string()))?;
        let ready = tell
            .recv()
            .map_err(|error| failed(error.to_string()))?
            .map_err(failed)?;
        Ok(Self {
            ready,
            stop: Some(stop),
            thread: Some(thread),
        })
    }
}

impl Drop for Simulated {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Where the demo lives.
enum Place {
    Kept(PathBuf),
    /// Removed on leaving, also by a panic.
    ThrowAway(PathBuf),
}

impl Place {
    fn throw_away() -> Result<Self, Trouble> {
        let name = format!(
            "kalends-demo-{}-{:08x}",
            std::process::id(),
            rand::random::<u32>()
        );
        let path = std::env::temp_dir().join(name);
        std::fs::DirBuilder::new()
            .mode(0o700)
            .create(&path)
            .map_err(|error| {
                Trouble::error(format!(
                    "could not make {}: {error}; set TMPDIR, or use --home DIR",
                    path.display()
                ))
            })?;
        Ok(Self::ThrowAway(path))
    }

    fn path(&self) -> &Path {
        match self {
            Self::Kept(path) | Self::ThrowAway(path) => path,
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Self::ThrowAway(path) = self {
            let _ = std::fs::remove_dir_all(path);
        }
    }
}
