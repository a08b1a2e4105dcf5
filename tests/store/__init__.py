"""Tests of explorer/store."""
