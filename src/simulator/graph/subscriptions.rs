//! Change notifications: subscriptions, their validation, and what must be posted to whom.
//!
//! Performs no I/O: posts wait in a queue for the server. Only loopback targets are accepted.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::call::{Answer, Call, Fail, Reply, Right};
use super::with_context;
use crate::simulator::civil::{instant_text, parse_instant};
use crate::simulator::dice::guid;
use crate::simulator::ids::{Form, Id, Thing};
use crate::simulator::world::World;

/// A POST the server owes a subscriber.
#[derive(Clone, Debug, PartialEq)]
pub struct Notification {
    pub url: String,
    /// `None` for a validation request, which has no body.
    pub body: Option<Value>,
    /// The token that a validation request must get back.
    pub validation_token: Option<String>,
}

impl Notification {
    /// Which subscription a validation request is for.
    pub fn subscription(&self) -> Option<String> {
        self.validation_token
            .as_ref()?
            .rsplit(' ')
            .next()
            .map(str::to_owned)
    }
}

#[derive(Clone, Debug)]
struct Subscription {
    id: String,
    mailbox: usize,
    resource: String,
    change_types: Vec<String>,
    url: String,
    lifecycle_url: Option<String>,
    client_state: Option<String>,
    expires_ms: i64,
    is_immutable: bool,
    seen: u64,
}

#[derive(Default)]
pub(crate) struct Subscriptions {
    rows: BTreeMap<String, Subscription>,
    queue: Vec<Notification>,
}

const LONGEST_MS: i64 = 10_080 * 60_000;
const SHORTEST_MS: i64 = 45 * 60_000;

impl Subscriptions {
    pub(super) fn take(&mut self) -> Vec<Notification> {
        std::mem::take(&mut self.queue)
    }

    pub(super) fn take_validations(&mut self) -> Vec<Notification> {
        let (validations, rest) = std::mem::take(&mut self.queue)
            .into_iter()
            .partition(|known| known.validation_token.is_some());
        self.queue = rest;
        validations
    }

    /// Queues what changed since the last look, and drops what expired.
    pub(super) fn watch(&mut self, world: &World, now: i64) {
        let expired: Vec<String> = self
            .rows
            .values()
            .filter(|row| row.expires_ms <= now)
            .map(|row| row.id.clone())
            .collect();
        for id in expired {
            self.lose(&id, "subscriptionRemoved");
        }
        let latest = world.last_change();
        for row in self.rows.values_mut().filter(|row| row.seen < latest) {
            let Some(mailbox) = world.mailbox(row.mailbox) else {
                continue;
            };
            let mut values = Vec::new();
            for (key, before) in mailbox.changed_since(row.seen) {
                let now_there = mailbox.event(key);
                let kind = match (&before, now_there) {
                    (None, Some(_)) => "created",
                    (Some(_), Some(_)) => "updated",
                    (Some(_), None) => "deleted",
                    (None, None) => continue,
                };
                if !row.change_types.iter().any(|wanted| wanted == kind) {
                    continue;
                }
                let Some(event) = now_there.or(before.as_ref()) else {
                    continue;
                };
                let form = if row.is_immutable {
                    Form::Immutable
                } else {
                    Form::Default
                };
                let index = u16::try_from(row.mailbox).unwrap_or(0);
                let id = Id {
                    thing: Thing::Event,
                    viewer: index,
                    store: index,
                    key,
                    day: 0,
                    moves: event.moves,
                };
                let id = id.write(world.seed, form);
                let resource = format!("Users/{}/Events/{id}", mailbox.oid);
                values.push(json!({
                    "subscriptionId": row.id,
                    "subscriptionExpirationDateTime": instant_text(row.expires_ms),
                    "clientState": row.client_state,
                    "changeType": kind,
                    "resource": resource,
                    "resourceData": {"@odata.type": "#Microsoft.Graph.Event", "@odata.id": resource, "id": id},
                    "tenantId": guid(world.seed, 0x7e4a),
                }));
            }
            row.seen = latest;
            if !values.is_empty() {
                self.queue.push(Notification {
                    url: row.url.clone(),
                    body: Some(json!({"value": values})),
                    validation_token: None,
                });
            }
        }
    }

    /// Queues a lifecycle notification; `subscriptionRemoved` also removes the row.
    pub(crate) fn lose(&mut self, id: &str, event: &str) {
        let Some(row) = self.rows.get(id).cloned() else {
            return;
        };
        if let Some(url) = row.lifecycle_url {
            let body = json!({"value": [{
                "subscriptionId": row.id,
                "subscriptionExpirationDateTime": instant_text(row.expires_ms),
                "clientState": row.client_state,
                "lifecycleEvent": event,
            }]});
            self.queue.push(Notification {
                url,
                body: Some(body),
                validation_token: None,
            });
        }
        if event == "subscriptionRemoved" {
            self.rows.remove(id);
        }
    }

    /// A subscription whose validation failed never existed.
    pub(crate) fn forget(&mut self, id: &str) {
        self.rows.remove(id);
    }

    pub(crate) fn ids(&self) -> Vec<String> {
        self.rows.keys().cloned().collect()
    }
}

