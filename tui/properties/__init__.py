"""Properties files: what is missing in the YAML about an asset, added to its text.

The text is never written anew: pieces are put into it, so that comments, anchors, order,
indentation and line ends stay as they are. Pure, and reads YAML as dbt does.
"""
