//! People, users, rooms, contacts and presence: whom a meeting can be held with.

use serde_json::{Value, json};

use super::call::{Answer, Call, Fail, Reply, Right};
use super::with_context;
use crate::simulator::dice::{digest, guid};
use crate::simulator::world::{Address, Kind, Mailbox};

const USER_MEMBERS: [&str; 18] = [
    "postalCode",
    "city",
    "country",
    "streetAddress",
    "accountEnabled",
    "id",
    "displayName",
    "mail",
    "userPrincipalName",
    "preferredLanguage",
    "givenName",
    "surname",
    "jobTitle",
    "officeLocation",
    "mobilePhone",
    "businessPhones",
    "department",
    "companyName",
];
const PERSON_MEMBERS: [&str; 13] = [
    "id",
    "displayName",
    "givenName",
    "surname",
    "scoredEmailAddresses",
    "userPrincipalName",
    "companyName",
    "department",
    "jobTitle",
    "officeLocation",
    "personType",
    "birthday",
    "isFavorite",
];

impl Call<'_> {
    fn user_json(&self, mailbox: &Mailbox) -> Value {
        let (given, surname) = mailbox.name.split_once(' ').unwrap_or((&mailbox.name, ""));
        let id = if mailbox.kind == Kind::Personal {
            format!("{:016x}", digest(&mailbox.address))
        } else {
            mailbox.oid.clone()
        };
        json!({
            "id": id,
            "displayName": mailbox.name,
            "givenName": given,
            "surname": surname,
            "mail": mailbox.address,
            "userPrincipalName": mailbox.upn,
            "preferredLanguage": mailbox.settings.language.0,
            "jobTitle": mailbox.job,
            "officeLocation": null,
            "mobilePhone": null,
            "businessPhones": [],
        })
    }

    pub fn user(&mut self) -> Answer {
        self.needs(Right::ReadMe)?;
        let mut value = self.user_json(self.mailbox()?);
        if let Some(select) = self.query.select() {
            super::query::project(&mut value, &select, &USER_MEMBERS)?;
        }
        Reply::ok(with_context(self.base, "users/$entity", value))
    }

    /// Search (`$search="displayName:ann"`) and `$filter=startsWith(…)` over the directory.
    pub fn users(&mut self) -> Answer {
        self.needs(Right::SearchUsers)?;
        let wanted = self.search_word("displayName:");
        let people = self
            .world
            .mailboxes
            .iter()
            .filter(|mailbox| mailbox.kind != Kind::Personal);
        let items = people
            .filter(|mailbox| matches(&mailbox.who(), &wanted))
            .map(|mailbox| self.user_json(mailbox))
            .collect();
        Reply::ok(self.collection("users", items, &USER_MEMBERS, 100)?)
    }

    fn search_word(&self, prefix: &str) -> String {
        let text = self
            .query
            .get("$search")
            .unwrap_or_default()
            .trim()
            .trim_matches('"')
            .to_lowercase();
        text.strip_prefix(&prefix.to_lowercase())
            .unwrap_or(&text)
            .trim()
            .to_owned()
    }

    pub fn people(&mut self) -> Answer {
        self.needs(Right::ReadPeople)?;
        let wanted = self.search_word("topic:");
        let others = self
            .world
            .mailboxes
            .iter()
            .filter(|mailbox| mailbox.index != self.owner);
        let mut known: Vec<(Address, Option<&Mailbox>)> = others
            .map(|mailbox| (mailbox.who(), Some(mailbox)))
            .collect();
        let strangers = self.world.strangers.iter();
        known.extend(strangers.map(|person| (person.clone(), None)));
        let found = known.into_iter().filter(|(who, _)| matches(who, &wanted));
        let items = found
            .enumerate()
            .map(|(rank, (who, mailbox))| person_json(self.world.seed, &who, mailbox, rank))
            .collect();
        let context = format!("users('{}')/people", self.mailbox()?.oid);
        Reply::ok(self.collection(&context, items, &PERSON_MEMBERS, 10)?)
    }

    pub fn contacts(&mut self) -> Answer {
        self.needs(Right::ReadContacts)?;
        let wanted = self.search_word("");
        let found = self
            .world
            .strangers
            .iter()
            .filter(|person| matches(person, &wanted));
        let items = found
            .map(|person| {
                json!({
                    "id": guid(self.world.seed, digest(&person.address)),
                    "displayName": person.name,
                    "emailAddresses": [{"name": person.name, "address": person.address}],
                })
            })
            .collect();
        let context = format!("users('{}')/contacts", self.mailbox()?.oid);
        Reply::ok(self.collection(
            &context,
            items,
            &["id", "displayName", "emailAddresses"],
            10,
        )?)
    }

    pub fn presence(&mut self) -> Answer {
        self.needs(Right::ReadPresence)?;
        let mailbox = self.mailbox()?;
        let is_busy = !mailbox
            .slots(mailbox.default_calendar(), self.now, self.now + 1)
            .is_empty();
        let (availability, activity) = if is_busy {
            ("Busy", "InAMeeting")
        } else {
            ("Available", "Available")
        };
        let body = json!({"id": mailbox.oid, "availability": availability, "activity": activity});
        let context = format!("users('{}')/presence/$entity", mailbox.oid);
        Reply::ok(with_context(self.base, &context, body))
    }

    fn room_json(&self, mailbox: &Mailbox) -> Value {
        let room = mailbox.room.as_ref();
        json!({
            "id": mailbox.oid,
            "displayName": mailbox.name,
            "emailAddress": mailbox.address,
            "capacity": room.map(|room| room.capacity),
            "building": room.map(|room| room.building.clone()),
            "floorNumber": room.map(|room| room.floor),
            "floorLabel": room.map(|room| room.floor.to_string()),
            "bookingType": "standard",
            "isWheelChairAccessible": true,
            "tags": [],
            "label": null,
            "nickname": mailbox.name,
            "phone": "",
            "audioDeviceName": null,
            "videoDeviceName": null,
            "displayDeviceName": null,
            "address": {"street": "", "city": "Berlin", "state": "", "postalCode": "", "countryOrRegion": "DE"},
            "geoCoordinates": {"latitude": 52.52, "longitude": 13.4},
        })
    }

    pub fn places(&mut self, names: &[&str]) -> Answer {
        self.needs(Right::ReadPlaces)?;
        if self.mailbox()?.kind == Kind::Personal {
            return Err(Fail::denied());
        }
        let rooms = self
            .world
            .mailboxes
            .iter()
            .filter(|mailbox| mailbox.kind == Kind::Room);
        let members = [
            "id",
            "displayName",
            "emailAddress",
            "capacity",
            "building",
            "floorNumber",
            "floorLabel",
            "bookingType",
            "address",
            "geoCoordinates",
            "nickname",
            "phone",
            "tags",
            "label",
            "isWheelChairAccessible",
            "audioDeviceName",
            "videoDeviceName",
            "displayDeviceName",
        ];
        match names {
            ["microsoft.graph.room"] | [_, "microsoft.graph.roomlist", "rooms"] => {
                let items = rooms.map(|mailbox| self.room_json(mailbox)).collect();
                Reply::ok(self.collection("places/microsoft.graph.room", items, &members, 100)?)
            }
            ["microsoft.graph.roomlist"] => {
                let list = json!({
                    "id": guid(self.world.seed, 0x1157),
                    "displayName": "All rooms",
                    "emailAddress": "rooms@contoso.com",
                    "phone": "",
                    "address": {"street": "", "city": "Berlin", "state": "", "postalCode": "", "countryOrRegion": "DE"},
                });
                Reply::ok(self.collection(
                    "places/microsoft.graph.roomList",
                    vec![list],
                    &members,
                    100,
                )?)
            }
            [place] => {
                let index = self.world.find_mailbox(place).ok_or_else(Fail::not_found)?;
                let mailbox = self
                    .world
                    .mailbox(index)
                    .filter(|mailbox| mailbox.kind == Kind::Room)
                    .ok_or_else(Fail::not_found)?;
                let mut value = self.room_json(mailbox);
                value["@odata.type"] = json!("#microsoft.graph.room");
                Reply::ok(with_context(self.base, "places/$entity", value))
            }
            _ => Err(Fail::no_route("places")),
        }
    }
}

