//! Calendars, their groups and permissions: list, create, change, delete.

use serde_json::{Value, json};

use super::call::{Answer, Call, Fail, Reply, Right};
use super::render::{CALENDAR_MEMBERS, address_json};
use super::with_context;
use crate::simulator::ids::Thing;
use crate::simulator::world::mailbox::Permission;
use crate::simulator::world::{Address, Calendar, Group};

const COLORS: [&str; 11] = [
    "auto",
    "lightBlue",
    "lightGreen",
    "lightOrange",
    "lightGray",
    "lightYellow",
    "lightTeal",
    "lightPink",
    "lightBrown",
    "lightRed",
    "maxColor",
];
/// A role whatever its case, as it is written.
pub(crate) fn role_named(text: &str) -> Option<&'static str> {
    let mut known = ROLES.iter();
    known.find(|role| role.eq_ignore_ascii_case(text)).copied()
}

const ROLES: [&str; 8] = [
    "none",
    "freeBusyRead",
    "limitedRead",
    "read",
    "write",
    "delegateWithoutPrivateEventAccess",
    "delegateWithPrivateEventAccess",
    "custom",
];

impl Call<'_> {
    pub fn calendars(&mut self, group: Option<&str>) -> Answer {
        self.needs(Right::ReadCalendars)?;
        let group_key = match group {
            Some(text) => Some(self.read_id(text, &[Thing::CalendarGroup])?.0.key),
            None => None,
        };
        if let Some(key) = group_key
            && !self.mailbox()?.groups.iter().any(|group| group.key == key)
        {
            return Err(Fail::not_found());
        }
        match self.method.as_str() {
            "GET" => {
                let mailbox = self.mailbox()?;
                let listed = mailbox
                    .calendars
                    .iter()
                    .filter(|calendar| group_key.is_none_or(|key| calendar.group == key));
                let visible = listed.filter(|calendar| self.folder_is_visible(calendar));
                let items: Vec<Value> = visible
                    .map(|calendar| self.calendar_json(calendar))
                    .collect();
                let context = format!("users('{}')/calendars", mailbox.oid);
                Reply::ok(self.collection(&context, items, CALENDAR_MEMBERS, 10)?)
            }
            "POST" => self.create_calendar(group_key),
            _ => Err(Fail::no_method()),
        }
    }

    fn folder_is_visible(&self, calendar: &Calendar) -> bool {
        self.folder(Some(&self.id(
            Thing::Calendar,
            self.owner,
            calendar.key,
            0,
            0,
        )))
        .is_ok()
    }

    fn create_calendar(&mut self, group: Option<u64>) -> Answer {
        self.needs(Right::WriteCalendars)?;
        if self.owner != self.me {
            return Err(Fail::denied());
        }
        let (name, color) = self.name_and_color()?;
        let name = name.ok_or_else(|| Fail::parameter("The name of the calendar is missing."))?;
        self.refuse_same_name(&name, None)?;
        let key = self.world.new_key();
        let change = self.world.new_change();
        let mailbox = self.mailbox_mut()?;
        let group = group
            .or_else(|| mailbox.groups.first().map(|group| group.key))
            .unwrap_or(0);
        let mut calendar = Calendar::new(key, &name, group, true);
        calendar.change = change;
        calendar.color = color.unwrap_or_else(|| "auto".to_owned());
        mailbox.calendars.push(calendar.clone());
        Reply::created(self.one_calendar(&calendar)?)
    }

    fn one_calendar(&self, calendar: &Calendar) -> Result<Value, Fail> {
        let mut value = self.calendar_json(calendar);
        if let Some(select) = self.query.select() {
            super::query::project(&mut value, &select, CALENDAR_MEMBERS)?;
        }
        let context = format!("users('{}')/calendars/$entity", self.mailbox()?.oid);
        Ok(with_context(self.base, &context, value))
    }

    fn refuse_same_name(&self, name: &str, except: Option<u64>) -> Result<(), Fail> {
        let is_taken = self
            .mailbox()?
            .calendar_named(name)
            .is_some_and(|key| Some(key) != except);
        if is_taken {
            return Err(Fail::new(
                409,
                "ErrorFolderExists",
                "A folder with the specified name already exists.",
            ));
        }
        Ok(())
    }

    fn name_and_color(&self) -> Result<(Option<String>, Option<String>), Fail> {
        let body = self
            .body
            .as_ref()
            .and_then(Value::as_object)
            .ok_or_else(|| Fail::body_read("A body is needed."))?;
        let mut found = (None, None);
        for (name, value) in body {
            match name.to_ascii_lowercase().as_str() {
                "name" => {
                    found.0 = value
                        .as_str()
                        .map(str::trim)
                        .filter(|name| !name.is_empty())
                        .map(str::to_owned)
                }
                "color" => {
                    let text = value.as_str().unwrap_or_default();
                    let known = COLORS.iter().find(|color| color.eq_ignore_ascii_case(text));
                    let known = known.ok_or_else(|| {
                        Fail::body_read(&format!("Requested value '{text}' was not found."))
                    })?;
                    found.1 = Some((*known).to_owned());
                }
                other if other.starts_with('@') => {}
                other
                    if CALENDAR_MEMBERS
                        .iter()
                        .any(|known| known.eq_ignore_ascii_case(other)) => {}
                _ => {
                    return Err(super::draft::unknown_property(
                        name,
                        "microsoft.graph.calendar",
                    ));
                }
            }
        }
        Ok(found)
    }

    pub fn calendar(&mut self, id: Option<&str>) -> Answer {
        let folder = self.folder(id)?;
        match self.method.as_str() {
            "GET" => {
                let calendar = self
                    .mailbox()?
                    .calendar(folder.key)
                    .ok_or_else(Fail::not_found)?;
                Reply::ok(self.one_calendar(calendar)?)
            }
            "PATCH" | "DELETE" if self.owner != self.me => Err(Fail::denied()),
            "PATCH" => {
                self.needs(Right::WriteCalendars)?;
                let (name, color) = self.name_and_color()?;
                if let Some(name) = &name {
                    self.refuse_same_name(name, Some(folder.key))?;
                }
                let change = self.world.new_change();
                let mailbox = self.mailbox_mut()?;
                let calendar = mailbox
                    .calendars
                    .iter_mut()
                    .find(|calendar| calendar.key == folder.key)
                    .ok_or_else(Fail::not_found)?;
                calendar.change = change;
                calendar.name = name.unwrap_or_else(|| calendar.name.clone());
                calendar.color = color.unwrap_or_else(|| calendar.color.clone());
                let calendar = calendar.clone();
                Reply::ok(self.one_calendar(&calendar)?)
            }
            "DELETE" => {
                self.needs(Right::WriteCalendars)?;
                let mailbox = self.mailbox()?;
                let is_removable = mailbox
                    .calendar(folder.key)
                    .is_some_and(|calendar| calendar.is_removable);
                if !is_removable {
                    let message = "Distinguished folders cannot be deleted.";
                    return Err(Fail::new(400, "ErrorDeleteDistinguishedFolder", message));
                }
                let keys: Vec<u64> = mailbox
                    .events()
                    .filter(|event| event.calendar == folder.key)
                    .map(|event| event.key)
                    .collect();
                for key in keys {
                    self.world.remove(self.owner, key);
                }
                self.mailbox_mut()?
                    .calendars
                    .retain(|calendar| calendar.key != folder.key);
                Reply::empty(204)
            }
            _ => Err(Fail::no_method()),
        }
    }

    pub fn groups(&mut self) -> Answer {
        self.needs(Right::ReadCalendars)?;
        let context = format!("users('{}')/calendarGroups", self.mailbox()?.oid);
        match self.method.as_str() {
            "GET" => {
                let items = self
                    .mailbox()?
                    .groups
                    .iter()
                    .map(|group| self.group_json(group))
                    .collect();
                Reply::ok(self.collection(
                    &context,
                    items,
                    &["id", "name", "classId", "changeKey"],
                    10,
                )?)
            }
            "POST" => {
                self.needs(Right::WriteCalendars)?;
                let name = self.group_name()?;
                let (key, change) = (self.world.new_key(), self.world.new_change());
                let class_id = crate::simulator::dice::guid(self.world.seed, key);
                let group = Group {
                    key,
                    name,
                    class_id,
                    change,
                };
                self.mailbox_mut()?.groups.push(group.clone());
                Reply::created(with_context(
                    self.base,
                    &format!("{context}/$entity"),
                    self.group_json(&group),
                ))
            }
            _ => Err(Fail::no_method()),
        }
    }

    fn group_name(&self) -> Result<String, Fail> {
        let name = self
            .body
            .as_ref()
            .and_then(|body| body.get("name"))
            .and_then(Value::as_str);
        name.map(str::to_owned)
            .ok_or_else(|| Fail::parameter("The name of the calendar group is missing."))
    }

    pub fn group(&mut self, id: &str) -> Answer {
        self.needs(Right::ReadCalendars)?;
        let key = self.read_id(id, &[Thing::CalendarGroup])?.0.key;
        let context = format!("users('{}')/calendarGroups/$entity", self.mailbox()?.oid);
        let position = self
            .mailbox()?
            .groups
            .iter()
            .position(|group| group.key == key)
            .ok_or_else(Fail::not_found)?;
        match self.method.as_str() {
            "GET" => {}
            "PATCH" => {
                self.needs(Right::WriteCalendars)?;
                let name = self.group_name()?;
                let change = self.world.new_change();
                if let Some(group) = self.mailbox_mut()?.groups.get_mut(position) {
                    group.name = name;
                    group.change = change;
                }
            }
            "DELETE" => {
                self.needs(Right::WriteCalendars)?;
                let mailbox = self.mailbox_mut()?;
                if position == 0
                    || mailbox
                        .calendars
                        .iter()
                        .any(|calendar| calendar.group == key)
                {
                    return Err(Fail::invalid("The calendar group is not empty."));
                }
                mailbox.groups.remove(position);
                return Reply::empty(204);
            }
            _ => return Err(Fail::no_method()),
        }
        let group = self
            .mailbox()?
            .groups
            .get(position)
            .ok_or_else(Fail::not_found)?;
        Reply::ok(with_context(self.base, &context, self.group_json(group)))
    }

    /// Rows are the owner's; somebody the calendar is shared with sees none (Graph: calendarPermission).
    pub fn permissions(&mut self, calendar: Option<&str>, row: Option<&str>) -> Answer {
        let folder = self.folder(calendar)?;
        let is_owner = folder.store == self.me && self.owner == self.me;
        let context = format!(
            "users('{}')/calendar/calendarPermissions",
            self.mailbox()?.oid
        );
        let mut rows = match self.mailbox()?.calendar(folder.key) {
            Some(calendar) if is_owner => calendar.permissions.clone(),
            _ => Vec::new(),
        };
        let found = row
            .map(|text| {
                rows.iter()
                    .position(|row| self.permission_id(row) == text)
                    .ok_or_else(Fail::not_found)
            })
            .transpose()?;
        if self.method != "GET" {
            self.needs(Right::WriteCalendars)?;
            if !is_owner {
                return Err(Fail::denied());
            }
        }
        match (self.method.as_str(), found) {
            ("GET", None) => {
                let items = rows.iter().map(|row| self.permission_json(row)).collect();
                let members = [
                    "id",
                    "isRemovable",
                    "isInsideOrganization",
                    "role",
                    "allowedRoles",
                    "emailAddress",
                ];
                return Reply::ok(self.collection(&context, items, &members, 100)?);
            }
            ("GET", Some(_)) => {}
            ("POST", None) => {
                let body = self.body.clone().unwrap_or_default();
                let text = |path: &str| {
                    body.pointer(path)
                        .and_then(Value::as_str)
                        .unwrap_or_default()
                        .to_owned()
                };
                let key = self.world.new_key();
                let who = Address {
                    name: text("/emailAddress/name"),
                    address: text("/emailAddress/address"),
                };
                let is_inside = self.world.find_mailbox(&who.address).is_some();
                rows.push(Permission {
                    key,
                    who,
                    role: self.role()?,
                    is_inside,
                });
            }
            ("PATCH", Some(position)) => {
                let role = self.role()?;
                if let Some(row) = rows.get_mut(position) {
                    row.role = role;
                }
            }
            ("DELETE", Some(position)) => {
                rows.remove(position);
                self.keep_permissions(folder.key, rows)?;
                return Reply::empty(204);
            }
            _ => return Err(Fail::no_method()),
        }
        self.keep_permissions(folder.key, rows.clone())?;
        let row = found
            .and_then(|position| rows.get(position))
            .or_else(|| rows.last())
            .ok_or_else(Fail::not_found)?;
        let value = with_context(
            self.base,
            &format!("{context}/$entity"),
            self.permission_json(row),
        );
        if self.method == "POST" {
            Reply::created(value)
        } else {
            Reply::ok(value)
        }
    }

    fn keep_permissions(&mut self, calendar: u64, rows: Vec<Permission>) -> Result<(), Fail> {
        let mailbox = self.mailbox_mut()?;
        if let Some(calendar) = mailbox
            .calendars
            .iter_mut()
            .find(|known| known.key == calendar)
        {
            calendar.permissions = rows;
        }
        Ok(())
    }

    fn role(&self) -> Result<String, Fail> {
        let text = self
            .body
            .as_ref()
            .and_then(|body| body.get("role"))
            .and_then(Value::as_str)
            .unwrap_or_default();
        role_named(text)
            .map(str::to_owned)
            .ok_or_else(|| Fail::body_read(&format!("Requested value '{text}' was not found.")))
    }

    /// The row of everybody in the organization has a well-known id ("Default").
    fn permission_id(&self, row: &Permission) -> String {
        if row.who.address.is_empty() {
            return "RGVmYXVsdA==".to_owned();
        }
        self.id(Thing::Permission, self.owner, row.key, 0, 0)
    }

    fn permission_json(&self, row: &Permission) -> Value {
        let is_default = row.who.address.is_empty();
        let mut address = address_json(&row.who);
        if is_default {
            address = json!({"name": "My Organization"});
        }
        json!({
            "id": self.permission_id(row),
            "isRemovable": !is_default,
            "isInsideOrganization": row.is_inside || is_default,
            "role": row.role,
            "allowedRoles": ["freeBusyRead", "limitedRead", "read", "write"],
            "emailAddress": address,
        })
    }
}
