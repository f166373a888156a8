//! What other services answer on a port where a Gateway was expected.

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::Peer;
use super::end::End;
use super::faults::Impostor;

const HTTP: &[u8] = b"HTTP/1.1 400 Bad Request\r\nServer: nginx\r\nContent-Type: text/html\r\n\
    Content-Length: 26\r\nConnection: close\r\n\r\n<h1>400 Bad Request</h1>\r\n";
const SSH: &[u8] = b"SSH-2.0-OpenSSH_9.6p1\r\n";
const SSH_REFUSAL: &[u8] = b"Invalid SSH identification string.\r\n";
/// A fatal TLS alert with the reason `protocol_version`.
const TLS: &[u8] = b"\x15\x03\x01\0\x02\x02\x46";

/// Answers the first bytes of a client as the other service would, and closes.
pub(super) async fn answer(stream: &mut impl Peer, impostor: Impostor) -> Result<(), End> {
    if impostor == Impostor::Ssh {
        stream.write_all(SSH).await?;
    }
    if stream.read(&mut [0; 1024]).await? == 0 {
        return Ok(());
    }
    let reply = match impostor {
        Impostor::Http => HTTP,
        Impostor::Ssh => SSH_REFUSAL,
        Impostor::Tls => TLS,
    };
    stream.write_all(reply).await?;
    Err(End::Scenario)
}
