"""Tests of explorer/geo."""
