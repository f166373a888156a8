"""A session through `ibdoc worker`."""

import threading

import pytest

import ibdoc


def test_a_session_answers_and_ends(ib_gateway):
    gateway = ib_gateway()
    with ibdoc.Worker() as worker:
        connected = worker.connect(port=gateway.port)
        assert connected.server_version == 226 and connected.accounts
        assert worker.positions() is not None
        answers = [worker.submit("ping") for _ in range(20)]
        for answer in answers:
            answer.result(30)
    gateway.wait_for(lambda it: it.clients == 0)


def test_an_error_has_its_code(ib_gateway):
    gateway = ib_gateway("accounts-missing")
    with ibdoc.Worker() as worker:
        with pytest.raises(ibdoc.WorkerError) as raised:
            worker.connect(port=gateway.port, timeout_ms=500)
        assert raised.value.code


def test_what_waits_when_the_worker_is_killed_is_told(ib_gateway):
    gateway = ib_gateway("sync-hangs=positions")
    worker = ibdoc.Worker()
    worker.connect(port=gateway.port)
    answer = worker.submit("positions")
    worker._process.kill()
    with pytest.raises(ibdoc.WorkerError):
        answer.result(30)
    with pytest.raises(ibdoc.WorkerEnded):
        worker.call("ping")
    worker.close()


def test_a_drop_is_an_event(ib_gateway):
    gateway = ib_gateway("normal; 1s:restart=1s; normal")
    back = threading.Event()
    seen = []

    def on_event(event):
        seen.append(event["event"])
        if event["event"] == "reconnected":
            back.set()

    with ibdoc.Worker(on_event=on_event) as worker:
        worker.connect(port=gateway.port)
        assert back.wait(60), seen
        assert seen.index("dropped") < seen.index("reconnected")
        assert worker.accounts()
