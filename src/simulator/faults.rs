//! What goes wrong on purpose: rules that match requests, and what they do to the answer.
//!
//! Invariant: with the same seed, rules and requests the same faults strike. A fault either
//! replaces the work (`Instead`) or spoils the answer after the work was done (`After`).

use serde::Deserialize;

use super::dice::Dice;
use super::graph::{Response, Transport};

mod twist;

/// When a fault strikes, and which one. Without `nth` and `probability` it strikes always.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Rule {
    /// HTTP method; any when absent.
    #[serde(default)]
    pub method: Option<String>,
    /// Part of path and query, `*` for any run of letters, without regard to case.
    #[serde(default)]
    pub path: Option<String>,
    /// The first matching request to strike, counted from 1.
    #[serde(default)]
    pub nth: Option<u64>,
    /// How often it strikes at most; 1 with `nth`, else without end.
    #[serde(default)]
    pub times: Option<u64>,
    #[serde(default)]
    pub probability: Option<f64>,
    /// Not before this instant (milliseconds since the epoch).
    #[serde(default)]
    pub from_ms: Option<i64>,
    /// Not from this instant on.
    #[serde(default)]
    pub until_ms: Option<i64>,
    pub fault: Fault,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(
    tag = "kind",
    rename_all = "camelCase",
    rename_all_fields = "camelCase",
    deny_unknown_fields
)]
pub enum Fault {
    /// Any status. `retry_after` is sent as it stands; `in_seconds` becomes an HTTP date;
    /// `is_after` lets the work take effect first; `is_empty` leaves the body out.
    Status {
        status: u16,
        #[serde(default)]
        code: Option<String>,
        #[serde(default)]
        message: Option<String>,
        #[serde(default)]
        retry_after: Option<String>,
        #[serde(default)]
        retry_date_in_seconds: Option<i64>,
        #[serde(default)]
        is_empty: bool,
        #[serde(default)]
        is_after: bool,
    },
    TokenExpired,
    /// 401 with a claims challenge (continuous access evaluation).
    ClaimsChallenge,
    /// 410 `SyncStateNotFound`.
    SyncStateGone,
    /// 200 with an HTML page, as a captive portal sends it.
    ProxyPage,
    /// 302 to another host.
    Redirect {
        to: String,
    },
    Slow {
        ms: u64,
    },
    Drip {
        piece: usize,
        pause_ms: u64,
    },
    /// `is_after`: the work took effect, the answer got lost.
    ResetBefore {
        #[serde(default)]
        is_after: bool,
    },
    ResetMid {
        bytes: usize,
    },
    /// The body stops early, with the length it then has.
    Truncated,
    LongLength {
        bytes: usize,
    },
    /// Delta: this page comes twice (once when `times` is 1).
    RepeatedPage,
    ReorderedPage,
    /// Delta: the page comes first in an older version, then as it is.
    TwoVersions,
    SelfNextLink,
    RotatingNextLink,
    TwoCycle,
    ForeignNextLink {
        host: String,
    },
    BothLinks,
    NoLinks,
    RemovedUnknown,
    RemovedThenAdded,
    OccurrencesFirst,
    MissingMaster,
    EmptyPage,
    /// Batch answers: only the rows are touched.
    BatchPermuted,
    BatchMissing,
    BatchExtra,
    BatchThrottled {
        retry_after: String,
    },
    UnknownEnum,
    Nulls,
    DeepNesting {
        depth: usize,
    },
    LoneSurrogates,
    DuplicateKeys,
    NumbersAsStrings,
    InvalidUtf8,
    /// The `Date` header is off by so much.
    ClockSkew {
        seconds: i64,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    Instead,
    After,
}

/// All rules, with what they already did.
pub struct Faults {
    rules: Vec<Armed>,
    dice: Dice,
    /// Everything that struck: method, path and fault.
    pub log: Vec<(String, String, Fault)>,
}

struct Armed {
    rule: Rule,
    seen: u64,
    struck: u64,
}

/// A fault about to be applied to one answer.
pub(crate) struct Strike {
    fault: Fault,
    path_and_query: String,
    count: u64,
}

impl Faults {
    pub fn new(seed: u64) -> Self {
        Self {
            rules: Vec::new(),
            dice: Dice::new(seed ^ 0xfa17),
            log: Vec::new(),
        }
    }

    pub fn add(&mut self, rule: Rule) {
        self.rules.push(Armed {
            rule,
            seen: 0,
            struck: 0,
        });
    }

    /// From now on nothing goes wrong.
    pub fn clear(&mut self) {
        self.rules.clear();
    }

