"""What is known about the things in a city beyond their looks: the search index that an importer writes beside a
tileset, so that any feature is found by its id or by what is said about it, also where nothing of it is loaded.
"""

from explorer.layers.feature_index import FeatureHit, FeatureIndex

__all__ = ["FeatureHit", "FeatureIndex"]
