"""Tests of explorer/sims."""
