//! A server without a wire: pages of JSON behind links, read by the real decoder, and a count of
//! what was asked. What a link has no page for has not changed.

use jiff::tz::TimeZone;
use kalends::domain::calendar::{Calendar, Me};
use kalends::domain::event::Person;
use kalends::domain::ids::CalendarId;
use kalends::domain::remote::{Ask, Failure, FailureKind, Link, Mailbox, Page, PageEnd, Told};
use kalends::graph::wire::page::page;
use kalends::service::server::Answer;
use kalends::service::{Server, Traffic};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

pub const CALENDAR: &str = "AAkALgAAAAAAHYQDEapmEc2byACqAC-EWg0A-calendar";

/// One answer's body, shared.
pub type Bytes = Arc<[u8]>;
type Pages = dyn Fn(&str) -> Option<Bytes> + Send + Sync;

#[derive(Clone)]
pub struct Office {
    pages: Arc<Pages>,
    calendars: usize,
    pub asked: Arc<Asked>,
}

/// What a real server would have been sent.
#[derive(Debug, Default)]
pub struct Asked {
    pub requests: AtomicU64,
    /// Reads, each of a batch counted.
    pub reads: AtomicU64,
    pub bytes: AtomicU64,
}

impl Office {
    /// A round of a window begins at the link `from/<first date>/0`.
    pub fn new(pages: impl Fn(&str) -> Option<Bytes> + Send + Sync + 'static) -> Self {
        Self {
            pages: Arc::new(pages),
            calendars: 1,
            asked: Arc::default(),
        }
    }

    pub fn with_calendars(mut self, calendars: usize) -> Self {
        self.calendars = calendars;
        self
    }

    fn answer(&self, ask: &Ask) -> Result<Told, Failure> {
        self.asked.reads.fetch_add(1, Relaxed);
        match ask {
            Ask::Mailbox { .. } => Ok(Told::Mailbox(self.mailbox())),
            Ask::View { .. } => Ok(Told::Events(Vec::new())),
            Ask::RoundStart { calendar, from, .. } => {
                let first = from.to_zoned(TimeZone::UTC).date();
                self.page(&format!("https://graph.example/from/{first}/0"), calendar)
            }
            Ask::RoundNext { calendar, link } => self.page(link.as_str(), calendar),
            _ => Err(refused("nobody answers this here")),
        }
    }

    fn page(&self, link: &str, calendar: &CalendarId) -> Result<Told, Failure> {
        let Some(bytes) = (self.pages)(link) else {
            let end = PageEnd::Delta(Link::new(link));
            return Ok(Told::Page(Page {
                items: Vec::new(),
                end,
                skipped: 0,
                fingerprint: 0,
            }));
        };
        self.asked.bytes.fetch_add(bytes.len() as u64, Relaxed);
        page(&bytes, calendar)
            .map(Told::Page)
            .map_err(|_| refused("a page that is no list"))
    }

    fn mailbox(&self) -> Mailbox {
        let me = Person {
            name: "Ana Vidal".into(),
            address: "ana@contoso.com".into(),
        };
        let calendars = (0..self.calendars).map(|number| Calendar {
            id: CalendarId::new(if number == 0 {
                CALENDAR.to_owned()
            } else {
                format!("{CALENDAR}{number}")
            }),
            name: "Calendar".into(),
            hex_color: None,
            color: "auto".into(),
            owner: me.clone(),
            can_edit: true,
            is_default: number == 0,
        });
        Mailbox {
            calendars: calendars.collect(),
            me: Me {
                name: me.name.clone(),
                address: me.address.clone(),
            },
            followed: Vec::new(),
            settings: None,
            categories: None,
        }
    }
}

impl Server for Office {
    fn perform(&self, ask: Ask) -> Answer<Result<Told, Failure>> {
        self.asked.requests.fetch_add(1, Relaxed);
        let office = self.clone();
        Box::pin(async move { office.answer(&ask) })
    }

    fn perform_batch(&self, asks: Vec<Ask>) -> Answer<Vec<Result<Told, Failure>>> {
        self.asked.requests.fetch_add(1, Relaxed);
        let office = self.clone();
        Box::pin(async move { asks.iter().map(|ask| office.answer(ask)).collect() })
    }

    fn traffic(&self) -> Traffic {
        let (requests, bytes) = (
            self.asked.requests.load(Relaxed),
            self.asked.bytes.load(Relaxed),
        );
        Traffic {
            requests,
            bytes,
            ..Traffic::default()
        }
    }
}

fn refused(words: &str) -> Failure {
    Failure {
        kind: FailureKind::Refused,
        status: 400,
        code: String::new(),
        words: words.to_owned(),
        retry_after_ms: None,
    }
}
