"""Tests of all rooms, and benchmarks."""

import explorer  # noqa: F401  before numpy is imported: see explorer.processor