    /// The fault that strikes this request, the first rule that wants it winning.
    pub(crate) fn strike(
        &mut self,
        method: &str,
        path_and_query: &str,
        now_ms: i64,
    ) -> Option<Strike> {
        let mut found: Option<Strike> = None;
        for armed in &mut self.rules {
            if !armed.rule.is_about(method, path_and_query, now_ms) {
                continue;
            }
            armed.seen += 1;
            let is_in_turn = armed.rule.nth.is_none_or(|nth| armed.seen >= nth);
            let limit = armed.rule.times.unwrap_or(if armed.rule.nth.is_some() {
                1
            } else {
                u64::MAX
            });
            let is_lucky = armed
                .rule
                .probability
                .is_none_or(|chance| self.dice.happens(chance));
            if found.is_none() && is_in_turn && is_lucky && armed.struck < limit {
                armed.struck += 1;
                let fault = armed.rule.fault.clone();
                found = Some(Strike {
                    fault,
                    path_and_query: path_and_query.to_owned(),
                    count: armed.struck,
                });
            }
        }
        if let Some(strike) = &found {
            self.log.push((
                method.to_owned(),
                path_and_query.to_owned(),
                strike.fault.clone(),
            ));
        }
        found
    }
}

impl Rule {
    /// A rule that always strikes where `path` matches.
    pub fn always(path: &str, fault: Fault) -> Self {
        Self {
            method: None,
            path: Some(path.to_owned()),
            nth: None,
            times: None,
            probability: None,
            from_ms: None,
            until_ms: None,
            fault,
        }
    }

    /// A rule that strikes the nth matching request once.
    pub fn nth(path: &str, nth: u64, fault: Fault) -> Self {
        Self {
            nth: Some(nth),
            ..Self::always(path, fault)
        }
    }

    fn is_about(&self, method: &str, path: &str, now_ms: i64) -> bool {
        self.method
            .as_ref()
            .is_none_or(|wanted| wanted.eq_ignore_ascii_case(method))
            && self
                .path
                .as_ref()
                .is_none_or(|pattern| contains_glob(path, pattern))
            && self.from_ms.is_none_or(|from| now_ms >= from)
            && self.until_ms.is_none_or(|until| now_ms < until)
    }
}

/// Whether the pieces of the pattern occur in order.
fn contains_glob(text: &str, pattern: &str) -> bool {
    let text = text.to_ascii_lowercase();
    let mut rest = text.as_str();
    for piece in pattern.to_ascii_lowercase().split('*') {
        match rest.find(piece) {
            Some(at) => rest = rest.get(at + piece.len()..).unwrap_or_default(),
            None => return false,
        }
    }
    true
}

impl Strike {
    pub(crate) fn stage(&self) -> Stage {
        match &self.fault {
            Fault::Status {
                is_after: false, ..
            }
            | Fault::ResetBefore { is_after: false }
            | Fault::TokenExpired
            | Fault::ClaimsChallenge
            | Fault::SyncStateGone
            | Fault::ProxyPage
            | Fault::Redirect { .. } => Stage::Instead,
            _ => Stage::After,
        }
    }

    /// Spoils the answer.
    pub(crate) fn apply(&self, mut response: Response, base: &str, now_ms: i64) -> Response {
        match &self.fault {
            Fault::Slow { ms } => response.effect.delay_ms = *ms,
            Fault::Drip { piece, pause_ms } => {
                response.effect.transport = Transport::Drip {
                    piece: *piece,
                    pause_ms: *pause_ms,
                };
            }
            Fault::ResetBefore { .. } => response.effect.transport = Transport::ResetBefore,
            Fault::ResetMid { bytes } => response.effect.transport = Transport::ResetAfter(*bytes),
            Fault::LongLength { bytes } => {
                response.effect.transport = Transport::LongLength(*bytes)
            }
            Fault::Truncated => response.body.truncate(response.body.len() * 2 / 3),
            _ => {
                let page = twist::Page {
                    path_and_query: &self.path_and_query,
                    base,
                    count: self.count,
                    now_ms,
                };
                page.twist(&self.fault, &mut response);
            }
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nth_request_is_struck_once() {
        let mut faults = Faults::new(1);
        faults.add(Rule::nth(
            "/calendars/*/calendarview",
            2,
            Fault::TokenExpired,
        ));
        let path = "/v1.0/me/calendars/AAA/calendarView/delta";
        assert!(faults.strike("GET", path, 0).is_none());
        assert!(faults.strike("GET", "/v1.0/me", 0).is_none());
        assert!(faults.strike("GET", path, 0).is_some());
        assert!(faults.strike("GET", path, 0).is_none());
    }

    #[test]
    fn rules_are_read_from_toml() {
        let text = r#"
            path = "/events"
            method = "POST"
            nth = 1
            fault = { kind = "status", status = 503, isAfter = true, isEmpty = true }
        "#;
        let rule: Rule = toml::from_str(text).unwrap();
        assert!(matches!(
            rule.fault,
            Fault::Status {
                status: 503,
                is_after: true,
                is_empty: true,
                ..
            }
        ));
        assert!(toml::from_str::<Rule>("fault = { kind = 'unknown' }").is_err());
    }
}
