"""Walks over a graph of unique_ids, each node after all that it depends on."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence

Parents = Callable[[str], Sequence[str]]
"""What a node depends on, directly."""


class CycleFound(Exception):
    """The walked part of the graph has a cycle; the message is a unique_id on it."""


def upstream_first(start: Collection[str], parents: Parents) -> Iterator[str]:
    """These nodes and everything upstream of them, each after all that it depends on.

    Raises CycleFound.
    """
    done: set[str] = set()
    on_path: set[str] = set()
    for root in sorted(start):
        todo = [(root, False)]
        while todo:
            node, is_left = todo.pop()
            if is_left:
                on_path.discard(node)
                done.add(node)
                yield node
            elif node not in done:
                if node in on_path:
                    raise CycleFound(node)
                on_path.add(node)
                todo.append((node, True))
                for parent in parents(node):
                    if parent in on_path:
                        raise CycleFound(parent)
                    if parent not in done:
                        todo.append((parent, False))
