//! Requests to bytes.

use super::Request;
use crate::wire::frame::FrameBuilder;
use crate::wire::messages::outgoing_form;
use crate::wire::proto::{self, some, some_unless_empty};
use crate::wire::{Form, ServerVersion};

/// The field that stands for "no number" in IB's text form.
const UNSET: &str = "2147483647";

impl Request {
    /// The whole frame, in the form of the version agreed on, to be sent in one write.
    pub fn encode(&self, version: ServerVersion) -> Vec<u8> {
        let form = outgoing_form(self.id(), version);
        let mut frame = FrameBuilder::new(self.id(), form, version);
        match form {
            Form::Protobuf => self.put_protobuf(&mut frame),
            Form::Text | Form::Greeting => self.put_text(&mut frame, version),
        }
        frame.finish()
    }

    fn put_text(&self, frame: &mut FrameBuilder, version: ServerVersion) {
        match self {
            Self::StartApi {
                client_id,
                capabilities,
            } => {
                frame.field("2").field(*client_id);
                if version >= ServerVersion::OPTIONAL_CAPABILITIES {
                    frame.field(capabilities);
                }
            }
            Self::Ids => {
                frame.field("1").field("1");
            }
            Self::ManagedAccounts
            | Self::CurrentTime
            | Self::Positions
            | Self::CancelPositions
            | Self::OpenOrders
            | Self::AllOpenOrders => {
                frame.field("1");
            }
            Self::CurrentTimeMillis => {}
            Self::AccountSummary {
                req_id,
                group,
                tags,
            } => {
                frame.field("1").field(*req_id).field(group).field(tags);
            }
            Self::CancelAccountSummary { req_id } | Self::CancelAccountUpdatesMulti { req_id } => {
                frame.field("1").field(*req_id);
            }
            Self::AccountUpdates { subscribe, account } => {
                frame.field("2").field(*subscribe).field(account);
            }
            Self::CompletedOrders { api_only } => {
                frame.field(*api_only);
            }
            Self::Executions { req_id } => put_executions(frame, *req_id, version),
            Self::AccountUpdatesMulti {
                req_id,
                account,
                model,
                ledger_and_nlv,
            } => {
                frame
                    .field("1")
                    .field(*req_id)
                    .field(account)
                    .field(model)
                    .field(*ledger_and_nlv);
            }
        }
    }

    fn put_protobuf(&self, frame: &mut FrameBuilder) {
        match self {
            Self::StartApi {
                client_id,
                capabilities,
            } => frame.message(&proto::StartApiRequest {
                client_id: Some(*client_id),
                capabilities: some_unless_empty(capabilities),
            }),
            Self::Ids => frame.message(&proto::Number { value: Some(1) }),
            Self::ManagedAccounts
            | Self::CurrentTime
            | Self::CurrentTimeMillis
            | Self::Positions
            | Self::CancelPositions
            | Self::OpenOrders
            | Self::AllOpenOrders => {}
            Self::AccountSummary {
                req_id,
                group,
                tags,
            } => {
                frame.message(&proto::AccountSummaryRequest {
                    req_id: Some(*req_id),
                    group: some(group),
                    tags: some(tags),
                });
            }
            Self::CancelAccountSummary { req_id } | Self::CancelAccountUpdatesMulti { req_id } => {
                frame.message(&proto::RequestId {
                    req_id: Some(*req_id),
                });
            }
            Self::AccountUpdates { subscribe, account } => {
                frame.message(&proto::AccountDataRequest {
                    subscribe: Some(*subscribe),
                    account: some_unless_empty(account),
                });
            }
            Self::CompletedOrders { api_only } => {
                frame.message(&proto::Flag {
                    value: Some(*api_only),
                });
            }
            Self::Executions { req_id } => frame.message(&executions_message(*req_id)),
            Self::AccountUpdatesMulti {
                req_id,
                account,
                model,
                ledger_and_nlv,
            } => {
                frame.message(&proto::AccountUpdatesMultiRequest {
                    req_id: Some(*req_id),
                    account: some_unless_empty(account),
                    model: some_unless_empty(model),
                    ledger_and_nlv: Some(*ledger_and_nlv),
                });
            }
        }
    }
}

/// The filter's fields: client id, account, time, symbol, security type, exchange, side, and in
/// later versions days and dates.
fn put_executions(frame: &mut FrameBuilder, req_id: i32, version: ServerVersion) {
    frame.field("3").field(req_id).field("0");
    for _ in 0..6 {
        frame.field("");
    }
    if version >= ServerVersion::EXECUTION_DAYS {
        frame.field(UNSET).field("0");
    }
}

fn executions_message(req_id: i32) -> proto::ExecutionRequest {
    proto::ExecutionRequest {
        req_id: Some(req_id),
        filter: Some(proto::ExecutionFilter {}),
    }
}
