//! One execution, for the scenario in which executions come and their end does not.

use bytes::Bytes;
use prost::encoding::encode_varint;

use super::account::ACCOUNT;
use crate::wire::{Reply, ServerVersion};

const EXECUTION_ID: &str = "0000e0d5.671a0001.01.01";

/// An execution of 100 AAPL (message 11) in the form of this version.
pub(super) fn execution(req_id: i32, version: ServerVersion) -> Reply {
    let body = if version >= ServerVersion::PROTOBUF {
        protobuf(req_id)
    } else {
        text(req_id, version)
    };
    Reply::Execution(Bytes::from(body))
}

/// `ExecutionDetails {1 reqId, 2 contract, 3 execution {2 execId}}`, the contract left out.
fn protobuf(req_id: i32) -> Vec<u8> {
    const NUMBER_1: u8 = 1 << 3;
    const BYTES_2: u8 = 2 << 3 | 2;
    const BYTES_3: u8 = 3 << 3 | 2;
    let mut execution = vec![BYTES_2];
    encode_varint(EXECUTION_ID.len() as u64, &mut execution);
    execution.extend(EXECUTION_ID.bytes());
    let mut body = vec![NUMBER_1];
    encode_varint(u64::from(req_id.unsigned_abs()), &mut body);
    body.push(BYTES_3);
    encode_varint(execution.len() as u64, &mut body);
    body.extend(execution);
    body
}

/// The fields as the clients' decoders read them: request, order, contract, execution.
fn text(req_id: i32, version: ServerVersion) -> Vec<u8> {
    let id = req_id.to_string();
    let contract = "265598 AAPL STK - 0 - - NASDAQ USD AAPL NMS";
    let execution = "20261126-15:30:00 _ NASDAQ BOT 100 230.5 4711 1 0 100 230.5 - - - - 0";
    let execution = execution.replace('_', ACCOUNT);
    let mut fields = vec![id.as_str(), "1"];
    fields.extend(contract.split(' '));
    fields.push(EXECUTION_ID);
    fields.extend(execution.split(' '));
    // From version 136 on the message has no version of its own.
    if version < ServerVersion(136) {
        fields.insert(0, "10");
    }
    // pendingPriceRevision, and submitter.
    fields.extend((version >= ServerVersion(178)).then_some("0"));
    fields.extend((version >= ServerVersion(198)).then_some("trader"));
    let empty = |field: &str| {
        if field == "-" {
            String::new()
        } else {
            field.to_owned()
        }
    };
    let fields = fields.into_iter().map(|field| empty(field) + "\0");
    fields.collect::<String>().into_bytes()
}
