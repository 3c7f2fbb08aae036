"""Tables as notebooks show them: whatever names and values hold, it is text in the page."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def table(caption: str, head: Sequence[str], rows: Iterable[Sequence[object]], notes: Iterable[str] = ()) -> str:
    """Return an HTML table, with its caption above and notes below.

    Examples
    --------
    >>> table("Sizes", ["layer"], [["<b>"]], ["1 layer"])
    '<table><caption>Sizes</caption><tr><th>layer</th></tr><tr><td>&lt;b&gt;</td></tr></table><p>1 layer</p>'
    """
    lines = [("th", head), *(("td", row) for row in rows)]
    body = "".join(f"<tr>{''.join(_element(kind, cell) for cell in row)}</tr>" for kind, row in lines)
    below = "".join(_element("p", note) for note in notes)
    return f"<table>{_element('caption', caption)}{body}</table>{below}"


def _element(name: str, content: object) -> str:
    from html import escape  # with all of HTML's entities: only who shows something needs them

    return f"<{name}>{escape(str(content))}</{name}>"
