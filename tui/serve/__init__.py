"""`dbtree serve`: the window in a web page.

Each page has a window of its own: a dbtree in a pseudo-terminal, as in any terminal, whose bytes
go to the terminal in the page (xterm.js, as textual-serve bundles it) and back over a websocket. A
page that is closed is a terminal that is closed. Knows nothing of projects, and imports aiohttp,
which only the extra `dbtree[serve]` installs.
"""
