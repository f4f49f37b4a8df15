//! OData query options: reading, the supported part of `$filter`, sorting and paging.
//!
//! Invariant: what is not understood is refused with 400, never ignored, because a client
//! that relies on an ignored option is wrong against the real service too.

use std::cmp::Ordering;

use serde_json::{Map, Value, json};

use super::call::{Call, Fail};

#[derive(Clone, Debug, Default)]
pub(crate) struct Query {
    /// Decoded, in the order sent.
    pairs: Vec<(String, String)>,
}

impl Query {
    pub fn parse(text: &str) -> Self {
        let pairs = url::form_urlencoded::parse(text.as_bytes())
            .map(|(name, value)| (name.into_owned(), value.into_owned()))
            .collect();
        Self { pairs }
    }

    pub fn get(&self, name: &str) -> Option<&str> {
        self.pairs
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    pub fn number(&self, name: &str) -> Result<Option<usize>, Fail> {
        self.get(name)
            .map(|text| {
                text.parse().map_err(|_| {
                    let message = format!("Invalid value '{text}' for {name} query option found.");
                    Fail::new(400, "BadRequest", &message)
                })
            })
            .transpose()
    }

    pub fn select(&self) -> Option<Vec<String>> {
        let list = self.get("$select").or_else(|| self.get("select"))?;
        Some(
            list.split(',')
                .map(|name| name.trim().to_owned())
                .filter(|name| !name.is_empty())
                .collect(),
        )
    }

    /// The same query with one option replaced.
    pub fn with(&self, name: &str, value: &str) -> String {
        let kept = self
            .pairs
            .iter()
            .filter(|(known, _)| !known.eq_ignore_ascii_case(name));
        let mut parts: Vec<String> = kept
            .map(|(name, value)| format!("{}={}", encode(name), encode(value)))
            .collect();
        parts.push(format!("{}={}", encode(name), encode(value)));
        parts.join("&")
    }

    pub fn is_counting(&self) -> bool {
        self.get("$count")
            .is_some_and(|value| value.eq_ignore_ascii_case("true"))
    }
}

/// Percent-encodes a query part, leaving what Graph leaves.
pub(crate) fn encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z'
            | b'a'..=b'z'
            | b'0'..=b'9'
            | b'-'
            | b'_'
            | b'.'
            | b'~'
            | b'$'
            | b':'
            | b','
            | b'/'
            | b'\'' => {
                encoded.push(char::from(byte));
            }
            _ => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    encoded
}

