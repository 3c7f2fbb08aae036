"""`RemoteMonitor`: what a server is sent after each epoch, and what is said where there is none."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import parse_qs

import numpy as np
import pytest

import tinynet
from tinynet.callbacks import RemoteMonitor


@pytest.fixture
def server():
    """Run a server, and yield its address and what it is sent."""
    sent = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            sent.append((self.path, self.headers["Content-Type"], self.headers["X-Run"], body))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *arguments):
            pass

    running = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=running.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{running.server_address[1]}", sent
    running.shutdown()
    thread.join()
    running.server_close()


@pytest.mark.parametrize("send_as_json", [True, False])
def test_each_epoch_s_logs_are_sent(server, send_as_json):
    address, sent = server
    model = tinynet.Sequential([tinynet.layers.Dense(1)])
    model.compile("sgd", "mse")
    monitor = RemoteMonitor(address, "/logs/", "it", {"X-Run": "7"}, send_as_json)
    history = model.fit(np.ones((4, 2)), np.ones(4), epochs=2, verbose=0, callbacks=[monitor])
    assert len(sent) == 2
    for epoch, (path, kind, run, body) in enumerate(sent):
        assert (path, run, "json" in kind) == ("/logs/", "7", send_as_json)
        content = json.loads(body if send_as_json else parse_qs(body)["it"][0])
        assert content == {"epoch": epoch, "loss": history.history["loss"][epoch]}


def test_a_server_that_is_not_there_is_a_warning():
    with pytest.warns(UserWarning, match="Could not reach RemoteMonitor root server at http://127.0.0.1:9"):
        RemoteMonitor("http://127.0.0.1:9").on_epoch_end(0, {"loss": np.float32(0.5)})


def test_what_is_no_address_is_refused():
    for options, error, message in (
        ({"root": "file:///etc"}, ValueError, "must begin with http"),
        ({"root": None}, TypeError, "`root` must be a string"),
        ({"headers": 3}, TypeError, "`headers` must be a dict"),
        ({"send_as_json": "x"}, (TypeError, ValueError), "`send_as_json`"),
    ):
        with pytest.raises(error, match=message):
            RemoteMonitor(**options)


@pytest.mark.parametrize("value", [object(), {1: {2}}, np.array([None, object()])], ids=["object", "set", "objects"])
def test_logs_that_are_no_numbers_are_refused_before_anything_is_sent(server, value):
    address, sent = server
    with pytest.raises(TypeError, match="RemoteMonitor: `logs` must be numbers by name"):
        RemoteMonitor(address).on_epoch_end(0, {"loss": value})
    assert not sent


def test_arrays_are_sent_as_lists(server):
    address, sent = server
    RemoteMonitor(address, send_as_json=True).on_epoch_end(0, {"f1": np.array([0.5, 1.0])})
    assert json.loads(sent[0][-1]) == {"epoch": 0, "f1": [0.5, 1.0]}
