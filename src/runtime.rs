//! placeholder

pub mod guard;
