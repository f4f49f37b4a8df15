//! `kalends agenda`: what is in the calendars, for eyes and for scripts.

mod json;
mod text;

pub(super) use json::{harmless, response as response_word, write as write_json};

use super::arguments::Agenda;
use super::entries::Known;
use super::exit::{Exit, Trouble};
use super::invocation::Invocation;
use super::output::Output;
use jiff::ToSpan;
use jiff::civil::Date;

const DAYS: u16 = 7;
/// Days one call may cover: ten years, so that memory stays bounded.
const DAYS_AT_MOST: i32 = 3660;

pub(super) fn agenda(
    invocation: &Invocation,
    wish: &Agenda,
    output: &mut Output<'_>,
) -> Result<Exit, Trouble> {
    let zone = invocation.zone()?;
    let today = zone.date(invocation.clock.now());
    let (from, to) = range(wish, today)?;
    let account = invocation.account()?;
    let known = Known::reach(invocation, &account, from, to)?;
    let entries = known.within(&zone, from, to);
    if wish.json {
        json::write(&known, &entries, &zone, output)?;
    } else {
        let page = text::Page {
            known: &known,
            zone: &zone,
            today,
            from,
            to,
        };
        page.write(&entries, output)?;
    }
    output.out.flush()?;
    match known.trouble {
        Some(trouble) => Err(trouble),
        None => Ok(Exit::Fine),
    }
}

/// `[from, to)` in dates.
fn range(wish: &Agenda, today: Date) -> Result<(Date, Date), Trouble> {
    let from = wish.from.unwrap_or(today);
    let days = wish.days.unwrap_or(DAYS);
    let to = wish
        .to
        .unwrap_or_else(|| from.saturating_add(i64::from(days).days()));
    if to <= from {
        return Err(Trouble::usage(format!(
            "--to {to} is not after {from}; it is the day after the last one shown"
        )));
    }
    if (to - from).get_days() > DAYS_AT_MOST {
        return Err(Trouble::usage(
            "this range is longer than ten years; ask for less at a time",
        ));
    }
    Ok((from, to))
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn a_range_is_seven_days_unless_said_otherwise() {
        let today = date(2026, 11, 22);
        let mut wish = Agenda {
            from: None,
            to: None,
            days: None,
            json: false,
        };
        assert_eq!(range(&wish, today).unwrap(), (today, date(2026, 11, 29)));
        wish.days = Some(1);
        assert_eq!(range(&wish, today).unwrap(), (today, date(2026, 11, 23)));
        wish.to = Some(today);
        assert_eq!(range(&wish, today).unwrap_err().exit, Exit::Usage);
        wish.to = Some(date(2100, 1, 1));
        assert!(range(&wish, today).is_err());
    }
}
