//! What may lie over the view, one at a time.

use super::commands::Mode;
use super::conflict::Conflict;
use super::deleting::Delete;
use super::find::{Find, Purpose};
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
    /// The page that is typed, also while a time is found for it.
    pub(super) fn page(&mut self) -> Option<&mut Form> {
        match self {
            Self::Form(form) => Some(form),
            Self::Find(open) => match &mut open.purpose {
                Purpose::Fill(form) => Some(form),
                _ => None,
            },
            _ => None,
        }
    }

    /// The answer that is being made, also while another time is found to propose.
    pub(super) fn answer(&mut self) -> Option<&mut Respond> {
        match self {
            Self::Respond(open) => Some(open),
            Self::Find(open) => match &mut open.purpose {
                Purpose::Propose(_, answer) => answer.as_deref_mut(),
                _ => None,
            },
            _ => None,
        }
    }

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
