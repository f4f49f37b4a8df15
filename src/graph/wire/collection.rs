//! A list of elements as Graph wraps it: `{"value": [...], "@odata.nextLink": ...}`.
//!
//! Read in one pass, converting each element as it is met. Only when the JSON of an
//! element itself is broken (a lone surrogate, a number out of range) is the answer
//! read again with the elements cut apart first. Invariant: an element that cannot
//! be understood is counted and costs no other element.

use super::lenient::{Text, stepping_over};
use super::surrogate::mended;
use super::when::Skip;
use crate::domain::remote::Link;
use crate::graph::limits::{ITEMS, LINK};
use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::fmt;
use std::hash::{DefaultHasher, Hasher};

/// What can stand in a list.
pub(crate) trait Element: Sized {
    /// As it travels; never fails to be read except on broken JSON.
    type Wire<'a>: Deserialize<'a>;
    /// What the conversion needs to know besides.
    type Context: ?Sized;
    /// The key of the list.
    const KEY: &'static str = "value";

    fn convert(wire: Self::Wire<'_>, context: &Self::Context) -> Result<Self, Skip>;

    /// Feeds what identifies this state of the element, for the fingerprint.
    fn identify(&self, _hasher: &mut DefaultHasher) {}
}

/// What a list answer held.
#[derive(Debug)]
pub struct Collection<T> {
    pub items: Vec<T>,
    pub next: Option<Link>,
    pub delta: Option<Link>,
    /// Elements that could not be understood.
    pub skipped: u32,
    /// More elements than a page may have; the rest was dropped and the list is not whole.
    pub overflowed: bool,
    /// Of the items, in order.
    pub fingerprint: u64,
}

/// The answer is not a list at all: truncated, or something else entirely.
#[derive(Debug, PartialEq, Eq)]
pub struct NotAList;

/// Reads the list in `bytes`.
pub(crate) fn collection<T: Element>(
    bytes: &[u8],
    context: &T::Context,
) -> Result<Collection<T>, NotAList> {
    let text = text_of(bytes);
    let whole = Envelope::<T, Direct<T>>::read(&text, context);
    match whole.or_else(|_| Envelope::<T, CutApart>::read(&text, context)) {
        Ok(Some(collection)) => Ok(collection),
        Ok(None) | Err(_) => Err(NotAList),
    }
}

/// The answer as text; invalid UTF-8 becomes U+FFFD, a byte order mark is dropped.
pub(crate) fn text_of(bytes: &[u8]) -> Cow<'_, str> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => String::from_utf8_lossy(bytes),
    }
}

/// One way to read the elements.
trait Reading<T: Element> {
    fn elements<'de, A: SeqAccess<'de>>(
        seq: &mut A,
        gathered: &mut Gathered<'_, T>,
    ) -> Result<(), A::Error>;
}

struct Direct<T>(std::marker::PhantomData<T>);

impl<T: Element> Reading<T> for Direct<T> {
    fn elements<'de, A: SeqAccess<'de>>(
        seq: &mut A,
        gathered: &mut Gathered<'_, T>,
    ) -> Result<(), A::Error> {
        while gathered.has_room() {
            match seq.next_element::<T::Wire<'de>>()? {
                Some(wire) => gathered.take(T::convert(wire, gathered.context)),
                None => return Ok(()),
            }
        }
        Ok(())
    }
}

struct CutApart;

impl<T: Element> Reading<T> for CutApart {
    fn elements<'de, A: SeqAccess<'de>>(
        seq: &mut A,
        gathered: &mut Gathered<'_, T>,
    ) -> Result<(), A::Error> {
        while gathered.has_room() {
            let Some(raw) = seq.next_element::<&'de RawValue>()? else {
                return Ok(());
            };
            let context = gathered.context;
            let element = match serde_json::from_str(raw.get()) {
                Ok(wire) => T::convert(wire, context),
                Err(_) => match serde_json::from_str(&mended(raw.get())) {
                    Ok(wire) => T::convert(wire, context),
                    Err(_) => Err(Skip::Garbled),
                },
            };
            gathered.take(element);
        }
        Ok(())
    }
}

