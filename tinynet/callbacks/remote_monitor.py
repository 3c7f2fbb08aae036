"""The logs of each epoch, sent to a server.

Source: https://keras.io/api/callbacks/remote_monitor/
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np

from tinynet._arguments import checked, flag, shown
from tinynet.callbacks.callback import Callback, Logs

#: How long an answer is waited for, in seconds.
PATIENCE = 30


@checked
class RemoteMonitor(Callback):
    """Send the epoch's number and logs to a server, as JSON, after each epoch; warn if it cannot be reached.

    Parameters
    ----------
    root : str, default "http://localhost:9000"
        The server's address.
    path : str, default "/publish/epoch/end/"
        What is asked of it.
    field : str, default "data"
        The field of a form that holds the JSON.
    headers : dict of str to str, optional
        More headers of the request.
    send_as_json : bool, default False
        Send the JSON itself, instead of a form with it.

    Raises
    ------
    TypeError, ValueError
        If the address is none of a web server, or an argument is of another kind.

    Examples
    --------
    >>> RemoteMonitor("http://localhost:8000").path
    '/publish/epoch/end/'
    """

    def __init__(
        self,
        root: str = "http://localhost:9000",
        path: str = "/publish/epoch/end/",
        field: str = "data",
        headers: Mapping[str, str] | None = None,
        send_as_json: bool = False,
    ) -> None:
        for name, value in (("root", root), ("path", path), ("field", field)):
            if not isinstance(value, str):
                raise TypeError(f"RemoteMonitor: `{name}` must be a string. Received: {name}={shown(value)}")
        if not root.startswith(("http://", "https://")):
            raise ValueError(f"RemoteMonitor: `root` must begin with http:// or https://. Received: root={root!r}")
        if not (headers is None or isinstance(headers, Mapping)):
            raise TypeError(f"RemoteMonitor: `headers` must be a dict. Received: headers={shown(headers)}")
        self.root, self.path, self.field = root, path, field
        self.headers, self.send_as_json = headers, flag("RemoteMonitor", "send_as_json", send_as_json)

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """Send the logs."""
        from urllib.parse import urlencode
        from urllib.request import Request, urlopen

        numbers: dict[str, Any] = {"epoch": epoch, **{k: _plain(v) for k, v in (logs or {}).items()}}
        try:
            content, kind = json.dumps(numbers), "application/json"
        except (TypeError, ValueError):
            raise TypeError(f"RemoteMonitor: `logs` must be numbers by name. Received: logs={shown(logs)}") from None
        if not self.send_as_json:
            content, kind = urlencode({self.field: content}), "application/x-www-form-urlencoded"
        request = Request(self.root + self.path, content.encode(), {"Content-Type": kind, **(self.headers or {})})
        try:
            with urlopen(request, timeout=PATIENCE) as answer:  # an address that the program gave
                answer.read()
        except (OSError, ValueError) as error:
            warnings.warn(f"Could not reach RemoteMonitor root server at {self.root}: {error}", stacklevel=2)


def _plain(value: Any) -> Any:
    """Return a number of NumPy's as one of Python's, and an array of them as a list."""
    return value.tolist() if isinstance(value, (np.ndarray, np.generic)) else value
