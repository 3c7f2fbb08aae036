"""The folder that stands first in ``PYTHONPATH`` while a script runs: see `tinynet.runner.processes`."""
