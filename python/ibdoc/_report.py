"""One command and its report, as dataclasses of the JSON `ibdoc/1`."""

import json
import subprocess
from dataclasses import dataclass, field
from typing import Any, Dict, List, Mapping, Optional, Sequence

from ._program import program


class NoReport(RuntimeError):
    """The program ended without a report: wrong arguments, or it could not run."""

    def __init__(self, status: int, stderr: str) -> None:
        super().__init__(stderr.strip() or f"ibdoc ended with status {status} and said nothing")
        self.status = status
        self.stderr = stderr


@dataclass(frozen=True)
class Finding:
    """One thing that was found; `ibdoc explain CODE` says more."""

    code: str
    severity: str
    subject: str
    summary: str
    evidence: List[str]
    remedies: List[str]


@dataclass(frozen=True)
class AcceptQueue:
    """Connections that the Gateway had not accepted; None where that cannot be seen."""

    before: Optional[int]
    after: Optional[int]


@dataclass(frozen=True)
class Footprint:
    """What the run did to the Gateway."""

    connections: int
    sockets_left: Optional[int]
    accept_queue: AcceptQueue


@dataclass(frozen=True)
class Host:
    """The machine on which ibdoc ran; None is unknown."""

    name: Optional[str]
    system: Optional[str]
    kernel: Optional[str]
    architecture: Optional[str]
    cpus: Optional[int]
    container: Optional[bool]


@dataclass(frozen=True)
class Report:
    """What a command answered.

    `verdict` is healthy, attention, failed or unknown; `status` is the exit status. Everything
    else of the JSON, such as the stages of a handshake, is in `raw`: `ibdoc schema` describes it.
    """

    schema: str
    version: str
    command: str
    simulated: bool
    started_at: str
    elapsed_ms: float
    verdict: str
    summary: str
    host: Host
    findings: List[Finding]
    footprint: Footprint
    interrupted: bool
    error: Optional[str]
    status: int
    raw: Mapping[str, Any] = field(repr=False)

    @property
    def healthy(self) -> bool:
        """Whether nothing was found."""
        return self.verdict == "healthy"

    @property
    def codes(self) -> List[str]:
        """The codes of the findings, that of the principal one first."""
        return [finding.code for finding in self.findings]

    @property
    def body(self) -> Mapping[str, Any]:
        """What only this command answers: of `doctor` its checks, of `soak` its attempts."""
        body: Mapping[str, Any] = self.raw.get(self.command, {})
        return body

    @classmethod
    def parse(cls, text: str, status: int = 0) -> "Report":
        """The report in what a command printed with `--json`, or wrote with `--report x.json`."""
        raw = json.loads(text)
        if not isinstance(raw, dict) or not str(raw.get("schema", "")).startswith("ibdoc/1"):
            raise ValueError("this is no report of ibdoc (schema ibdoc/1)")
        footprint = raw["footprint"]
        queue = _known(AcceptQueue, footprint.get("accept_queue", {}))
        return cls(
            **{name: raw[name] for name in _PLAIN},
            host=_known(Host, raw.get("host", {})),
            findings=[_known(Finding, finding) for finding in raw["findings"]],
            footprint=Footprint(footprint["connections"], footprint.get("sockets_left"), queue),
            interrupted=raw.get("interrupted", False),
            error=raw.get("error"),
            status=status,
            raw=raw,
        )


_PLAIN = (
    "schema",
    "version",
    "command",
    "simulated",
    "started_at",
    "elapsed_ms",
    "verdict",
    "summary",
)


def _known(kind: Any, raw: Mapping[str, Any]) -> Any:
    """A later version may say more than this one knows, and `raw` has it all."""
    names = kind.__dataclass_fields__
    return kind(**{name: raw.get(name) for name in names})


def run(
    arguments: Sequence[str],
    *,
    timeout: Optional[float] = None,
    env: Optional[Dict[str, str]] = None,
) -> Report:
    """Runs one command, such as `["doctor", "paper"]`, and returns its report.

    `timeout` is in seconds; `--deadline` among the arguments ends a command with what it has
    learned so far and is usually better. Raises `NoReport` where there is none (wrong
    arguments), `subprocess.TimeoutExpired`, or `ProgramNotFound`.
    """
    # Before `--`, after which the arguments are those of the user's own program.
    own = list(arguments)
    at = own.index("--") if "--" in own else len(own)
    command = [program(), *own[:at], "--json", *own[at:]]
    ran = subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        errors="replace",
        timeout=timeout,
        env=env,
    )
    try:
        return Report.parse(ran.stdout, ran.returncode)
    except (ValueError, KeyError) as error:
        raise NoReport(ran.returncode, ran.stderr) from error
