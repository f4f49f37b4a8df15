//! Free/busy of people and rooms (Graph: getSchedule), and Microsoft's own suggestions
//! (Graph: findMeetingTimes).
//!
//! Invariant: where nothing can be read, time is unknown and never free.

use super::calendar::{HoursWire, hours};
use super::collection::{Collection, Element, NotAList, collection, text_of};
use super::event::show_as;
use super::lenient::{List, Number, Text, object};
use super::surrogate::mended;
use super::when::{Skip, WhenWire, interval, stretch};
use crate::domain::event::{ShowAs, Slot};
use crate::domain::free_busy::{Schedule, Suggestion, Suggestions, Taken};
use crate::domain::text::Untrusted;

/// RFC 5321 4.5.3.1: the longest address.
const ADDRESS: usize = 254;
const WORDS: usize = 256;
/// More than the service gives for one mailbox (error 5006).
const ITEMS: usize = 1001;

object! {
    ScheduleWire<'a> {
        "scheduleId" => address: Text<'a>,
        "scheduleItems" => items: List<ItemWire<'a>, ITEMS>,
        "availabilityView" => view: Text<'a>,
        "workingHours" => hours: HoursWire<'a>,
        "error" => error: ErrorWire<'a>,
    }
}

object! {
    ItemWire<'a> {
        "status" => status: Text<'a>,
        "start" => start: WhenWire<'a>,
        "end" => end: WhenWire<'a>,
    }
}

object! {
    ErrorWire<'a> {
        "message" => message: Text<'a>,
        "responseCode" => code: Text<'a>,
    }
}

/// Reads the answer to getSchedule: one page, in the order that was asked for.
pub fn schedules(bytes: &[u8]) -> Result<Collection<Schedule>, NotAList> {
    collection(bytes, &())
}

impl Element for Schedule {
    type Wire<'a> = ScheduleWire<'a>;
    type Context = ();

    fn convert(wire: ScheduleWire<'_>, (): &()) -> Result<Self, Skip> {
        let address = wire.address.clipped(ADDRESS);
        if address.is_empty() {
            return Err(Skip::Id);
        }
        // Without a view nothing was looked up, whatever else the answer says.
        let is_known = !wire.error.present && !wire.view.or_empty().is_empty();
        let (taken, is_whole) = wire.taken();
        let words = match wire.error.message.clipped(WORDS) {
            "" if is_known => "the server says when they are busy in a way that cannot be read",
            "" => "the server does not say when they are free",
            words => words,
        };
        Ok(Self {
            address: Untrusted::from(address),
            taken,
            hours: wire.hours.present.then(|| hours(&wire.hours)),
            trouble: (!is_known || !is_whole).then(|| Untrusted::from(words)),
        })
    }
}

impl ScheduleWire<'_> {
    /// What claims the time, and whether that is all of it: a claim that cannot be read, that lies
    /// beyond the bound, or that only the view knows of, would else be shown as free time.
    fn taken(&self) -> (Vec<Taken>, bool) {
        let items = &self.items.0;
        let is_busy = self.view.or_empty().chars().any(|letter| letter != '0');
        let mut is_whole = items.len() < ITEMS && !(items.is_empty() && is_busy);
        let mut taken = Vec::new();
        for item in items {
            let show_as = show_as(&item.status);
            if show_as == ShowAs::Free {
                continue;
            }
            match stretch(&item.start, &item.end) {
                Ok((start, end)) if start == end => {}
                Ok((start, end)) => {
                    let slot = Slot { start, end };
                    taken.push(Taken { slot, show_as });
                }
                Err(_) => is_whole = false,
            }
        }
        (taken, is_whole)
    }
}

/// More than are asked for.
const TIMES: usize = 100;

object! {
    SuggestionsWire<'a> {
        "meetingTimeSuggestions" => times: List<SuggestionWire<'a>, TIMES>,
        "emptySuggestionsReason" => why_none: Text<'a>,
    }
}

object! {
    SuggestionWire<'a> {
        "confidence" => confidence: Number,
        "meetingTimeSlot" => slot: SlotWire<'a>,
    }
}

object! {
    SlotWire<'a> {
        "start" => start: WhenWire<'a>,
        "end" => end: WhenWire<'a>,
    }
}

