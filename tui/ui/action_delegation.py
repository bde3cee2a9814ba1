"""How a screen, or the app, hands its actions on to the collaborators that it holds.

Textual looks for `action_<name>` on the screen, the app and their classes. So that a screen can
hold the parts that do the work instead of inheriting them, each such action is written here, once
for all, as a method that calls the part's.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

Node = TypeVar("Node", bound=type[Any])
PREFIX = "action_"


def with_actions_of(**collaborators: type[Any]) -> Callable[[Node], Node]:
    """Give a class the actions of its collaborators, by the names of the attributes that hold them.

    An action that the class defines itself stays its own.
    """

    def add_actions(node: Node) -> Node:
        for attribute, collaborator in collaborators.items():
            for name in dir(collaborator):
                if name.startswith(PREFIX) and name not in vars(node):
                    setattr(node, name, _handed_on(attribute, getattr(collaborator, name)))
        return node

    return add_actions


def _handed_on(attribute: str, action: Callable[..., Any]) -> Callable[..., Any]:
    """An action that calls that of the collaborator, with its signature and its help."""

    @wraps(action)
    def hand_on(node: Any, *arguments: Any) -> Any:
        return getattr(getattr(node, attribute), action.__name__)(*arguments)

    return hand_on