pub(crate) fn decode(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let digits = [rest.next(), rest.next()];
        let value = digits.iter().try_fold(0_u32, |value, digit| {
            let digit = char::from((*digit)?).to_digit(16)?;
            Some(value * 16 + digit)
        });
        bytes.push(
            value
                .and_then(|value| u8::try_from(value).ok())
                .unwrap_or(b'%'),
        );
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Keeps selected members, ids and annotations. Unknown names are refused.
pub(crate) fn project(value: &mut Value, select: &[String], known: &[&str]) -> Result<(), Fail> {
    if let Some(name) = select
        .iter()
        .find(|name| !known.iter().any(|known| known.eq_ignore_ascii_case(name)))
    {
        let message =
            format!("Parsing Select and Expand failed. Could not find a property named '{name}'.");
        return Err(Fail::new(400, "BadRequest", &message));
    }
    if let Some(fields) = value.as_object_mut() {
        let is_wanted = |name: &str| {
            name == "id"
                || name.starts_with('@')
                || select
                    .iter()
                    .any(|wanted| wanted.eq_ignore_ascii_case(name))
        };
        fields.retain(|name, _| is_wanted(name));
    }
    Ok(())
}

/// One comparison of a conjunction.
#[derive(Debug)]
enum Condition {
    Compare {
        path: Vec<String>,
        operator: String,
        value: Value,
    },
    StartsWith {
        path: Vec<String>,
        prefix: String,
    },
    Any(Vec<Condition>),
}

/// Filters rendered items; everything outside the supported subset is refused.
pub(crate) fn filter(items: Vec<Value>, text: &str) -> Result<Vec<Value>, Fail> {
    let refuse = || Fail::new(400, "BadRequest", "This filter query is not supported.");
    let mut conditions = Vec::new();
    for clause in split_word(text, " and ") {
        let alternatives: Option<Vec<Condition>> = split_word(clause.trim(), " or ")
            .into_iter()
            .map(|part| condition(&part))
            .collect();
        conditions.push(Condition::Any(alternatives.ok_or_else(refuse)?));
    }
    Ok(items
        .into_iter()
        .filter(|item| conditions.iter().all(|condition| condition.holds(item)))
        .collect())
}

fn condition(text: &str) -> Option<Condition> {
    let text = text.trim().trim_start_matches('(').trim();
    let lower = text.to_ascii_lowercase();
    if lower.starts_with("startswith(") {
        let inner = text.get("startswith(".len()..)?.trim_end_matches(')');
        let (path, value) = inner.split_once(',')?;
        return Some(Condition::StartsWith {
            path: steps(path)?,
            prefix: literal(value.trim())?.as_str()?.to_owned(),
        });
    }
    let text = text.trim_end_matches(')');
    let mut words = text.splitn(3, ' ');
    let (path, operator, value) = (words.next()?, words.next()?, words.next()?);
    let operator = operator.to_ascii_lowercase();
    let is_known = ["eq", "ne", "ge", "gt", "le", "lt"].contains(&operator.as_str());
    is_known.then_some(Condition::Compare {
        path: steps(path)?,
        operator,
        value: literal(value.trim())?,
    })
}

fn steps(path: &str) -> Option<Vec<String>> {
    let is_plain =
        |step: &str| !step.is_empty() && step.chars().all(|letter| letter.is_ascii_alphanumeric());
    let steps: Vec<String> = path.trim().split('/').map(str::to_owned).collect();
    steps.iter().all(|step| is_plain(step)).then_some(steps)
}

fn literal(text: &str) -> Option<Value> {
    if let Some(inner) = text
        .strip_prefix('\'')
        .and_then(|rest| rest.strip_suffix('\''))
    {
        return Some(json!(inner.replace("''", "'")));
    }
    match text {
        "true" => Some(json!(true)),
        "false" => Some(json!(false)),
        "null" => Some(Value::Null),
        _ => text
            .parse::<i64>()
            .map(|number| json!(number))
            .ok()
            .or_else(|| {
                let is_time = text.starts_with(|first: char| first.is_ascii_digit());
                is_time.then(|| json!(text))
            }),
    }
}

/// Splits outside quotes.
fn split_word(text: &str, word: &str) -> Vec<String> {
    let mut parts = Vec::new();
    let mut current = String::new();
    let mut is_quoted = false;
    for (position, letter) in text.char_indices() {
        if letter == '\'' {
            is_quoted = !is_quoted;
        }
        current.push(letter);
        let seen = text.get(..position + letter.len_utf8()).unwrap_or_default();
        if !is_quoted && seen.to_ascii_lowercase().ends_with(word) {
            parts.push(
                current
                    .get(..current.len() - word.len())
                    .unwrap_or_default()
                    .to_owned(),
            );
            current.clear();
        }
    }
    parts.push(current);
    parts
}

impl Condition {
    fn holds(&self, item: &Value) -> bool {
        match self {
            Self::Any(conditions) => conditions.iter().any(|condition| condition.holds(item)),
            Self::StartsWith { path, prefix } => at(item, path)
                .and_then(|value| value.as_str())
                .is_some_and(|text| text.to_lowercase().starts_with(&prefix.to_lowercase())),
            Self::Compare {
                path,
                operator,
                value,
            } => {
                let found = at(item, path).unwrap_or(&Value::Null);
                let order = compare(found, value);
                match operator.as_str() {
                    "eq" => order == Some(Ordering::Equal),
                    "ne" => order != Some(Ordering::Equal),
                    "ge" => matches!(order, Some(Ordering::Greater | Ordering::Equal)),
                    "gt" => order == Some(Ordering::Greater),
                    "le" => matches!(order, Some(Ordering::Less | Ordering::Equal)),
                    _ => order == Some(Ordering::Less),
                }
            }
        }
    }
}

fn at<'a>(item: &'a Value, path: &[String]) -> Option<&'a Value> {
    path.iter().try_fold(item, |value, step| {
        let fields: &Map<String, Value> = value.as_object()?;
        fields
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case(step))
            .map(|(_, value)| value)
    })
}

