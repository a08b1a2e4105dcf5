"""Composition root: opens places, builds every room, runs the frame loop.

`places` turns what a user names (scene file, tileset, city file, nothing) into a `Place`; `picture` draws one without a
window; `simulation` answers a question about one; `application` is the window. Nothing here computes: each module
connects rooms that do not know each other.
"""
