"""Tests of explorer/overlays."""
