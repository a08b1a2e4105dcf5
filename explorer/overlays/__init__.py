"""Questions about a place and their answers: how many hours of sun, what lies in shade, what a proposal changes. An
overlay takes its surface whole from a `Surface`, never from what a window shows; its result carries unit, legend,
provenance, and a key that tells when it has gone stale. Colour tables are shared with the renderer.
"""

from explorer.layers.colour import colour_table, colours_for, table_names
from explorer.overlays.compute import compute_overlay, overlay_key
from explorer.overlays.difference import difference
from explorer.overlays.export import check_file_name, write_overlay
from explorer.overlays.request import DEFAULT_STEP_MINUTES, KINDS, RECEIVERS, OverlayRequest
from explorer.overlays.result import FacadePoints, Legend, OverlayResult
from explorer.overlays.surface import Rays, Surface

__all__ = [
    "DEFAULT_STEP_MINUTES",
    "KINDS",
    "RECEIVERS",
    "FacadePoints",
    "Legend",
    "OverlayRequest",
    "OverlayResult",
    "Rays",
    "Surface",
    "check_file_name",
    "colour_table",
    "colours_for",
    "compute_overlay",
    "difference",
    "overlay_key",
    "table_names",
    "write_overlay",
]