/// Reads the answer to findMeetingTimes; a time that cannot be read is left out.
pub fn suggestions(bytes: &[u8]) -> Result<Suggestions, NotAList> {
    let text = text_of(bytes);
    let text = mended(&text);
    let wire: SuggestionsWire<'_> = serde_json::from_str(&text).map_err(|_| NotAList)?;
    if !wire.present {
        return Err(NotAList);
    }
    let time = |wire: &SuggestionWire<'_>| {
        let (start, end) = interval(&wire.slot.start, &wire.slot.end).ok()?;
        let percent = wire.confidence.0.unwrap_or(0).clamp(0, 100);
        let percent = u8::try_from(percent).unwrap_or(0);
        let slot = Slot { start, end };
        (start < end).then_some(Suggestion { slot, percent })
    };
    Ok(Suggestions {
        times: wire.times.0.iter().filter_map(time).collect(),
        why_none: Untrusted::from(wire.why_none.clipped(WORDS)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_busy_who_is_unknown_and_when_they_work() {
        let page = r#"{"value":[
          {"scheduleId":"ben@contoso.com","availabilityView":"0020","scheduleItems":[
            {"status":"busy","start":{"dateTime":"2026-11-26T09:00:00.0000000","timeZone":"UTC"},"end":{"dateTime":"2026-11-26T10:00:00.0000000","timeZone":"UTC"}},
            {"status":"free","start":{"dateTime":"2026-11-26T11:00:00","timeZone":"UTC"},"end":{"dateTime":"2026-11-26T12:00:00","timeZone":"UTC"}},
            {"status":"new in 2031","start":{"dateTime":"2026-11-26T13:00:00","timeZone":"UTC"},"end":{"dateTime":"2026-11-26T14:00:00","timeZone":"UTC"}}],
           "workingHours":{"daysOfWeek":["monday","tuesday"],"startTime":"09:00:00.0000000","endTime":"15:00:00.0000000","timeZone":{"name":"Tokyo Standard Time"}}},
          {"scheduleId":"liu@fabrikam.com","availabilityView":"","error":{"message":"Proxy web request failed.","responseCode":"5016"}},
          {"scheduleId":"quiet@contoso.com","scheduleItems":null},
          {"scheduleId":""}]}"#;
        let found = schedules(page.as_bytes()).unwrap();
        assert_eq!((found.items.len(), found.skipped), (3, 1));
        let [ben, liu, quiet] = &found.items[..] else {
            panic!("{found:?}");
        };
        let shown: Vec<ShowAs> = ben.taken.iter().map(|taken| taken.show_as).collect();
        assert_eq!(shown, [ShowAs::Busy, ShowAs::Unknown]);
        let hours = ben.hours.as_ref().unwrap();
        assert_eq!(
            (hours.working_days.clone(), hours.working_to.hour()),
            (vec![1, 2], 15)
        );
        assert_eq!(
            hours.working_zone.as_ref().unwrap().raw(),
            "Tokyo Standard Time"
        );
        assert_eq!(ben.trouble, None);
        assert!(liu.trouble.as_ref().unwrap().raw().contains("Proxy"));
        assert!(quiet.trouble.is_some() && quiet.taken.is_empty());
    }

    fn told(items: &str, view: &str) -> Schedule {
        let page = format!(
            r#"{{"value":[{{"scheduleId":"ben@contoso.com","availabilityView":"{view}","scheduleItems":{items}}}]}}"#
        );
        schedules(page.as_bytes()).unwrap().items.remove(0)
    }

    #[test]
    fn a_claim_that_cannot_be_read_makes_the_time_unknown() {
        let utc = |time: &str| format!(r#"{{"dateTime":"2026-11-26T{time}","timeZone":"UTC"}}"#);
        let item = |status: &str, start: &str, end: &str| {
            format!(r#"{{"status":"{status}","start":{start},"end":{end}}}"#)
        };
        let (nine, ten) = (utc("09:00:00"), utc("10:00:00"));
        let good = item("busy", &nine, &ten);
        let pacific = r#"{"dateTime":"2026-11-26T09:00:00","timeZone":"Pacific Standard Time"}"#;
        for bad in [
            item("busy", &utc("9 o'clock"), &ten),
            item("busy", &nine, &utc("later")),
            item("tentative", pacific, &ten),
            item("oof", &nine, pacific),
            item("busy", &ten, &nine),
            item("busy", &nine, "null"),
            item("new in 2031", "7", &ten),
            r#"{"start":null}"#.to_owned(),
            "null".to_owned(),
            r#""busy""#.to_owned(),
        ] {
            let schedule = told(&format!("[{good},{bad}]"), "2200");
            assert!(schedule.trouble.is_some(), "{bad}");
            assert_eq!(schedule.taken.len(), 1, "what was read stays: {bad}");
        }
        for fine in [
            item("free", "null", "null"),
            item("busy", &nine, &nine),
            item("Free", &ten, &nine),
        ] {
            let schedule = told(&format!("[{good},{fine}]"), "2200");
            assert_eq!(schedule.trouble, None, "{fine}");
        }
    }

    #[test]
    fn claims_that_did_not_come_are_not_taken_for_free_time() {
        for items in ["null", "[]", r#""none""#] {
            assert!(told(items, "0020").trouble.is_some(), "{items}");
            assert_eq!(told(items, "0000").trouble, None, "{items}");
        }
        let one = r#"{"status":"busy","start":{"dateTime":"2026-11-26T09:00:00"},"end":{"dateTime":"2026-11-26T10:00:00"}}"#;
        let many = |count: usize| format!("[{}]", vec![one; count].join(","));
        assert_eq!(told(&many(ITEMS - 1), "2").trouble, None);
        let schedule = told(&many(ITEMS), "2");
        assert!(schedule.trouble.is_some(), "there may be more of them");
    }

    /// As the published example has it, with what else may stand there.
    #[test]
    fn what_microsoft_suggests_and_how_sure_it_is() {
        let page = r#"{"emptySuggestionsReason":"","meetingTimeSuggestions":[
          {"confidence":100.0,"organizerAvailability":"free","suggestionReason":"Suggested because it is one of the nearest times when all attendees are available.",
           "meetingTimeSlot":{"start":{"dateTime":"2026-11-26T09:00:00.0000000","timeZone":"UTC"},"end":{"dateTime":"2026-11-26T10:00:00.0000000","timeZone":"UTC"}}},
          {"confidence":74.5,"meetingTimeSlot":{"start":{"dateTime":"2026-11-26T11:00:00","timeZone":"UTC"},"end":{"dateTime":"2026-11-26T12:00:00","timeZone":"UTC"}}},
          {"confidence":"x","meetingTimeSlot":null}]}"#;
        let found = suggestions(page.as_bytes()).unwrap();
        let percents: Vec<u8> = found.times.iter().map(|time| time.percent).collect();
        assert_eq!(percents, [100, 74]);
        let none = suggestions(
            br#"{"emptySuggestionsReason":"OrganizerUnavailable","meetingTimeSuggestions":[]}"#,
        );
        let none = none.unwrap();
        assert!(none.times.is_empty() && none.why_none.raw() == "OrganizerUnavailable");
        assert!(suggestions(b"[]").is_err() && suggestions(b"{").is_err());
    }
}