fn matches(who: &Address, wanted: &str) -> bool {
    wanted.is_empty()
        || who.name.to_lowercase().contains(wanted)
        || who.address.to_lowercase().contains(wanted)
}

fn person_json(seed: u64, who: &Address, mailbox: Option<&Mailbox>, rank: usize) -> Value {
    let job = mailbox.map_or("", |mailbox| &mailbox.job);
    let upn = mailbox.map_or(&who.address, |mailbox| &mailbox.upn);
    let is_room = mailbox.is_some_and(|mailbox| mailbox.kind == Kind::Room);
    let (given, surname) = who.name.split_once(' ').unwrap_or((&who.name, ""));
    let score = 30.0 / (f64::from(u32::try_from(rank).unwrap_or(0)) + 1.0);
    let class = if is_room { "Room" } else { "Person" };
    let subclass = if is_room { "Room" } else { "OrganizationUser" };
    json!({
        "id": guid(seed, digest(&who.address)),
        "displayName": who.name,
        "givenName": given,
        "surname": surname,
        "companyName": null,
        "department": null,
        "jobTitle": job,
        "officeLocation": null,
        "userPrincipalName": upn,
        "scoredEmailAddresses": [{"address": who.address, "relevanceScore": score, "selectionLikelihood": "notSpecified"}],
        "personType": {"class": class, "subclass": subclass},
    })
}