impl Call<'_> {
    pub fn subscriptions(&mut self, id: Option<&str>, action: Option<&str>) -> Answer {
        self.needs(Right::ReadCalendars)?;
        let Some(id) = id else {
            return match self.method.as_str() {
                "GET" => {
                    let rows = self
                        .subscriptions
                        .rows
                        .values()
                        .filter(|row| row.mailbox == self.me);
                    let items: Vec<Value> = rows.map(Subscription::json).collect();
                    Reply::ok(with_context(
                        self.base,
                        "subscriptions",
                        json!({"value": items}),
                    ))
                }
                "POST" => self.subscribe(),
                _ => Err(Fail::no_method()),
            };
        };
        let (me, now) = (self.me, self.now);
        let missing = || Fail::new(404, "ResourceNotFound", "The object was not found.");
        let row = self
            .subscriptions
            .rows
            .get_mut(id)
            .filter(|row| row.mailbox == me)
            .ok_or_else(missing)?;
        match (self.method.as_str(), action) {
            ("GET", None) => {}
            ("PATCH", None) => {
                let text = self
                    .body
                    .as_ref()
                    .and_then(|body| body.get("expirationDateTime"))
                    .and_then(Value::as_str);
                row.expires_ms = expiry(text, now)?;
            }
            ("POST", Some("reauthorize")) => return Reply::empty(200),
            ("DELETE", None) => {
                self.subscriptions.rows.remove(id);
                return Reply::empty(204);
            }
            _ => return Err(Fail::no_method()),
        }
        let value = row.json();
        Reply::ok(with_context(self.base, "subscriptions/$entity", value))
    }

    fn subscribe(&mut self) -> Answer {
        let bad = |message: &str| Fail::new(400, "InvalidRequest", message);
        let payload = "Could not process subscription creation payload. Are all property names spelled and camelCased properly?";
        let body = self.body.clone().ok_or_else(|| bad(payload))?;
        let text = |name: &str| body.get(name).and_then(Value::as_str).map(str::to_owned);
        let known = [
            "changeType",
            "notificationUrl",
            "lifecycleNotificationUrl",
            "resource",
            "expirationDateTime",
            "clientState",
            "latestSupportedTlsVersion",
            "includeResourceData",
            "encryptionCertificate",
            "encryptionCertificateId",
            "notificationUrlAppId",
            "@odata.type",
        ];
        if body
            .as_object()
            .is_none_or(|fields| fields.keys().any(|name| !known.contains(&name.as_str())))
        {
            return Err(bad(payload));
        }
        let (url, resource, kinds) = text("notificationUrl")
            .zip(text("resource"))
            .zip(text("changeType"))
            .map(|((url, resource), kinds)| (url, resource, kinds))
            .ok_or_else(|| bad(payload))?;
        let lifecycle_url = text("lifecycleNotificationUrl");
        for target in [Some(&url), lifecycle_url.as_ref()].into_iter().flatten() {
            if !is_loopback(target) {
                return Err(Fail::new(
                    400,
                    "ValidationError",
                    "The simulator only notifies loopback addresses.",
                ));
            }
        }
        if !resource.to_ascii_lowercase().contains("events") {
            return Err(bad("Unsupported resource for change notifications."));
        }
        let expires_ms = expiry(text("expirationDateTime").as_deref(), self.now)?;
        let is_double = self.subscriptions.rows.values().any(|row| {
            row.mailbox == self.me
                && row.resource == resource
                && row.change_types.join(",") == kinds
        });
        if is_double {
            return Err(Fail::new(
                409,
                "Conflict",
                "A subscription already exists for the specified combination of properties.",
            ));
        }
        let id = guid(self.world.seed ^ 0x5b5, self.world.new_key());
        let row = Subscription {
            id: id.clone(),
            mailbox: self.me,
            resource,
            change_types: kinds
                .split(',')
                .map(|kind| kind.trim().to_owned())
                .collect(),
            url: url.clone(),
            lifecycle_url: lifecycle_url.clone(),
            client_state: text("clientState"),
            expires_ms,
            is_immutable: self.prefer.is_immutable,
            seen: self.world.last_change(),
        };
        let value = row.json();
        self.subscriptions.rows.insert(id.clone(), row);
        for target in [Some(url), lifecycle_url].into_iter().flatten() {
            let token = format!(
                "Validation: Testing client application reachability for subscription Request-Id: {id}"
            );
            self.subscriptions.queue.push(Notification {
                url: target,
                body: None,
                validation_token: Some(token),
            });
        }
        Reply::created(with_context(self.base, "subscriptions/$entity", value))
    }
}

impl Subscription {
    fn json(&self) -> Value {
        json!({
            "id": self.id,
            "resource": self.resource,
            "applicationId": "00000000-0000-0000-0000-000000000000",
            "changeType": self.change_types.join(","),
            "clientState": self.client_state,
            "notificationUrl": self.url,
            "lifecycleNotificationUrl": self.lifecycle_url,
            "expirationDateTime": instant_text(self.expires_ms),
            "creatorId": "",
            "includeResourceData": null,
            "latestSupportedTlsVersion": "v1_2",
            "encryptionCertificate": null,
            "encryptionCertificateId": null,
            "notificationUrlAppId": null,
        })
    }
}

fn expiry(text: Option<&str>, now: i64) -> Result<i64, Fail> {
    let bad = |message: &str| Fail::new(400, "InvalidRequest", message);
    let wanted = text
        .and_then(parse_instant)
        .ok_or_else(|| bad("expirationDateTime is required."))?;
    if wanted - now > LONGEST_MS {
        return Err(Fail::new(
            400,
            "ExtensionError",
            "Subscription expiration can only be 10080 minutes in the future.",
        ));
    }
    if wanted <= now {
        return Err(bad("Subscription expiration is in the past."));
    }
    Ok(wanted.max(now + SHORTEST_MS))
}

pub(crate) fn is_loopback(url: &str) -> bool {
    let Ok(url) = url::Url::parse(url) else {
        return false;
    };
    match url.host() {
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        Some(url::Host::Domain(name)) => name == "localhost",
        None => false,
    }
}
