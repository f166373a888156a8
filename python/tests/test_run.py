"""Commands and their reports."""

import subprocess
import sys

import pytest

import ibdoc


def test_a_healthy_gateway_has_a_healthy_report():
    report = ibdoc.run(["doctor", "--sim"])
    assert report.healthy and report.verdict == "healthy" and report.status == 0
    assert report.command == "doctor" and report.simulated
    assert report.codes == []
    assert report.footprint.connections == 1
    assert [check["name"] for check in report.body["checks"]][0] == "gateway"


def test_findings_are_dataclasses_with_what_to_do():
    report = ibdoc.run(["handshake", "--sim", "--scenario", "client-id-in-use"])
    assert report.status != 0 and not report.healthy
    finding = report.findings[0]
    assert finding.code == "client-id-in-use" == report.codes[0]
    assert finding.remedies and finding.evidence


def test_what_this_version_does_not_know_is_kept():
    text = ibdoc.run(["handshake", "--sim"]).raw
    later = {**text, "news": 1, "host": {"name": "here", "planet": "Earth"}}
    import json

    report = ibdoc.Report.parse(json.dumps(later))
    assert report.host.name == "here" and report.host.cpus is None
    assert report.raw["news"] == 1


def test_wrong_arguments_raise_what_the_program_says():
    with pytest.raises(ibdoc.NoReport, match="unexpected argument '--sym'"):
        ibdoc.run(["doctor", "--sym"])


def test_arguments_after_two_dashes_are_those_of_the_users_program():
    command = [sys.executable, "-c", "print('--json')"]
    report = ibdoc.run(["soak", "--sim", "--exec", "--attempts", "1", "--", *command])
    assert report.command == "soak"


def test_something_else_is_no_report():
    with pytest.raises(ValueError):
        ibdoc.Report.parse('{"schema": "other/1"}')


def test_the_module_is_the_program():
    ran = subprocess.run(
        [sys.executable, "-m", "ibdoc", "doctor", "--sim", "--scenario", "accounts-missing"],
        capture_output=True,
        text=True,
    )
    assert ran.returncode == 4 and "accounts" in ran.stdout
