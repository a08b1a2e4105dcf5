"""A made-up but believable Dutch harbour town of any size: the program's built-in scene and its benchmark.

Plan first (`scale`, `water`, `streets`), cut into faces that share every border (`partition`), raised by one height
function (`relief`, `ground`), built up (`plots`, `solids`), planted (`trees`), named (`names`), and handed over as a
`CityModel` (`features`, `town`) to the same tile writer as real cities.
"""

from importers.sampletown.town import make_town, write_sample_town

__all__ = ["make_town", "write_sample_town"]
