"""Changes of a project's files that keep what dbt sees whole: a rename, a new model or test.

Made from the texts of the files and a few facts of the graph, as a set of edits: what each file
was, and what it is to be. Pure: nothing here reads or writes a file.
"""
