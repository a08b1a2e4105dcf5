"""From the words on the command line to an exit code."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading
from collections.abc import Sequence

from explorer.cli import commands
from explorer.cli.parser import build_parser
from explorer.cli.terminal import say, say_what_can_be_said
from explorer.errors import ExplorerError
from explorer.heap import share_one_heap
from explorer.i18n import _, set_language
from explorer.jobs import Cancelled

COMMANDS = ("open", "import", "sample", "render", "info", "validate", "simulate", "scene", "bench")

_SWITCHES = ("--debug", "--offline")
_VALUED = ("--language", "--header", "--accept-certificate")
"""What all commands share."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one `citiverse` command; returns the exit code."""
    share_one_heap()
    say_what_can_be_said()
    arguments = list(sys.argv[1:] if argv is None else argv)
    set_language(_language_of(arguments))
    parser = build_parser()
    options = parser.parse_args(with_default_command(arguments))
    if options.run is not commands.run_open:  # a window's journal survives anything
        _end_in_order()
    try:
        if getattr(options, "offline", False):
            from explorer.app.web import work_offline

            work_offline()
        _go_to_the_web(options)
        return int(options.run(options) or 0)
    except (Cancelled, KeyboardInterrupt):
        print(_("Stopped. Nothing was changed."), file=sys.stderr)
        return 130
    except BrokenPipeError:  # `citiverse info … | head`: the reader has had enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except ExplorerError as error:
        if options.debug:
            raise
        say(str(error))
        return 1
    except Exception as error:
        if options.debug:
            raise
        text = _("Something went wrong inside the program: {error}. Run again with --debug and report what it shows.")
        say(text.format(error=repr(error)))
        return 1


def _end_in_order() -> None:
    """Asked to end by the system or a closing terminal, a command takes away what is half-written, as on Ctrl-C."""
    if threading.current_thread() is not threading.main_thread():
        return
    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)  # Windows has no SIGHUP
        if number is not None and signal.getsignal(number) is signal.SIG_DFL:  # nohup ignores it
            signal.signal(number, signal.default_int_handler)


def with_default_command(arguments: list[str]) -> list[str]:
    """`citiverse SCENE` and bare `citiverse` mean `citiverse open`; what all commands share may stand before them."""
    n_shared = 0
    while n_shared < len(arguments) and arguments[n_shared].partition("=")[0] in (*_SWITCHES, *_VALUED):
        n_shared += 2 if arguments[n_shared] in _VALUED else 1
    shared, rest = arguments[:n_shared], arguments[n_shared:]
    if rest[:1] == ["bench"] and not {"flight", "stream", "-h", "--help"} & set(rest[1:2]):
        rest.insert(1, "flight")  # `citiverse bench [TILESET]` came first
    known = bool(rest) and rest[0] in (*COMMANDS, "-h", "--help", "--version")
    return [*rest, *shared] if known else ["open", *rest, *shared]


def _go_to_the_web(options: argparse.Namespace) -> None:
    """Take the keys that were given; from here on no address holds one."""
    named = [name for name in ("what", "terrain") if isinstance(getattr(options, name, None), str)]
    if not hasattr(options, "header"):
        return
    imagery = [text.partition("#")[0] for text in getattr(options, "imagery", ())]
    is_web = any("//" in text for text in (*(getattr(options, name) for name in named), *imagery)) or bool(
        os.environ.get("CITIVERSE_HEADERS")
    )
    if not (options.header or options.accept_certificate or is_web):
        return
    from explorer.app.web import use_what_is_said, without_keys

    use_what_is_said(
        options.header, options.accept_certificate, [*(getattr(options, name) for name in named), *imagery]
    )
    for name in named:
        setattr(options, name, without_keys(getattr(options, name)))


def _language_of(arguments: Sequence[str]) -> str | None:
    for at, argument in enumerate(arguments):
        if argument == "--language" and at + 1 < len(arguments):
            return arguments[at + 1]
        if argument.startswith("--language="):
            return argument.partition("=")[2]
    return None
