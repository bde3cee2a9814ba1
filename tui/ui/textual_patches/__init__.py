"""The only place that touches private names of Textual: one small file per patch."""
