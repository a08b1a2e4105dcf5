"""citiverse-explorer: walk a digital twin of your own city, propose, simulate, share."""

__version__ = "0.1.0"
