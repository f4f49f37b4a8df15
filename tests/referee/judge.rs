//! Runs the Python judge and exchanges JSON lines with it.

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};

use serde::de::DeserializeOwned;
use serde_json::Value;

/// The judge's opinion on all cases, in order, and the tzdata release it used.
pub fn opinions<T: DeserializeOwned>(cases: &[Value]) -> (String, Vec<Option<T>>) {
    opinions_of("judge.py", cases)
}

/// The opinion of one script in this folder.
pub fn opinions_of<T: DeserializeOwned>(script: &str, cases: &[Value]) -> (String, Vec<Option<T>>) {
    let python = std::env::var("KALENDS_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/referee/");
    let script = format!("{folder}{script}");
    let mut judge = Command::new(&python)
        .arg(script)
        .env("PYTHONTZPATH", "")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("cannot start {python} (set KALENDS_PYTHON): {error}"));
    let mut to_judge = judge.stdin.take().unwrap();
    let lines: Vec<String> = cases.iter().map(Value::to_string).collect();
    let writer = std::thread::spawn(move || {
        for line in lines {
            writeln!(to_judge, "{line}").unwrap();
        }
    });
    let mut answers = BufReader::new(judge.stdout.take().unwrap()).lines();
    let hello: Value =
        serde_json::from_str(&answers.next().expect("the judge says its name").unwrap()).unwrap();
    let opinions: Vec<Option<T>> = answers
        .map(|line| serde_json::from_str(&line.unwrap()).unwrap())
        .collect();
    writer.join().unwrap();
    assert!(judge.wait().unwrap().success(), "the judge failed");
    assert_eq!(opinions.len(), cases.len());
    (hello["tzdata"].as_str().unwrap().to_owned(), opinions)
}

/// Referees need Python packages from a registry, so they run only where asked for.
pub fn is_wanted() -> bool {
    std::env::var("KALENDS_REFEREES").is_ok_and(|value| value == "1")
}
