"""Downloads a data file: complete and with the right hash, or not at all.

pooch writes to a temporary file beside the target, checks the hash and only then renames it. This module adds that an
interrupted download resumes where it stopped: its bytes are kept as ``<file>.part``, and the next download begins by
renaming that to its own temporary file. A rename succeeds for one process only, so no two processes write to the same
file.
"""

from __future__ import annotations

import contextlib
import logging
import os
import sys
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

from tinynet._console import Console
from tinynet._extras import installation
from tinynet._writing import write_file

BASE_URL = "https://storage.googleapis.com/tensorflow/tf-keras-datasets/"
#: Where Keras has a file from elsewhere.
OTHER_URLS = dict.fromkeys(("cifar-10-python.tar.gz", "cifar-100-python.tar.gz"), "https://www.cs.toronto.edu/~kriz/")


def download(name: str, target: Path, known_hash: str | None) -> Path:
    """Download a file to ``target``, with a progress bar on a terminal.

    `name` is that of one of Keras's files, or an address.

    Raises
    ------
    OSError
        If it cannot be fetched or stored. The message says which file to put where.
    ValueError
        If the downloaded file has the wrong hash. It is deleted.
    """
    url = name if "://" in name else OTHER_URLS.get(name, BASE_URL) + name.rpartition("/")[2]
    if url.startswith("file://"):
        return _copied(url, target)
    try:
        import pooch

        if known_hash is None:  # pooch would advise to write down the hash
            pooch.get_logger().addFilter(_no_advice)
        pooch.retrieve(url, known_hash, target.name, target.parent, downloader=_Resuming(target))
    except (ImportError, OSError) as error:  # OSError: no network, no such page, no room, no permission
        reason = str(error)
        if isinstance(error, ImportError):
            reason = f"{error}. Downloads take more packages: {installation('pooch')}"
        elif target.exists():
            reason += f"\n(there is a {target}, but its hash is not the published {known_hash})"
        # Without the half dozen tracebacks that a refused connection comes with.
        raise OSError(
            f"{name} is not on this machine and could not be downloaded: {reason}\n"
            f"Get {url} in another way and either\n"
            f"  put it at {target}, or\n"
            f"  put {target.name} into any folder and set the environment variable TINYNET_DATA to it, or\n"
            "  pass its location as the argument `path`."
        ) from None
    return target


def _copied(url: str, target: Path) -> Path:
    """Copy a file of this machine to `target`, or raise an OSError."""
    source = Path(url2pathname(urlsplit(url).path))
    target.parent.mkdir(parents=True, exist_ok=True)
    write_file(target, source.read_bytes())
    return target


def _no_advice(record: logging.LogRecord) -> bool:
    """Return whether a line of pooch's log is none about hashes."""
    return "hash" not in str(record.msg)


class _Resuming:
    """What pooch calls to fill its temporary file."""

    def __init__(self, target: Path) -> None:
        self.part = target.with_name(f"{target.name}.part")

    def __call__(self, url: str, output_file: str, pooch: object) -> None:
        import requests

        with contextlib.suppress(FileNotFoundError):
            os.replace(self.part, output_file)
        try:
            self._fetch(url, output_file)
        except (requests.RequestException, KeyboardInterrupt):
            if os.path.getsize(output_file):
                os.replace(output_file, self.part)
            raise

    def _fetch(self, url: str, output_file: str) -> None:
        import requests
        from tqdm import tqdm

        console = Console(sys.stderr)
        have = os.path.getsize(output_file)
        # Uncompressed: a range counts transferred bytes, and here they must be those of the file.
        headers = {"Accept-Encoding": "identity"}
        if have:
            headers["Range"] = f"bytes={have}-"
        with requests.get(url, headers=headers, stream=True, timeout=30) as response:
            if have and response.status_code == requests.codes.requested_range_not_satisfiable:
                return  # nothing is missing; the hash decides whether this is the file
            response.raise_for_status()
            if response.status_code != requests.codes.partial_content:
                have = 0
            length = int(response.headers.get("Content-Length", 0))
            with (
                open(output_file, "ab" if have else "wb") as file,
                tqdm(
                    total=have + length or None,
                    initial=have,
                    unit="B",
                    unit_scale=True,
                    desc=self.part.stem,
                    file=console,
                    disable=not console.isatty(),
                ) as bar,
            ):
                for chunk in response.iter_content(1 << 16):
                    file.write(chunk)
                    bar.update(len(chunk))
