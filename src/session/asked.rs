//! A session whose greeting was exchanged before it was known whether it is to go on.

use tokio::io::{AsyncRead, AsyncWrite};

use super::{Kernel, Plan, Record, Session};
use crate::event::Events;

impl<'a, S: AsyncRead + AsyncWrite + Unpin> Session<'a, S> {
    /// Goes on over a stream on which the greeting was exchanged on `asked`, which `record` takes over;
    /// nothing when that stage failed.
    pub fn go_on(
        stream: S,
        kernel: Kernel<'a>,
        plan: &'a Plan,
        (record, asked): (&'a mut Record, Record),
        events: Events<'a>,
    ) -> Option<Self> {
        record.take_over(asked, events);
        let failed = record.stages.iter().any(|stage| stage.code.is_some());
        let version = record.server_version.filter(|_| !failed)?;
        let mut session = Self::over(stream, kernel, plan, record, events);
        session.version = version;
        session.decoder.set_version(version);
        Some(session)
    }
}
