"""Everything that can go wrong, as one tree.

ExplorerError
├── DataError (ValueError)
│   ├── TilesetError        a tileset.json that cannot be used
│   ├── ContentError        one tile's content that cannot be used
│   │   └── NestedTileset       … for it is a tileset of its own
│   ├── CityModelError      a city model file (CityJSON …) that cannot be read
│   ├── StyleError          a style that is not 3D Tiles Styling as published
│   └── CrsError            a coordinate reference system or height that is unknown or does not fit
├── FetchError (OSError)    bytes that could not be had, or not be written
│   ├── NotThere            … and asking again is in vain
│   │   ├── AccessRefused       … until the user gives another key for the server
│   │   └── CertificateRefused  … until the user accepts the server's certificate
│   └── ServerBusy          … and nobody asks this server for a while
├── ScenarioError (ValueError)
│   ├── SceneFileError      a scene file that is damaged or hostile
│   ├── SceneVersionError   a scene file of a newer version
│   ├── UnknownRecord       a command names something that is not there
│   └── UnknownProposal     … a proposal that is not there
├── ShaderError             a shader that does not compile
├── DisplayError            no window, or no graphics good enough
└── SimulationError         a simulation that cannot be run as asked

A message says what happened, to which thing, and what to do next; the path or address comes last, in brackets.
"""


class ExplorerError(Exception):
    """Base of all errors that a user may be shown as they are."""


class DataError(ExplorerError, ValueError):
    """Foreign data that does not say what it should."""


class TilesetError(DataError):
    """A tileset that cannot be used at all."""


class ContentError(DataError):
    """The content of one tile cannot be used; the rest of the city can."""


class NestedTileset(ContentError):
    """The content of a tile is a tileset of its own, as only its bytes tell: whoever can reads on there."""


class CityModelError(DataError):
    """A city model file that cannot be read."""


class StyleError(DataError):
    """A style, or one expression of it, that cannot be read."""

    def __init__(self, text: str, expression: str = "", at: int = -1) -> None:
        super().__init__(text)
        self.expression = expression
        """What could not be read; empty where it is the style as a whole."""
        self.at = at
        """The character of it where reading ended, from 0; -1: no one place."""


class CrsError(DataError):
    """A coordinate reference system that is missing, unknown, or does not fit the coordinates."""


class FetchError(ExplorerError, OSError):
    """Bytes that could not be read or written."""


class NotThere(FetchError):
    """Bytes that are not to be had at this address: asking again is in vain."""

    def __init__(self, text: str, status: int | None = None) -> None:
        super().__init__(text)
        self.status = status
        """What a server answered, where it matters."""


class AccessRefused(NotThere):
    """A server answers only to who shows a key, and this one will not do."""

    def __init__(self, text: str, server: str, status: int = 401) -> None:
        super().__init__(text, status)
        self.server = server
        """Scheme, host and port."""


class CertificateRefused(NotThere):
    """A server's certificate is vouched for by nobody whom this computer trusts."""

    def __init__(self, text: str, server: str, fingerprint: str, why: str, is_changed: bool) -> None:
        super().__init__(text)
        self.server = server
        """Scheme, host and port."""
        self.fingerprint = fingerprint
        """SHA-256 of the certificate, 64 hexadecimal digits."""
        self.why = why
        self.is_changed = is_changed
        """Another certificate was accepted for this server."""


class ServerBusy(FetchError):
    """A server that failed several times, or asked to be left alone, is not asked for a while."""

    def __init__(self, text: str, server: str, wait_secs: float) -> None:
        super().__init__(text)
        self.server = server
        """Scheme, host and port."""
        self.wait_secs = wait_secs


class ScenarioError(ExplorerError, ValueError):
    """The scenario cannot do what was asked."""


class SceneFileError(ScenarioError):
    """A scene file that is damaged, truncated or hostile."""


class SceneVersionError(ScenarioError):
    """A scene file written by a newer version of the program."""


class UnknownRecord(ScenarioError):
    """A command or an operation names a record that is not in the scenario."""


class UnknownProposal(UnknownRecord):
    """A command names a proposal that is not in the scenario."""


class ShaderError(ExplorerError):
    """A shader that does not compile or cannot be found."""


class DisplayError(ExplorerError):
    """No window could be opened, or its graphics are too old."""


class SimulationError(ExplorerError, ValueError):
    """A simulation that cannot be run as it was asked."""


def quoted(value: object, most: int = 60) -> str:
    """A value out of a foreign file, fit for a sentence: a hostile one may be as long as the file. [characters]"""
    text = value if isinstance(value, str) else str(value) if isinstance(value, BaseException) else repr(value)
    return text if len(text) <= most else f"{text[: most - 1]}…"