struct Gathered<'c, T: Element> {
    context: &'c T::Context,
    items: Vec<T>,
    skipped: u32,
    overflowed: bool,
    hasher: DefaultHasher,
}

impl<'c, T: Element> Gathered<'c, T> {
    fn new(context: &'c T::Context) -> Self {
        Self {
            context,
            items: Vec::new(),
            skipped: 0,
            overflowed: false,
            // A fixed key: equal pages give equal numbers in every run.
            hasher: DefaultHasher::new(),
        }
    }

    fn has_room(&self) -> bool {
        self.items.len() + (self.skipped as usize) < ITEMS
    }

    fn take(&mut self, element: Result<T, Skip>) {
        match element {
            Ok(element) => {
                element.identify(&mut self.hasher);
                self.items.push(element);
            }
            Err(reason) => {
                tracing::debug!(?reason, "left out an element of an answer");
                self.skipped += 1;
            }
        }
    }
}

/// The object around the list, read in way `R`.
struct Envelope<'c, T: Element, R> {
    context: &'c T::Context,
    reading: std::marker::PhantomData<R>,
}

impl<'c, T: Element, R: Reading<T>> Envelope<'c, T, R> {
    /// None when there is no list in the object.
    fn read(
        text: &str,
        context: &'c T::Context,
    ) -> Result<Option<Collection<T>>, serde_json::Error> {
        let mut deserializer = serde_json::Deserializer::from_str(text);
        let envelope = Self {
            context,
            reading: std::marker::PhantomData,
        };
        let found = envelope.deserialize(&mut deserializer)?;
        deserializer.end()?;
        Ok(found)
    }
}

impl<'de, T: Element, R: Reading<T>> DeserializeSeed<'de> for Envelope<'_, T, R> {
    type Value = Option<Collection<T>>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de, T: Element, R: Reading<T>> Visitor<'de> for Envelope<'_, T, R> {
    type Value = Option<Collection<T>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let (mut next, mut delta) = (Text::default(), Text::default());
        let mut gathered = None;
        while let Some(key) = map.next_key::<Text<'de>>()? {
            match key.or_empty() {
                "@odata.nextLink" => next = map.next_value()?,
                "@odata.deltaLink" => delta = map.next_value()?,
                name if name == T::KEY => {
                    gathered = map.next_value_seed(Elements::<T, R> {
                        context: self.context,
                        reading: self.reading,
                    })?;
                }
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(gathered.map(|gathered| Collection {
            items: gathered.items,
            next: link(&next),
            delta: link(&delta),
            skipped: gathered.skipped,
            overflowed: gathered.overflowed,
            fingerprint: gathered.hasher.finish(),
        }))
    }

    stepping_over!(seq);
    stepping_over!(scalars);
}

/// An over-long link is no link; the page then has no end it can be trusted with.
fn link(text: &Text<'_>) -> Option<Link> {
    text.get()
        .filter(|text| !text.is_empty() && text.len() <= LINK)
        .map(Link::new)
}

struct Elements<'c, T: Element, R> {
    context: &'c T::Context,
    reading: std::marker::PhantomData<R>,
}

impl<'de, 'c, T: Element, R: Reading<T>> DeserializeSeed<'de> for Elements<'c, T, R> {
    type Value = Option<Gathered<'c, T>>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de, 'c, T: Element, R: Reading<T>> Visitor<'de> for Elements<'c, T, R> {
    type Value = Option<Gathered<'c, T>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("elements")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let mut gathered = Gathered::new(self.context);
        R::elements(&mut seq, &mut gathered)?;
        if !gathered.has_room() {
            while seq.next_element::<IgnoredAny>()?.is_some() {
                gathered.overflowed = true;
                gathered.skipped = gathered.skipped.saturating_add(1);
            }
        }
        Ok(Some(gathered))
    }

    stepping_over!(map);
    stepping_over!(scalars);
}
