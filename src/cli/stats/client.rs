//! `kalends stats --client`: what the program itself did, day by day.
//!
//! From the file that the owner of the calendar writes every few minutes and when it ends; nobody is
//! asked, so it works whether somebody owns the calendar or not, and says until when was counted.
//! The shape of the JSON is stable.

use super::super::arguments::Stats;
use super::super::exit::{Exit, Trouble};
use super::super::invocation::Invocation;
use super::super::output::Output;
use crate::domain::figures::{Figures, size};
use crate::domain::latency::{Latencies, Percentiles};
use crate::service::Peek;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use serde_json::{Value, json};

type Row = (String, Figures);

pub(super) fn client(
    invocation: &Invocation,
    wish: &Stats,
    output: &mut Output<'_>,
) -> Result<Exit, Trouble> {
    let account = invocation.account()?;
    let (days, written_at) = Peek::figures(&account.folder);
    let Some(until) = written_at else {
        let words = "nothing was counted yet; run kalends sync, or look again in some minutes";
        return Err(Trouble::new(Exit::Offline, words));
    };
    let today = invocation.clock.now().to_zoned(TimeZone::UTC).date();
    let first = today.saturating_sub((i64::from(wish.days) - 1).days());
    let mut total = Figures::default();
    let mut rows: Vec<Row> = Vec::new();
    for (day, figures) in days.range(first..=today) {
        total.add(figures);
        rows.push((day.to_string(), figures.clone()));
    }
    if wish.json {
        let json = value((first, today), until, &rows, &total);
        writeln!(output.out, "{json}")?;
    } else {
        rows.push(("all".into(), total));
        text(until, &rows, output)?;
    }
    output.out.flush()?;
    Ok(Exit::Fine)
}

fn text(until: Timestamp, rows: &[Row], output: &mut Output<'_>) -> Result<(), Trouble> {
    let until = until.strftime("%Y-%m-%d %H:%M:%S");
    writeln!(output.out, "counted until {until}; days and time are UTC")?;
    let title = format!(
        "{:<10} {:>9} {:>8} {:>10} {:>9} {:>8} {:>7} {:>7}",
        "day", "requests", "counted", "received", "throttled", "renewals", "failed", "rounds"
    );
    writeln!(output.out, "\n{}", output.styled("1", &title))?;
    for (day, figures) in rows {
        writeln!(
            output.out,
            "{day:<10} {:>9} {:>8} {:>10} {:>9} {:>8} {:>7} {:>7}",
            figures.requests,
            figures.counted,
            size(figures.bytes),
            figures.throttled,
            figures.renewals,
            figures.failed,
            figures.rounds.count(),
        )?;
    }
    let half = |name: &str| format!("{name:>11} {:>6} {:>6} {:>6}", "p95", "p99", "most");
    let title = format!("{:<10} {}{}", "ms", half("answer p50"), half("round p50"));
    writeln!(output.out, "\n{}", output.styled("1", &title))?;
    for (day, figures) in rows {
        let (answers, rounds) = (times(&figures.answers), times(&figures.rounds));
        writeln!(output.out, "{day:<10} {answers}{rounds}")?;
    }
    Ok(())
}

/// Nothing where nothing was measured: 0 would be very fast.
fn times(latencies: &Latencies) -> String {
    let said = latencies.percentiles();
    let shown = |ms: u32| match said.count {
        0 => "-".to_owned(),
        _ => ms.to_string(),
    };
    let [p50, p95, p99, most] = [said.p50, said.p95, said.p99, said.most].map(shown);
    format!("{p50:>11} {p95:>6} {p99:>6} {most:>6}")
}

fn value((first, last): (Date, Date), until: Timestamp, rows: &[Row], total: &Figures) -> Value {
    let day = |(day, figures): &Row| {
        let mut value = one(figures);
        value["day"] = json!(day);
        value
    };
    json!({
        "from": first.to_string(),
        "to": last.saturating_add(1.day()).to_string(),
        "zone": "UTC",
        "as_of": until.to_string(),
        "days": rows.iter().map(day).collect::<Value>(),
        "total": one(total),
    })
}

fn one(figures: &Figures) -> Value {
    json!({
        "requests": figures.requests,
        "counted": figures.counted,
        "bytes": figures.bytes,
        "throttled": figures.throttled,
        "renewals": figures.renewals,
        "failed": figures.failed,
        "answers_ms": percentiles(figures.answers.percentiles()),
        "rounds_ms": percentiles(figures.rounds.percentiles()),
    })
}

fn percentiles(said: Percentiles) -> Value {
    json!({
        "count": said.count,
        "p50": said.p50,
        "p95": said.p95,
        "p99": said.p99,
        "max": said.most,
    })
}
