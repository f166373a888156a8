//! What the first messages of a session tell, up to the moment at which its client can begin.

use super::TEXT;
use crate::event::Speaker;
use crate::text::printable::clean;
use crate::trace::chunk::Timestamp;
use crate::wire::{
    Asked, ClientGreeting, Frame, NotTws, Reply, Request, ServerGreeting, ServerVersion,
};

/// What the first bytes of a session were.
#[derive(Clone, Debug, Default)]
pub(in crate::trace) struct Opening {
    pub(in crate::trace) dialled: Option<Timestamp>,
    pub(in crate::trace) accepted: Option<Timestamp>,
    pub(in crate::trace) greeted: Option<Timestamp>,
    pub(in crate::trace) client: Option<ClientGreeting>,
    pub(in crate::trace) answered: Option<Timestamp>,
    pub(in crate::trace) gateway: Option<ServerGreeting>,
    pub(in crate::trace) started: Option<Timestamp>,
    pub(in crate::trace) client_id: Option<i32>,
    pub(in crate::trace) capabilities: Option<String>,
    pub(in crate::trace) accounts_at: Option<Timestamp>,
    pub(in crate::trace) accounts: Option<Vec<String>>,
    pub(in crate::trace) id_at: Option<Timestamp>,
    /// The side that speaks another protocol, and which.
    pub(in crate::trace) foreign: Option<(Speaker, NotTws)>,
}

impl Opening {
    /// When accounts and the next id were both there.
    pub(in crate::trace) fn ready(&self) -> Option<Timestamp> {
        Some(self.accounts_at?.max(self.id_at?))
    }

    /// Takes the start of the API, or a switch of account updates; whether it switches them off.
    pub(super) fn asked(&mut self, at: Timestamp, frame: &Frame) -> bool {
        match Asked::decode(frame) {
            Ok(Asked::Known(Request::StartApi {
                client_id,
                capabilities,
            })) => {
                self.started.get_or_insert(at);
                self.client_id = Some(client_id);
                self.capabilities = Some(clean(&capabilities, TEXT));
                false
            }
            Ok(Asked::Known(Request::AccountUpdates { subscribe, .. })) => !subscribe,
            _ => false,
        }
    }

    /// Takes the accounts and the next id.
    pub(super) fn told(&mut self, at: Timestamp, frame: &Frame, version: ServerVersion) {
        match frame.id {
            NEXT_VALID_ID => self.id_at = self.id_at.or(Some(at)),
            MANAGED_ACCOUNTS => {
                if let Ok(Reply::ManagedAccounts(accounts)) = Reply::decode(frame, version) {
                    // A list without an account gets no client ready.
                    if !accounts.is_empty() {
                        self.accounts_at.get_or_insert(at);
                    }
                    self.accounts = Some(accounts);
                }
            }
            _ => {}
        }
    }
}

/// The ids of messages whose content is read.
pub(super) const ACCOUNT_UPDATES: u32 = 6;
const NEXT_VALID_ID: u32 = 9;
pub(super) const ERROR: u32 = 4;
pub(super) const MANAGED_ACCOUNTS: u32 = 15;
pub(super) const START_API: u32 = 71;
