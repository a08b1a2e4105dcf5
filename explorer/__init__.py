"""citiverse-explorer: walk a digital twin of your own city, propose, simulate, share."""

from explorer.processor import sort_well

__version__ = "0.1.0"

sort_well()  # before anything imports numpy
