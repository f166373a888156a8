"""The doctor for the API socket of Interactive Brokers' TWS and IB Gateway, from Python.

`run` runs one command and returns its report; `Worker` holds a session with a Gateway through
`ibdoc worker`; the fixture `ib_gateway` of the pytest plugin starts a simulated Gateway. The
program itself is beside this package: `ibdoc`, or `python -m ibdoc`.
"""

from ._program import ProgramNotFound, program
from ._report import AcceptQueue, Finding, Footprint, Host, NoReport, Report, run
from ._worker import Event, Worker, WorkerEnded, WorkerError

__all__ = [
    "AcceptQueue",
    "Event",
    "Finding",
    "Footprint",
    "Host",
    "NoReport",
    "ProgramNotFound",
    "Report",
    "Worker",
    "WorkerEnded",
    "WorkerError",
    "program",
    "run",
]