fn compare(found: &Value, wanted: &Value) -> Option<Ordering> {
    match (found, wanted) {
        (Value::String(found), Value::String(wanted)) => {
            Some(found.to_lowercase().cmp(&wanted.to_lowercase()))
        }
        (Value::Number(found), Value::Number(wanted)) => {
            found.as_f64()?.partial_cmp(&wanted.as_f64()?)
        }
        (found, wanted) => (found == wanted).then_some(Ordering::Equal),
    }
}

/// Sorts rendered items by one member (`start/dateTime desc`).
pub(crate) fn order(items: &mut [Value], text: &str) -> Result<(), Fail> {
    let (path, direction) = text.trim().split_once(' ').unwrap_or((text.trim(), "asc"));
    let path = steps(path.trim_matches(','))
        .ok_or_else(|| Fail::new(400, "BadRequest", "Parsing OrderBy failed."))?;
    let key = |item: &Value| {
        at(item, &path).map(|value| {
            value
                .as_str()
                .map_or_else(|| value.to_string(), str::to_owned)
        })
    };
    items.sort_by_key(key);
    if direction.trim().eq_ignore_ascii_case("desc") {
        items.reverse();
    }
    Ok(())
}

impl Call<'_> {
    /// `$top`, within what the service allows.
    pub fn top(&self, default: usize) -> Result<usize, Fail> {
        match self.query.number("$top")? {
            Some(0) => Err(Fail::new(
                400,
                "BadRequest",
                "The value of the $top query option must be between 1 and 1000.",
            )),
            Some(top) if top > 1000 => Err(Fail::new(
                400,
                "BadRequest",
                "The value of the $top query option must be between 1 and 1000.",
            )),
            Some(top) => Ok(top),
            None => Ok(self.prefer.page_size.unwrap_or(default).min(1000)),
        }
    }

    /// A link to what follows the first `skip` items.
    pub fn next_link(&self, skip: usize) -> String {
        format!(
            "{}{}?{}",
            self.base,
            self.path,
            self.query.with("$skip", &skip.to_string())
        )
    }

    /// Filters, sorts, pages and projects a rendered collection.
    pub fn collection(
        &self,
        context: &str,
        mut items: Vec<Value>,
        known: &[&str],
        default_top: usize,
    ) -> Result<Value, Fail> {
        if let Some(text) = self.query.get("$filter") {
            items = filter(items, text)?;
        }
        if let Some(text) = self.query.get("$orderby") {
            order(&mut items, text)?;
        }
        let count = items.len();
        let skip = self.query.number("$skip")?.unwrap_or(0);
        let top = self.top(default_top)?;
        let mut page: Vec<Value> = items.into_iter().skip(skip).take(top).collect();
        if let Some(select) = self.query.select() {
            for item in &mut page {
                project(item, &select, known)?;
            }
        }
        let mut body = json!({"value": page});
        if let Some(fields) = body.as_object_mut() {
            if self.query.is_counting() {
                fields.insert("@odata.count".to_owned(), json!(count));
            }
            if skip + top < count {
                fields.insert(
                    "@odata.nextLink".to_owned(),
                    json!(self.next_link(skip + top)),
                );
            }
        }
        Ok(super::with_context(self.base, context, body))
    }
}
