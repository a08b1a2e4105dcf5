"""What the tests of the wheel share with those of the command line."""

from tests.cli.conftest import village_file

__all__ = ["village_file"]
