//! The metrics over HTTP: `GET /metrics` and nothing else, bounded against any client.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::time::timeout;

/// Connections at once; another one is closed.
const AT_ONCE: usize = 16;
/// The longest head of a request, in bytes.
const LONGEST_HEAD: usize = 8 * 1024;
/// How long a client may take.
const LIMIT: Duration = Duration::from_secs(5);
/// After a failure to accept, as without a free descriptor.
const PAUSE: Duration = Duration::from_millis(200);

/// The content type of `OpenMetrics`, and that of the older text format.
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
const TEXT: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Answers by `metrics`, which is told whether `OpenMetrics` is wanted; never ends. Runs in a
/// `LocalSet`.
pub async fn serve(listener: TcpListener, metrics: Rc<dyn Fn(bool) -> String>) {
    let count = Rc::new(Cell::new(0));
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            tokio::time::sleep(PAUSE).await;
            continue;
        };
        if count.get() >= AT_ONCE {
            continue;
        }
        count.set(count.get() + 1);
        let (count, metrics) = (Rc::clone(&count), Rc::clone(&metrics));
        tokio::task::spawn_local(async move {
            // What a client does wrong is the client's.
            let _ = timeout(LIMIT, answer(stream, metrics.as_ref())).await;
            count.set(count.get() - 1);
        });
    }
}

/// Reads one request and answers it.
pub async fn answer(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    metrics: &dyn Fn(bool) -> String,
) -> std::io::Result<()> {
    let mut head = Vec::new();
    while !is_whole(&head) {
        let mut part = [0; 1024];
        let read = stream.read(&mut part).await?;
        if read == 0 || head.len() + read > LONGEST_HEAD {
            return respond(&mut stream, "400 Bad Request", TEXT, "bad request\n", true).await;
        }
        head.extend_from_slice(&part[..read]);
    }
    let head = String::from_utf8_lossy(&head);
    let mut words = head.lines().next().unwrap_or_default().split(' ');
    let (method, path) = (
        words.next().unwrap_or_default(),
        words.next().unwrap_or_default(),
    );
    let path = path.split('?').next().unwrap_or_default();
    let has_body = method != "HEAD";
    match (method, path) {
        ("GET" | "HEAD", "/metrics") => {
            let is_open = accepts_open_metrics(&head);
            let kind = if is_open { OPEN_METRICS } else { TEXT };
            respond(&mut stream, "200 OK", kind, &metrics(is_open), has_body).await
        }
        ("GET" | "HEAD", _) => {
            let words = "the metrics are at /metrics\n";
            respond(&mut stream, "404 Not Found", TEXT, words, has_body).await
        }
        _ => {
            let words = "only GET\n";
            respond(&mut stream, "405 Method Not Allowed", TEXT, words, true).await
        }
    }
}

fn is_whole(head: &[u8]) -> bool {
    head.windows(4).any(|end| end == b"\r\n\r\n") || head.windows(2).any(|end| end == b"\n\n")
}

fn accepts_open_metrics(head: &str) -> bool {
    let accepts = |line: &str| {
        let (name, value) = line.split_once(':').unwrap_or_default();
        name.eq_ignore_ascii_case("accept") && value.contains("application/openmetrics-text")
    };
    head.lines().skip(1).any(accepts)
}

async fn respond(
    stream: &mut (impl AsyncWrite + Unpin),
    status: &str,
    kind: &str,
    body: &str,
    has_body: bool,
) -> std::io::Result<()> {
    let length = body.len();
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\n\
         Connection: close\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await?;
    if has_body {
        stream.write_all(body.as_bytes()).await?;
    }
    stream.shutdown().await
}
