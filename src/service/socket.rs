//! The owner's Unix socket: one JSON value a line in both directions, for
//! terminals and commands of the same person.
//!
//! Invariants: the socket is 0600 in a 0700 folder; a line over the limit ends
//! the connection; a connection that goes away takes nothing with it.

use super::handle::{Envelope, Incoming, Order};
use super::protocol::{Notice, Request, Ticket};
use crate::store::Folder;
use serde::{Deserialize, Serialize};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixStream;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixListener;
use tokio::sync::mpsc;

/// A week of a crowded calendar is a few hundred kilobytes.
const LINE_AT_MOST: u64 = 64 << 20;
/// Unix socket paths are short by the system's own limit.
const PATH_AT_MOST: usize = 100;

#[derive(Serialize, Deserialize)]
struct Line {
    ticket: Ticket,
    request: Request,
}

/// Listens until the data side ends. Must run inside its runtime.
pub fn listen(folder: &Folder, requests: mpsc::WeakUnboundedSender<Envelope>) -> io::Result<()> {
    let path = folder.socket();
    // We own the folder's lock: a socket file here is a dead owner's.
    let _ = std::fs::remove_file(&path);
    let listener = bind(&path)?;
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600))?;
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(serve(stream, requests.clone()));
        }
    });
    Ok(())
}

/// Binds even when the path is longer than the system allows, by way of the
/// folder's descriptor.
fn bind(path: &std::path::Path) -> io::Result<UnixListener> {
    if path.as_os_str().len() <= PATH_AT_MOST {
        return UnixListener::bind(path);
    }
    let (short, _folder) = shorten(path)?;
    UnixListener::bind(short)
}

fn shorten(path: &std::path::Path) -> io::Result<(std::path::PathBuf, std::fs::File)> {
    use std::os::fd::AsRawFd;
    let parent = path
        .parent()
        .ok_or_else(|| io::Error::other("the socket has no folder"))?;
    let name = path
        .file_name()
        .ok_or_else(|| io::Error::other("the socket has no name"))?;
    let folder = std::fs::File::open(parent)?;
    let short =
        std::path::PathBuf::from(format!("/proc/self/fd/{}", folder.as_raw_fd())).join(name);
    Ok((short, folder))
}

async fn serve(stream: tokio::net::UnixStream, requests: mpsc::WeakUnboundedSender<Envelope>) {
    let (read, mut write) = stream.into_split();
    let (replies, mut outgoing) = mpsc::unbounded_channel::<Incoming>();
    let outlet: super::data::Outlet = Arc::new(move |incoming| replies.send(incoming).is_ok());
    let writer = tokio::spawn(async move {
        while let Some(incoming) = outgoing.recv().await {
            let Ok(mut line) = serde_json::to_vec(&incoming) else {
                continue;
            };
            line.push(b'\n');
            if write.write_all(&line).await.is_err() {
                break;
            }
        }
    });
    if let Some(sender) = requests.upgrade() {
        let _ = sender.send(Envelope {
            ticket: Ticket(0),
            request: Order::Listen,
            outlet: outlet.clone(),
        });
    }
    let mut reader = tokio::io::BufReader::new(read);
    let mut line = Vec::new();
    loop {
        line.clear();
        let got = (&mut reader)
            .take(LINE_AT_MOST)
            .read_until(b'\n', &mut line)
            .await;
        if !matches!(got, Ok(1..)) || line.last() != Some(&b'\n') {
            break;
        }
        let (Some(Line { ticket, request }), Some(sender)) = (parse(&line), requests.upgrade())
        else {
            break;
        };
        let order = Order::Request(request);
        if sender
            .send(Envelope {
                ticket,
                request: order,
                outlet: outlet.clone(),
            })
            .is_err()
        {
            break;
        }
    }
    writer.abort();
}

/// The attached side's way out. Clones share one connection.
#[derive(Clone)]
pub struct Sender(Arc<Mutex<UnixStream>>);

impl Sender {
    pub fn send(&self, ticket: Ticket, request: Request) -> bool {
        let Ok(mut line) = serde_json::to_vec(&Line { ticket, request }) else {
            return false;
        };
        line.push(b'\n');
        self.0
            .lock()
            .is_ok_and(|mut stream| stream.write_all(&line).is_ok())
    }
}

/// Through text, as the outbox is read: one copy of the code for both.
fn parse<T: serde::de::DeserializeOwned>(line: &[u8]) -> Option<T> {
    let text = std::str::from_utf8(line).ok()?;
    serde_json::from_str(text).ok()
}

/// Connects and reads replies in a thread until the owner goes away.
pub fn connect(folder: &Folder, outlet: super::data::Outlet) -> io::Result<Sender> {
    let path = folder.socket();
    let stream = if path.as_os_str().len() <= PATH_AT_MOST {
        UnixStream::connect(&path)?
    } else {
        let (short, _folder) = shorten(&path)?;
        UnixStream::connect(short)?
    };
    let reading = stream.try_clone()?;
    std::thread::Builder::new()
        .name("attached".into())
        .spawn(move || {
            let mut reader = BufReader::new(reading);
            let mut line = Vec::new();
            loop {
                line.clear();
                let got = (&mut reader)
                    .take(LINE_AT_MOST)
                    .read_until(b'\n', &mut line);
                if !matches!(got, Ok(1..)) {
                    break;
                }
                let Some(incoming) = parse::<Incoming>(&line) else {
                    break;
                };
                if !outlet(incoming) {
                    return;
                }
            }
            outlet(Incoming::Noticed(Notice::Gone {
                words: "the kalends this one was attached to has ended".into(),
            }));
        })?;
    Ok(Sender(Arc::new(Mutex::new(stream))))
}
