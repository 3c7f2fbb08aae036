"""What building a wheel makes of README.md: the page that the package index shows.

A link to a file of the repository leads nowhere from there. It gets the address that `project.urls` names as `Source`;
without one, only its words stay, because no other host has these files.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

try:
    from hatchling.metadata.plugin.interface import MetadataHookInterface as _Hook
except ModuleNotFoundError:  # tests and linters read this file; only hatchling runs it
    _Hook = object

#: A link or a picture whose target is neither an address nor a heading of the page itself.
_RELATIVE = re.compile(r"(!?)\[([^\]]*)\]\((?!https?:|mailto:|#)([^)\s]+)\)")


class ReadmeHook(_Hook):  # type: ignore[misc]
    """Sets the `readme` of the project's metadata."""

    PLUGIN_NAME = "custom"

    def update(self, metadata: dict[str, Any]) -> None:
        """Put the page there."""
        text = (Path(self.root) / "README.md").read_text(encoding="utf-8")
        page = for_the_index(text, metadata.get("urls", {}).get("Source", ""))
        metadata["readme"] = {"content-type": "text/markdown", "text": page}


def for_the_index(text: str, source: str) -> str:
    """Return a page whose links work wherever it is shown.

    Parameters
    ----------
    text : str
        The page, in Markdown.
    source : str
        The address of the repository, or an empty text.

    Examples
    --------
    >>> for_the_index("[`a`](tinynet/a.py), [b](https://b.org), [c](#c)", "")
    '`a`, [b](https://b.org), [c](#c)'
    >>> for_the_index("[a](a.py) ![curves](c.svg)", "https://forge.org/tinynet")
    '[a](https://forge.org/tinynet/blob/main/a.py) ![curves](https://forge.org/tinynet/raw/main/c.svg)'
    """

    def link(found: re.Match[str]) -> str:
        picture, words, target = found.groups()
        kind = "raw" if picture else "blob"
        return f"{picture}[{words}]({source.rstrip('/')}/{kind}/main/{target})" if source else words

    return _RELATIVE.sub(link, text)
