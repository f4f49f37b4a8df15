//! What may lie over the view, one at a time.

use super::commands::Mode;
use super::conflict::Conflict;
use super::deleting::Delete;
use super::find::Find;
use super::form::Form;
use super::jump::Jump;
use super::leave::Leave;
use super::list::List;
use super::load::Page;
use super::moving::Move;
use super::respond::Respond;
use super::triage::Settle;
use super::which::Which;

#[derive(Debug, Clone)]
pub enum Overlay {
    Help {
        mode: Mode,
        scroll: u16,
    },
    List(Box<List>),
    Jump(Jump),
    Respond(Box<Respond>),
    Leave(Leave),
    Delete(Box<Delete>),
    Move(Box<Move>),
    Which(Box<Which>),
    Form(Box<Form>),
    Conflict(Box<Conflict>),
    /// How an overlap is settled, before it is.
    Settle(Box<Settle>),
    Find(Box<Find>),
    Load(Box<Page>),
}

impl Overlay {
    pub fn mode(&self) -> Mode {
        match self {
            Self::Help { .. } => Mode::Help,
            Self::List(list) => list.mode(),
            Self::Jump(_) => Mode::Jump,
            Self::Respond(respond) => respond.mode(),
            Self::Leave(_) => Mode::Leave,
            Self::Delete(_) => Mode::Delete,
            Self::Move(_) => Mode::Move,
            Self::Which(_) => Mode::Which,
            Self::Form(_) => Mode::Form,
            Self::Conflict(_) => Mode::Conflict,
            Self::Settle(_) => Mode::Settle,
            Self::Find(open) => open.mode(),
            Self::Load(_) => Mode::Load,
        }
    }
}
