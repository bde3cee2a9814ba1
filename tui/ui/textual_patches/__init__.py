"""The only place that touches private names of Textual: one small file per patch.

`registry` lists every patch: what it does, what plain Textual does without it, the private names
that it needs, and the versions of Textual that it was checked with. With another version, or with
`DBTREE_TEXTUAL_PATCHES=0`, all are off: each then hands its work on to plain Textual. `dbtree info`
says which ones are off, and why.
"""
