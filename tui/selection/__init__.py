"""Finding assets: the filter of the tree, and selectors.

Pure: names and expressions in, sets of unique_ids out.
"""
