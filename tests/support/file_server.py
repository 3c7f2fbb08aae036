"""A server of one data file that can break off, lie and claim another length."""

from __future__ import annotations

import hashlib
import io
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np

NAME = "boston_housing.npz"


def make_file() -> bytes:
    buffer = io.BytesIO()
    rng = np.random.default_rng(0)
    np.savez(buffer, x=rng.random((5000, 13)), y=rng.random(5000))
    return buffer.getvalue()


BODY = make_file()
HASH = f"sha256:{hashlib.sha256(BODY).hexdigest()}"


class Server(ThreadingHTTPServer):
    """Serves BODY; how, its attributes say."""

    body = BODY
    ranges = True  # whether it honours Range
    send = None  # break off after so many bytes
    announce = None  # the Content-Length to claim
    status = 200
    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked = []
        self.together = threading.Barrier(1)  # who must have begun before the second half is sent

    def handle_error(self, request, client_address):
        """Say nothing when a client hangs up: that is what is tested."""


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        server = self.server
        asked = self.headers.get("Range")
        server.asked.append(asked)
        body, status = server.body, server.status
        if asked and server.ranges:
            start = int(asked.removeprefix("bytes=").removesuffix("-"))
            status = 206 if start < len(body) else 416
            body = body[start:]
        self.send_response(status)
        self.send_header("Content-Length", str(server.announce or len(body)))
        self.end_headers()
        sent = body[: server.send]
        self.wfile.write(sent[: len(sent) // 2])
        self.wfile.flush()
        server.together.wait(30)
        self.wfile.write(sent[len(sent) // 2 :])

    def log_message(self, *args):
        pass
