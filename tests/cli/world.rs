//! A simulator, a home, and the real program between them. Time is the test's own.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;
use tempfile::TempDir;

pub const NOW: &str = "2026-11-23T08:00:00Z";

/// A simulator in a process of its own; it ends with this value.
pub struct Simulator {
    child: Child,
    /// Its port once it is stopped: nobody else gets it, and nobody listens there.
    held: Option<tokio::net::TcpSocket>,
    pub graph: String,
    pub authority: String,
    pub client_id: String,
    pub tenant: String,
}

impl Simulator {
    pub fn start(options: &[&str]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_kalends"));
        command
            .args(["simulate", "--auto-approve", "--now", NOW])
            .args(options)
            .stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let ready: serde_json::Value = serde_json::from_str(&line).unwrap();
        let text = |name: &str| ready[name].as_str().unwrap().to_owned();
        Self {
            child,
            held: None,
            graph: text("graph"),
            authority: text("authority"),
            client_id: text("client_id"),
            tenant: text("tenant"),
        }
    }

    pub fn stop(&mut self) {
        self.end();
        let address = self.graph.trim_start_matches("http://");
        let address = address.trim_end_matches("/v1.0").parse().unwrap();
        let socket = tokio::net::TcpSocket::new_v4().unwrap();
        // Connections that were open linger at the port.
        socket.set_reuseaddr(true).unwrap();
        socket.bind(address).unwrap();
        self.held = Some(socket);
    }

    fn end(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        self.end();
    }
}

/// Somebody's home, and how they call the program.
pub struct Person {
    home: TempDir,
    pub zone: &'static str,
}

/// What the program said.
#[derive(Debug)]
pub struct Said {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Person {
    pub fn new(zone: &'static str) -> Self {
        Self {
            home: tempfile::tempdir().unwrap(),
            zone,
        }
    }

    pub fn home(&self) -> &Path {
        self.home.path()
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_kalends"));
        command
            .arg("--home")
            .arg(self.home())
            .args(arguments)
            .env("KALENDS_NOW", NOW)
            .env("TZ", self.zone)
            .env_remove("KALENDS_HOME")
            .env_remove("KALENDS_CLIENT_ID")
            .env_remove("DISPLAY")
            .env_remove("WAYLAND_DISPLAY")
            .env_remove("BROWSER")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    /// Calls and waits; a program that hangs fails the test.
    pub fn call(&self, arguments: &[&str]) -> Said {
        let child = self.command(arguments).spawn().unwrap();
        let id = child.id();
        let (sender, done) = std::sync::mpsc::channel();
        std::thread::spawn(move || sender.send(child.wait_with_output()));
        match done.recv_timeout(Duration::from_secs(90)) {
            Ok(output) => said(&output.unwrap()),
            Err(_) => {
                let _ = Command::new("kill").arg("-9").arg(id.to_string()).status();
                panic!("kalends {arguments:?} does not end");
            }
        }
    }

    pub fn login(&self, simulator: &Simulator) -> Said {
        self.login_with(simulator, &simulator.tenant, &[])
    }

    pub fn login_with(&self, simulator: &Simulator, tenant: &str, more: &[&str]) -> Said {
        let where_to = [
            "--graph",
            &simulator.graph,
            "--authority",
            &simulator.authority,
        ];
        let who = [
            "--client-id",
            &simulator.client_id,
            "--tenant",
            tenant,
            "--device-code",
        ];
        let all: Vec<&str> = ["login"]
            .iter()
            .chain(&where_to)
            .chain(&who)
            .chain(more)
            .copied()
            .collect();
        self.call(&all)
    }

    /// Signed in and with everything stored.
    pub fn synced(zone: &'static str, simulator: &Simulator) -> Self {
        let person = Self::new(zone);
        person.login(simulator).expect(0);
        person.call(&["sync"]).expect(0);
        person
    }

    /// `agenda --json` as values.
    pub fn agenda(&self, arguments: &[&str]) -> Vec<serde_json::Value> {
        let all: Vec<&str> = ["agenda", "--json"]
            .iter()
            .chain(arguments)
            .copied()
            .collect();
        serde_json::from_str(&self.call(&all).expect(0).out).unwrap()
    }
}

fn said(output: &Output) -> Said {
    Said {
        code: output.status.code().unwrap_or(-1),
        out: String::from_utf8(output.stdout.clone()).unwrap(),
        err: String::from_utf8(output.stderr.clone()).unwrap(),
    }
}

impl Said {
    /// With this exit code, and never a panic.
    #[track_caller]
    pub fn expect(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{self:#?}");
        assert!(!self.err.contains("panicked"), "{self:#?}");
        self
    }

    /// One message that holds these words.
    #[track_caller]
    pub fn says(self, words: &[&str]) -> Self {
        for word in words {
            assert!(self.err.contains(word), "\"{word}\" is not in {self:#?}");
        }
        let lines = self
            .err
            .lines()
            .filter(|line| line.starts_with("kalends: "))
            .count();
        assert_eq!(lines, 1, "one message: {self:#?}");
        self
    }
}
