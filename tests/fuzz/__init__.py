"""Fuzzing of everything that reads foreign bytes; run by hand, see `__main__`."""
