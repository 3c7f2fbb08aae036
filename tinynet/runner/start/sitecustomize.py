"""What a Python process does first that a script has started: it lets tinynet be found under Keras's names.

Python imports a module of this name when it starts. Nothing of tinynet is imported before it is needed: most processes
never ask for Keras. `tinynet.runner.processes` says who is served.
"""

from __future__ import annotations

import os
import sys
from importlib.machinery import ModuleSpec, PathFinder

FOLDER = os.path.dirname(os.path.abspath(__file__))
#: Where the script's own process has tinynet from.
HOME = os.path.dirname(os.path.dirname(os.path.dirname(FOLDER)))


class LateNames:
    """Installs Keras's names when the first of them is imported, and finds tinynet wherever it lies."""

    def __init__(self, roots: list[str], unneeded: list[str]) -> None:
        self.roots, self.unneeded, self.has_found_tinynet = roots, unneeded, False

    def find_spec(self, fullname: str, path: object = None, target: object = None) -> ModuleSpec | None:
        """Return the spec of tinynet, or of a stand-in with one of Keras's names."""
        if fullname == "tinynet" and not self.has_found_tinynet:  # later it is the script that has one of its own
            self.has_found_tinynet = True
            return PathFinder.find_spec(fullname, [HOME])
        if fullname.partition(".")[0] not in self.roots:
            return None
        from tinynet.runner import names

        names.install_as_keras()
        names.finder.unneeded = self.unneeded
        if self in sys.meta_path:  # so that `uninstall` is the last word
            sys.meta_path.remove(self)
        return names.finder.find_spec(fullname)


def begin() -> None:
    """Carry out what the script's process has left in the variable."""
    prefix, roots, folder, script, unneeded = os.environ["TINYNET_RUN"].split("\n")
    if prefix != sys.prefix:  # another installation, to which the script's packages do not belong
        return
    sys.meta_path.insert(0, LateNames(roots.split(), unneeded.split()))
    if folder:
        from tinynet.runner import neighbours

        neighbours.guard(folder)
    if script:
        from tinynet.runner import processes

        sys.path_hooks.insert(0, processes.reader_of(script))


if __name__ == "sitecustomize":
    sys.path[:] = [entry for entry in sys.path if entry != FOLDER]
    if "TINYNET_RUN" in os.environ:
        begin()
    # The environment's own module of this name, if there is one, takes this one's place.
    del sys.modules["sitecustomize"]
    import sitecustomize  # type: ignore[import-not-found]  # noqa: F401
