"""dbtree: a dbt project as a living asset tree in the terminal.

Importing this package imports nothing heavy: the engine imports it under the interpreter in
which the user's dbt lives, where dbtree's own dependencies are not installed.
"""

__all__ = ["__version__"]


def __getattr__(name: str) -> object:
    if name == "__version__":
        from importlib.metadata import PackageNotFoundError, version

        try:
            return version("dbtree")
        except PackageNotFoundError:  # this package alone is on another interpreter's path
            return "unknown"
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
