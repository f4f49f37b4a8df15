//! Asks the linker for a smaller program, which is sooner loaded: functions that became the same
//! machine code are kept once, and the addresses that are set when it starts are written as a map
//! of bits instead of 24 bytes each.
//!
//! Only in builds that are made for size, where Rust brings the linker that understands this (LLD,
//! since Rust 1.90), and the second only on a system whose loader does (glibc since 2.36). A
//! program that was built there needs such a loader; it says so when it finds an older one.

use std::process::Command;

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    let is = |name: &str, wanted: &str| std::env::var(name).is_ok_and(|value| value == wanted);
    let is_small = is("OPT_LEVEL", "s") || is("OPT_LEVEL", "z");
    if !is("TARGET", "x86_64-unknown-linux-gnu") || !is_small {
        return;
    }
    println!("cargo:rustc-link-arg-bins=-Wl,--icf=all");
    // Cargo forgets the profile's `strip` where a package has settings of its own.
    println!("cargo:rustc-link-arg-bins=-Wl,--strip-all");
    if glibc().is_some_and(|version| version >= (2, 36)) {
        println!("cargo:rustc-link-arg-bins=-Wl,-z,pack-relative-relocs");
    }
}

/// The version of this system's C library, if it is that one.
fn glibc() -> Option<(u32, u32)> {
    let said = Command::new("getconf")
        .arg("GNU_LIBC_VERSION")
        .output()
        .ok()?;
    let said = String::from_utf8(said.stdout).ok()?;
    let (major, minor) = said.strip_prefix("glibc ")?.trim().split_once('.')?;
    let minor = minor.split('.').next()?;
    Some((major.parse().ok()?, minor.parse().ok()?))
}
