//! A way to the data side: in this process, or over the owner's socket. Both look
//! the same to whoever asks.

use super::data::{Data, Outlet};
use super::protocol::{Level, Notice, Reply, Request, Ticket};
use super::server::{Connect, Connected};
use super::{Clock, socket};
use crate::store::folder::Ownership;
use crate::store::{Folder, StoreError};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::sync::mpsc;

/// What comes back: replies to tickets, and unasked notices.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Incoming {
    Replied { ticket: Ticket, reply: Reply },
    Noticed(Notice),
}

/// What goes to the data thread.
pub struct Envelope {
    pub ticket: Ticket,
    pub request: Order,
    pub outlet: Outlet,
}

pub enum Order {
    Request(Request),
    /// From now on this outlet hears notices.
    Listen,
    /// What came of connecting. Whoever asked for it is answered when it holds.
    Connect(Result<Option<Connected>, String>),
}

/// Makes the connection, as often as somebody signs in. It may take a while (TLS roots), so it
/// happens beside the data thread.
pub struct Connector {
    connect: Arc<Connect>,
    /// Weak: the data thread must not keep itself alive.
    orders: mpsc::WeakUnboundedSender<Envelope>,
}

impl Connector {
    /// Must be called inside the data side's runtime.
    pub fn start(&self, ticket: Ticket, outlet: Outlet) {
        let (connect, orders) = (Arc::clone(&self.connect), self.orders.clone());
        tokio::task::spawn_blocking(move || {
            let request = Order::Connect(connect());
            if let Some(sender) = orders.upgrade() {
                let _ = sender.send(Envelope {
                    ticket,
                    request,
                    outlet,
                });
            }
        });
    }
}

/// How the data side is started.
#[derive(Clone)]
pub struct Options {
    pub clock: Clock,
    /// The account's name as shown.
    pub account: String,
    /// Spreads back-off between installations.
    pub salt: u64,
    /// Words said before anybody listened.
    pub unheard: Vec<(Level, String)>,
    /// Why nobody could be signed in.
    pub refused: Option<String>,
}

impl Options {
    pub fn new(clock: Clock, account: impl Into<String>) -> Self {
        Self {
            clock,
            account: account.into(),
            salt: 0,
            unheard: Vec::new(),
            refused: None,
        }
    }
}

/// Why the data side could not be reached.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(
        "the kalends that owns this calendar (process {pid}) does not answer: {words}; close it, or wait"
    )]
    Mute { pid: String, words: String },
    #[error("could not start the data side: {0}")]
    Thread(String),
}

#[derive(Clone)]
pub struct Handle {
    link: Link,
    outlet: Outlet,
    tickets: Arc<AtomicU64>,
}

#[derive(Clone)]
enum Link {
    Here(mpsc::UnboundedSender<Envelope>),
    There(socket::Sender),
}

impl Handle {
    /// Asks under a ticket of the asker's choosing. False: nobody is there any more.
    pub fn post(&self, ticket: Ticket, request: Request) -> bool {
        match &self.link {
            Link::Here(sender) => sender
                .send(Envelope {
                    ticket,
                    request: Order::Request(request),
                    outlet: self.outlet.clone(),
                })
                .is_ok(),
            Link::There(sender) => sender.send(ticket, request),
        }
    }

    /// A ticket nobody else uses on this handle.
    pub fn ticket(&self) -> Ticket {
        Ticket(self.tickets.fetch_add(1, Ordering::Relaxed) | 1 << 63)
    }

    /// Whether the data side runs in this process.
    pub fn is_owner(&self) -> bool {
        matches!(self.link, Link::Here(_))
    }
}

/// Owns the folder if it is free, else attaches to its owner.
pub fn reach(
    folder: &Folder,
    options: Options,
    connect: Connect,
    outlet: Outlet,
) -> Result<Handle, OpenError> {
    match folder.own() {
        Ok(ownership) => own(folder, ownership, options, connect, outlet),
        Err(StoreError::Owned { pid, .. }) => attach(folder, &pid, outlet),
        Err(error) => Err(error.into()),
    }
}

/// Starts the data side in a thread of this process and listens for others.
pub fn own(
    folder: &Folder,
    ownership: Ownership,
    options: Options,
    connect: Connect,
    outlet: Outlet,
) -> Result<Handle, OpenError> {
    let (sender, receiver) = mpsc::unbounded_channel();
    let handle = Handle {
        link: Link::Here(sender.clone()),
        outlet: outlet.clone(),
        tickets: Arc::new(AtomicU64::new(1)),
    };
    let folder = folder.clone();
    let thread_outlet = outlet.clone();
    // The thread must not keep itself alive through its own sender.
    let weak = sender.downgrade();
    let _ = sender.send(Envelope {
        ticket: Ticket(0),
        request: Order::Listen,
        outlet,
    });
    std::thread::Builder::new()
        .name("data".into())
        .spawn(move || {
            // The loop has this thread; answers are read and decoded on another, so that the
            // next page is ready when this one is stored.
            let runtime = match tokio::runtime::Builder::new_multi_thread()
                .worker_threads(1)
                .thread_name("network")
                .enable_all()
                .build()
            {
                Ok(runtime) => runtime,
                Err(error) => return gone(&thread_outlet, &error.to_string()),
            };
            runtime.block_on(async {
                let connector = Connector {
                    connect: Arc::new(connect),
                    orders: weak.clone(),
                };
                let opened = Data::open(folder.clone(), ownership, options, connector);
                let (data, told) = match opened {
                    Ok(opened) => opened,
                    Err(error) => return gone(&thread_outlet, &error.to_string()),
                };
                // Before the sign-in is read: whoever signs in later can say so.
                let listening = socket::listen(&folder, weak);
                if let Err(error) = &listening {
                    tracing::warn!(%error, "nobody can attach");
                }
                data.connector.start(Ticket(0), Arc::new(|_| true));
                data.run(receiver, told).await;
            });
            runtime.shutdown_background();
        })
        .map_err(|error| OpenError::Thread(error.to_string()))?;
    Ok(handle)
}

/// Attaches to the owner over its socket.
pub fn attach(folder: &Folder, pid: &str, outlet: Outlet) -> Result<Handle, OpenError> {
    let sender = socket::connect(folder, outlet.clone()).map_err(|error| OpenError::Mute {
        pid: pid.to_owned(),
        words: error.to_string(),
    })?;
    Ok(Handle {
        link: Link::There(sender),
        outlet,
        tickets: Arc::new(AtomicU64::new(1)),
    })
}

fn gone(outlet: &Outlet, words: &str) {
    outlet(Incoming::Noticed(Notice::Gone {
        words: words.to_owned(),
    }));
}
