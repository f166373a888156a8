//! Bytes to requests, for the simulated Gateway.

use super::{Asked, Request};
use crate::wire::ids::outgoing as ids;
use crate::wire::proto::{self, read, text};
use crate::wire::text::Fields;
use crate::wire::{DecodeError, Form, Frame};

impl Asked {
    /// Reads what a client asks; fields beyond the known ones are passed over.
    pub fn decode(frame: &Frame) -> Result<Self, DecodeError> {
        match (frame.form, frame.id) {
            (Form::Greeting, _) => Err(DecodeError::Greeting),
            (_, id) if frame.oversized => Ok(Self::Other(id)),
            (Form::Text, ids::AUTO_OPEN_ORDERS) => {
                let bind = Fields::new(&frame.body).skip_fields(1).flag();
                Ok(Self::AutoOpenOrders { bind })
            }
            (Form::Protobuf, ids::AUTO_OPEN_ORDERS) => {
                let message: proto::Flag = read(frame.id, &frame.body)?;
                Ok(Self::AutoOpenOrders {
                    bind: message.value.unwrap_or_default(),
                })
            }
            (Form::Text, id) => {
                Ok(from_text(id, &frame.body)?.map_or(Self::Other(id), Self::Known))
            }
            (Form::Protobuf, id) => {
                // Also of a request without fields the body is a message.
                read::<()>(id, &frame.body)?;
                Ok(from_protobuf(id, &frame.body)?.map_or(Self::Other(id), Self::Known))
            }
        }
    }
}

/// The request without its own fields, if it has none.
fn bare(id: u32) -> Option<Request> {
    match id {
        ids::IDS => Some(Request::Ids),
        ids::MANAGED_ACCOUNTS => Some(Request::ManagedAccounts),
        ids::CURRENT_TIME => Some(Request::CurrentTime),
        ids::CURRENT_TIME_MILLIS => Some(Request::CurrentTimeMillis),
        ids::POSITIONS => Some(Request::Positions),
        ids::CANCEL_POSITIONS => Some(Request::CancelPositions),
        ids::OPEN_ORDERS => Some(Request::OpenOrders),
        ids::ALL_OPEN_ORDERS => Some(Request::AllOpenOrders),
        _ => None,
    }
}

fn from_text(id: u32, body: &[u8]) -> Result<Option<Request>, DecodeError> {
    let mut fields = Fields::new(body);
    // Every request but this one begins with a version of its own.
    if id == ids::COMPLETED_ORDERS {
        return Ok(Some(Request::CompletedOrders {
            api_only: fields.flag(),
        }));
    }
    let fields = fields.skip_fields(1);
    Ok(Some(match id {
        ids::START_API => Request::StartApi {
            client_id: fields.number(id, "client id")?,
            capabilities: fields.string(),
        },
        ids::ACCOUNT_SUMMARY => Request::AccountSummary {
            req_id: fields.number(id, "request id")?,
            group: fields.string(),
            tags: fields.string(),
        },
        ids::CANCEL_ACCOUNT_SUMMARY => Request::CancelAccountSummary {
            req_id: fields.number(id, "request id")?,
        },
        ids::CANCEL_ACCOUNT_UPDATES_MULTI => Request::CancelAccountUpdatesMulti {
            req_id: fields.number(id, "request id")?,
        },
        ids::ACCOUNT_UPDATES => Request::AccountUpdates {
            subscribe: fields.flag(),
            account: fields.string(),
        },
        ids::EXECUTIONS => Request::Executions {
            req_id: fields.number(id, "request id")?,
        },
        ids::ACCOUNT_UPDATES_MULTI => Request::AccountUpdatesMulti {
            req_id: fields.number(id, "request id")?,
            account: fields.string(),
            model: fields.string(),
            ledger_and_nlv: fields.flag(),
        },
        _ => return Ok(bare(id)),
    }))
}

fn from_protobuf(id: u32, body: &[u8]) -> Result<Option<Request>, DecodeError> {
    // The first field of every request that has an id.
    let req_id = || {
        let message: proto::RequestId = read(id, body)?;
        let field = "request id";
        message.req_id.ok_or(DecodeError::Field { id, field })
    };
    Ok(Some(match id {
        ids::START_API => {
            let message: proto::StartApiRequest = read(id, body)?;
            // proto3 writers may leave out a zero.
            let client_id = message.client_id.unwrap_or_default();
            Request::StartApi {
                client_id,
                capabilities: text(message.capabilities),
            }
        }
        ids::ACCOUNT_SUMMARY => {
            let message: proto::AccountSummaryRequest = read(id, body)?;
            Request::AccountSummary {
                req_id: req_id()?,
                group: text(message.group),
                tags: text(message.tags),
            }
        }
        ids::CANCEL_ACCOUNT_SUMMARY => Request::CancelAccountSummary { req_id: req_id()? },
        ids::CANCEL_ACCOUNT_UPDATES_MULTI => {
            Request::CancelAccountUpdatesMulti { req_id: req_id()? }
        }
        ids::ACCOUNT_UPDATES => {
            let message: proto::AccountDataRequest = read(id, body)?;
            let subscribe = message.subscribe.unwrap_or_default();
            Request::AccountUpdates {
                subscribe,
                account: text(message.account),
            }
        }
        ids::COMPLETED_ORDERS => {
            let message: proto::Flag = read(id, body)?;
            Request::CompletedOrders {
                api_only: message.value.unwrap_or_default(),
            }
        }
        // Its filter is passed over.
        ids::EXECUTIONS => Request::Executions { req_id: req_id()? },
        ids::ACCOUNT_UPDATES_MULTI => {
            let message: proto::AccountUpdatesMultiRequest = read(id, body)?;
            Request::AccountUpdatesMulti {
                req_id: req_id()?,
                account: text(message.account),
                model: text(message.model),
                ledger_and_nlv: message.ledger_and_nlv.unwrap_or_default(),
            }
        }
        _ => return Ok(bare(id)),
    }))
}
