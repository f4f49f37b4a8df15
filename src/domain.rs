//! placeholder

pub mod lanes;
pub mod overlap;
pub mod recurrence;
pub mod standing;
pub mod text;
pub mod time;
pub mod zone;
