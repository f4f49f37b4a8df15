//! Several reads in one request (Graph: JSON batching).
//!
//! The outer 200 says nothing about the items; each is judged by itself. Answers
//! come in any order, may be missing, repeated or unasked for. Invariant: exactly
//! one result per request, in the order asked.

use super::exchange::{Answer, Exchange};
use super::failure::{failure, garbled};
use super::link::relative;
use super::request::{Purpose, Request, get};
use super::wire::batch::{Reply, body, replies};
use crate::domain::remote::{Failure, FailureKind};
use http::Method;
use url::Url;

/// Sends `requests` (at most four, reads only) as one batch.
pub(crate) async fn fetch(
    exchange: &Exchange,
    base: &Url,
    requests: &[Request],
) -> Vec<Result<Answer, Failure>> {
    match attempt(exchange, base, requests).await {
        Ok(results) => results,
        Err(failure) => requests.iter().map(|_| Err(failure.clone())).collect(),
    }
}

async fn attempt(
    exchange: &Exchange,
    base: &Url,
    requests: &[Request],
) -> Result<Vec<Result<Answer, Failure>>, Failure> {
    let outer = envelope(base, requests)?;
    let (answer, token) = exchange.fetch_signed(&outer).await?;
    let mut answers = sorted(answer, &outer, requests.len())?;
    let refused: Vec<usize> = (0..answers.len())
        .filter(|&at| matches!(answers.get(at), Some(Some(answer)) if answer.status == 401))
        .collect();
    if let Some(Some(first)) = refused.first().and_then(|&at| answers.get(at)) {
        // The outer request was let in, an item was not: renew once and ask again
        // for what was refused. The second refusal stands.
        let renewed = exchange.renew(&token, &first.headers).await?;
        let again: Vec<Request> = refused
            .iter()
            .filter_map(|&at| requests.get(at).cloned())
            .collect();
        let outer = envelope(base, &again)?;
        let answer = exchange.attempt(&outer, &renewed).await?;
        let answer = exchange.judged(answer, &outer)?;
        let second = sorted(answer, &outer, again.len())?;
        for (at, answer) in refused.into_iter().zip(second) {
            if let Some(place) = answers.get_mut(at) {
                *place = answer;
            }
        }
    }
    let judge = |(answer, request): (Option<Answer>, &Request)| match answer {
        Some(answer) => exchange.judged(answer, request),
        None => Err(garbled(
            request,
            "a batch without the answer to this request",
        )),
    };
    Ok(answers.into_iter().zip(requests).map(judge).collect())
}

fn envelope(base: &Url, requests: &[Request]) -> Result<Request, Failure> {
    let mut items = Vec::with_capacity(requests.len());
    for request in requests {
        let url = relative(base, &request.url).ok_or_else(|| {
            failure(
                FailureKind::ForeignLink,
                0,
                "a request of the batch points elsewhere",
            )
        })?;
        items.push((url, request.prefer()));
    }
    Ok(Request {
        method: Method::POST,
        body: Some(body(&items)),
        if_match: None,
        purpose: Purpose::Batch,
        items: u32::try_from(requests.len()).unwrap_or(u32::MAX),
        ..get(base, "/$batch")?
    })
}

/// The answers by position; ids are the positions, counted from one.
fn sorted(
    answer: Answer,
    outer: &Request,
    expected: usize,
) -> Result<Vec<Option<Answer>>, Failure> {
    let replies =
        replies(&answer.body).map_err(|_| garbled(outer, "a batch answer that cannot be read"))?;
    let mut sorted: Vec<Option<Answer>> = (0..expected).map(|_| None).collect();
    for reply in replies {
        let Reply {
            position,
            answer: mut inner,
        } = reply;
        let Some(place) = position.checked_sub(1).and_then(|at| sorted.get_mut(at)) else {
            continue;
        };
        // An HTTP date in an item's Retry-After is measured by the batch's clock.
        if let (false, Some(date)) = (
            inner.headers.contains_key(http::header::DATE),
            answer.headers.get(http::header::DATE),
        ) {
            inner.headers.insert(http::header::DATE, date.clone());
        }
        place.get_or_insert(inner);
    }
    Ok(sorted)
}
