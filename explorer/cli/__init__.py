"""The `citiverse` commands: arguments in, an exit code out. Each command is a thin door to a room below.

A command ends with 0 when it did what was asked, 1 when it could not (one clear sentence on standard error, no
traceback unless `--debug`), 2 for a wrong command line, 130 when stopped by the user. Results go to standard output,
progress to standard error.
"""

from explorer.cli.main import main

__all__ = ["main"]
