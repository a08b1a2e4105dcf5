"""Scene files of past versions, a pure step at a time. Each version has a sample in tests/data/scenes and a test."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

VERSION = 1

STEPS: dict[int, Callable[[dict[str, Any]], dict[str, Any]]] = {}
"""Version -> what brings a document of that version to the next one."""


def migrated(document: dict[str, Any]) -> dict[str, Any]:
    """The document as this version writes it."""
    while document["version"] < VERSION:
        document = STEPS[document["version"]](document)
    return document
