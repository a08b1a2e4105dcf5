"""Readers of city data that write 3D Tiles."""
