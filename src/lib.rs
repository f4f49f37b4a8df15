//! Kalends: a full-screen, keyboard-driven calendar for Microsoft 365.

pub mod app;
pub mod cli;
pub mod config;
pub mod domain;
pub mod graph;
pub mod runtime;
pub mod service;
pub mod simulator;
pub mod store;
pub mod sync;
pub mod ui;
