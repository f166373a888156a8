//! The accounts stage: managed accounts and next valid id come in any order and between other
//! messages (docs/PROTOCOL.md, After the start).

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::Instant;

use super::{Closed, End, Incoming, Session};
use crate::event::{StageName, StageStatus};
use crate::finding::Code;
use crate::text::duration::shown;
use crate::text::words::counted;
use crate::wire::{Reply, Request};

/// IB's number for a client id that is taken.
const CLIENT_ID_IN_USE: i32 = 326;

impl<S: AsyncRead + AsyncWrite + Unpin> Session<'_, S> {
    /// Waits until accounts and id are both there; what is missing when the usual clients give up
    /// is asked for again.
    pub async fn accounts(&mut self) -> bool {
        let start = Instant::now();
        let end = self.await_accounts(start).await;
        let passed = end.status == StageStatus::Ok;
        if passed {
            let connect = self.record.stage(StageName::Connect);
            let connecting = connect.map_or_else(Default::default, |stage| stage.start);
            let ready = self.record.began().elapsed().saturating_sub(connecting);
            self.record.ready = Some(ready);
        }
        self.end_stage(StageName::Accounts, start, end);
        passed
    }

    async fn await_accounts(&mut self, start: Instant) -> End {
        let deadline = self.plan.until(start, self.plan.timeouts.accounts);
        let ask_at = start + self.plan.client_timeout;
        loop {
            if self.record.is_ready() {
                return self.both_came();
            }
            let asked = self.record.asked_again;
            let until = if asked {
                deadline
            } else {
                deadline.min(ask_at)
            };
            match self.hear(until).await {
                Incoming::Reply(Reply::Notice(notice)) if notice.code == CLIENT_ID_IN_USE => {
                    let words = super::clean(&notice.text, 200);
                    return End::failed(Code::ClientIdInUse, format!("{} {words}", notice.code));
                }
                Incoming::Reply(_) => {}
                Incoming::Closed(closed) => return self.closed_after_start(closed, start),
                Incoming::Garbled(error) => return End::failed(Code::NotTwsProtocol, error),
                Incoming::Quiet if !asked && Instant::now() < deadline => {
                    if let Err(closed) = self.ask_again().await {
                        return self.closed_after_start(closed, start);
                    }
                }
                Incoming::Quiet => return self.incomplete(start),
            }
        }
    }

    fn both_came(&self) -> End {
        let count = self.record.accounts.as_ref().map_or(0, Vec::len);
        let again = if self.record.asked_again {
            "asked again: "
        } else {
            ""
        };
        End::ok(format!("{again}{}, id", counted(count, "account")))
    }

    async fn ask_again(&mut self) -> Result<(), Closed> {
        self.record.asked_again = true;
        self.record.asked_again_at = Some(self.record.began().elapsed());
        if self.record.accounts.as_ref().is_none_or(Vec::is_empty) {
            self.send_beside(&Request::ManagedAccounts).await?;
        }
        if self.record.next_order_id.is_none() {
            self.send_beside(&Request::Ids).await?;
        }
        Ok(())
    }

    fn closed_after_start(&self, closed: Closed, start: Instant) -> End {
        let code = self.code_of_loss(Code::ClosedAfterStart);
        End::failed(
            code,
            format!("{} after {}", closed.words(), shown(start.elapsed())),
        )
    }

    fn incomplete(&self, start: Instant) -> End {
        let asked = if self.record.asked_again {
            ", asked again"
        } else {
            ""
        };
        let waited = format!("{}{asked}", shown(start.elapsed()));
        let id = self.record.next_order_id.is_some();
        let (code, what) = match (&self.record.accounts, id) {
            (None, false) => (Code::NoAccountsNoId, "neither accounts nor next id"),
            (None, true) => (Code::AccountsMissing, "next id, but no accounts"),
            (Some(list), _) if list.is_empty() => {
                (Code::AccountsEmpty, "an empty list of accounts")
            }
            (Some(_), _) => (Code::NextIdMissing, "accounts, but no next id"),
        };
        End::timeout(code, format!("{what} in {waited}"))
    }
}
