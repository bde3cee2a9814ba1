"""The messages between the processes of dbtree, and the values they share.

The lowest layer: frozen values, the frames on the wire, and the events of a run's log. It imports
only the standard library, because it is put alone on the path of the interpreter in which the
user's dbt lives, which may be an older Python (3.10) with other versions of everything.
"""
