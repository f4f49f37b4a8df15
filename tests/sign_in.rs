//! Signing in, both sides at once: the client against the simulator's identity platform over
//! real HTTP on loopback. The two share no code, so what passes here was said on the wire.
//!
//! Time is the simulator's manual clock; waiting moves it, nothing sleeps.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "sign_in/browser.rs"]
mod browser;
#[path = "sign_in/certificates.rs"]
mod certificates;
#[path = "sign_in/challenges.rs"]
mod challenges;
#[path = "sign_in/device.rs"]
mod device;
#[path = "sign_in/platform.rs"]
mod platform;
#[path = "sign_in/referee.rs"]
mod referee;
#[path = "sign_in/refresh.rs"]
mod refresh;
#[path = "sign_in/secrets.rs"]
mod secrets;
#[path = "sign_in/world.rs"]
mod world;
