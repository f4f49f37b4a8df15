//! The `Prefer` header: what a client would like, and what was honoured.

use super::call::Fail;
use crate::simulator::civil::Wall;
use crate::simulator::world::Stamp;
use crate::simulator::zone::{self, Zone};

#[derive(Clone, Debug, Default)]
pub(crate) struct Prefer {
    /// The name as sent, and its rules.
    pub zone: Option<(String, &'static Zone)>,
    pub is_text: bool,
    pub is_immutable: bool,
    pub page_size: Option<usize>,
    applied: Vec<String>,
}

impl Prefer {
    /// Repeated headers and comma-separated preferences both count; unknown ones are ignored.
    pub fn parse(headers: &[(String, String)]) -> Result<Self, Fail> {
        let mut prefer = Self::default();
        for (_, value) in headers
            .iter()
            .filter(|(name, _)| name.eq_ignore_ascii_case("prefer"))
        {
            for part in split_quoted(value) {
                let (name, value) = part.split_once('=').unwrap_or((&part, ""));
                prefer.take(name.trim(), value.trim().trim_matches('"'))?;
            }
        }
        Ok(prefer)
    }

    fn take(&mut self, name: &str, value: &str) -> Result<(), Fail> {
        match name.to_ascii_lowercase().as_str() {
            "outlook.timezone" => {
                let zone = zone::find(value).ok_or_else(|| Fail::zone(value))?;
                self.zone = Some((value.to_owned(), zone));
                self.applied.push(format!("outlook.timezone=\"{value}\""));
            }
            "outlook.body-content-type" => {
                self.is_text = value.eq_ignore_ascii_case("text");
                self.applied
                    .push(format!("outlook.body-content-type=\"{value}\""));
            }
            "idtype" => {
                self.is_immutable = value.eq_ignore_ascii_case("ImmutableId");
                self.applied.push(format!("IdType=\"{value}\""));
            }
            "odata.maxpagesize" => {
                self.page_size = value.parse().ok().filter(|size| *size > 0);
                self.applied.push(format!("odata.maxpagesize={value}"));
            }
            _ => {}
        }
        Ok(())
    }

    pub fn applied(&self) -> String {
        self.applied.join(", ")
    }

    /// Zone and label of times in the answer.
    pub fn zone(&self) -> (&str, &'static Zone) {
        self.zone
            .as_ref()
            .map_or(("UTC", zone::utc()), |(name, zone)| (name, zone))
    }

    /// A timed stamp in the wanted zone; all-day ones keep their date.
    pub fn stamp(&self, stamp: Stamp, is_all_day: bool) -> serde_json::Value {
        let (label, zone) = self.zone();
        let wall = if is_all_day {
            Wall::at(stamp.wall.day(), 0)
        } else {
            zone.wall_of(stamp.instant())
        };
        serde_json::json!({"dateTime": wall.text(), "timeZone": label})
    }
}

fn split_quoted(value: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut is_quoted = false;
    for letter in value.chars() {
        match letter {
            '"' => {
                is_quoted = !is_quoted;
                if let Some(part) = parts.last_mut() {
                    part.push(letter);
                }
            }
            ',' | ';' if !is_quoted => parts.push(String::new()),
            _ => {
                if let Some(part) = parts.last_mut() {
                    part.push(letter);
                }
            }
        }
    }
    parts
}
