//! The floor under every figure of a command: a process that starts and ends.

fn main() {}
