//! The desk: names, colours and habits of the mailbox in one small file, so that
//! a first frame and a script need nothing else beside sheets.

use super::encoding::{sealed, unsealed};
use super::folder::replace;
use super::{Folder, StoreError};
use crate::domain::ids::CalendarId;
use crate::domain::replica::Desk;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

const VERSION: u32 = 3;

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct DeskFile {
    pub desk: Desk,
    /// Short numbers of the calendars, as in the names of their sheets.
    pub numbers: Vec<(CalendarId, u16)>,
    /// When what was on screen, or everything after a command, last equalled the server.
    pub fresh_at: Option<Timestamp>,
    pub invitations: u32,
    pub overlaps: u32,
}

impl DeskFile {
    /// None when there is none yet, or it cannot be understood: it is rebuilt.
    pub fn load(folder: &Folder) -> Result<Option<Self>, StoreError> {
        let path = folder.desk();
        let bytes = match std::fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(source) => {
                return Err(StoreError::Read {
                    path: path.display().to_string(),
                    source,
                });
            }
        };
        Ok(unsealed(VERSION, &bytes))
    }

    pub fn save(&self, folder: &Folder) -> Result<(), StoreError> {
        let bytes =
            sealed(VERSION, self).map_err(|error| StoreError::Replica(error.to_string()))?;
        replace(&folder.desk(), &bytes)
    }
}
