//! Calls a target by name. A panic that the program catches itself (a database that meets damage)
//! is no finding; one that comes out of the target is.

use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};
use std::sync::Once;

static QUIET: Once = Once::new();

pub fn run(name: &str, bytes: &[u8]) {
    QUIET.call_once(|| {
        // libFuzzer's own hook ends the process at the first panic, caught or not.
        drop(take_hook());
        set_hook(Box::new(|_| {}));
    });
    let Some((_, target)) = crate::targets::ALL.into_iter().find(|(of, _)| *of == name) else {
        panic!("no target {name}");
    };
    if let Err(panic) = catch_unwind(AssertUnwindSafe(|| target(bytes))) {
        let words = panic
            .downcast_ref::<String>()
            .map(String::as_str)
            .or_else(|| panic.downcast_ref::<&str>().copied());
        eprintln!("the target {name} panicked: {}", words.unwrap_or("without words"));
        std::process::abort();
    }
}
