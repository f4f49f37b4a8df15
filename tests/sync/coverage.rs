//! How often each thing happened: properties over histories in which nothing happens prove nothing.

use crate::server::{Form, Transport, Trick};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

#[derive(Default)]
pub struct Coverage {
    seen: BTreeMap<String, u64>,
    histories: u64,
}

impl Coverage {
    pub fn count(&mut self, what: &BTreeSet<String>) {
        self.histories += 1;
        for name in what {
            *self.seen.entry(name.clone()).or_default() += 1;
        }
    }

    pub fn add(&mut self, other: &Coverage) {
        self.histories += other.histories;
        for (name, count) in &other.seen {
            *self.seen.entry(name.clone()).or_default() += count;
        }
    }

    /// Everything documented happens in at least one history of a hundred.
    pub fn assert_complete(&self, histories: u64) {
        let mut wanted: Vec<String> = Vec::new();
        wanted.extend(Trick::ALL.iter().map(|trick| format!("{trick:?}")));
        wanted.extend(Transport::ALL.iter().map(|fault| format!("{fault:?}")));
        let forms = [
            Form::Single,
            Form::Exception,
            Form::Master,
            Form::BareOccurrence,
            Form::Removed,
            Form::SeriesResent,
            Form::OccurrenceDeletedWithoutTombstone,
            Form::SeriesDeleted,
            Form::OccurrenceBecameException,
            Form::MovedOutOfWindow,
            Form::SeenTwice,
        ];
        wanted.extend(forms.iter().map(|form| format!("{form:?}")));
        wanted.extend(
            [
                "killed",
                "power cut",
                "clock jump",
                "quarter edge",
                "two windows",
                "hot to cold",
                "clock change week",
                "declined",
                "answered",
                "created",
                "changed",
                "forwarded",
                "deleted",
                "edit conflict",
                "withdrawn",
                "mass deletion",
                "moved between calendars",
                "replica lost",
                "poisoned calendar",
            ]
            .map(str::to_owned),
        );
        for name in wanted {
            let seen = self.seen.get(&name).copied().unwrap_or(0);
            assert!(
                seen * 100 >= histories,
                "{name} happened in {seen} of {histories} histories only"
            );
        }
    }
}

impl fmt::Display for Coverage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "coverage over {} histories:", self.histories)?;
        for (name, count) in &self.seen {
            writeln!(f, "  {name:<40} {count}")?;
        }
        Ok(())
    }
}
