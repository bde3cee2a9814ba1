"""What a run puts off: Jinja's `graph` until somebody reads it, manifest.json until all is done.

At ten thousand models each of the two takes seconds, before the first node and after the last one.
Hardly any project reads `graph`; manifest.json is for dbt's other tools, which come later.
"""

from __future__ import annotations

import gc
import json
import os
import re
import threading
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import dbt.task.runnable
from dbt.artifacts.schemas import base
from dbt_common.utils.encoding import JSONEncoder

from tui.engine.locks import lock_path, take_turn

INTERNAL = re.compile(r"^dbt(_|$)")
GRAPH = re.compile(r"\bgraph\b")


class LazyGraph(dict):  # type: ignore[type-arg]
    """Jinja's `graph`: `Manifest.flat_graph`, built when it is first looked into."""

    def __init__(self, manifest: Any) -> None:
        super().__init__()
        self._before = manifest.flat_graph
        """Of an earlier parse; it is only kept because to let go of it takes time."""
        self._manifest = manifest
        self._lock = threading.RLock()
        self._is_built = False

    def _built(self) -> LazyGraph:
        with self._lock:
            if not self._is_built:
                self._is_built = True
                self._manifest.build_flat_graph()
                self.update(self._manifest.flat_graph)
                self._manifest.flat_graph = self
        return self

    def __getitem__(self, key: Any) -> Any:
        return dict.__getitem__(self._built(), key)

    def __iter__(self) -> Iterator[Any]:
        return dict.__iter__(self._built())

    def __len__(self) -> int:
        return dict.__len__(self._built())

    def __contains__(self, key: object) -> bool:
        return dict.__contains__(self._built(), key)

    def __eq__(self, other: object) -> bool:
        return dict.__eq__(self._built(), other)

    def __ne__(self, other: object) -> bool:
        return dict.__ne__(self._built(), other)

    def __repr__(self) -> str:
        return dict.__repr__(self._built())

    __hash__ = None

    def get(self, key: Any, default: Any = None) -> Any:
        """As dict's."""
        return dict.get(self._built(), key, default)

    def keys(self) -> Any:
        """As dict's."""
        return dict.keys(self._built())

    def values(self) -> Any:
        """As dict's."""
        return dict.values(self._built())

    def items(self) -> Any:
        """As dict's."""
        return dict.items(self._built())

    def copy(self) -> Any:
        """As dict's."""
        return dict.copy(self._built())


def reads_graph(manifest: Any, project: str, nodes: Iterable[str] | None) -> bool:
    """Whether something outside dbt's own packages seems to read Jinja's `graph`.

    It is then built before the run, as dbt does, for once nodes have run it would hold their
    compiled code.

    Args:
        manifest: dbt's.
        project: the project's own name.
        nodes: what will run; None for whatever it may be.
    """
    texts = [
        macro.macro_sql
        for macro in manifest.macros.values()
        if macro.package_name == project or not INTERNAL.match(macro.package_name)
    ]
    keys = manifest.nodes if nodes is None else nodes
    texts += [getattr(manifest.nodes.get(key), "raw_code", None) or "" for key in keys]
    return any("graph" in text and GRAPH.search(text) for text in texts)


class LateManifest:
    """The writing of manifest.json (and semantic_manifest.json), put off to the end."""

    def __init__(self) -> None:
        self._write: Any = None
        self._args: tuple[Any, str, tuple[Any, ...]] | None = None

    def postpone(self) -> None:
        """From here on, dbt's tasks in this process only note that it is to be written."""
        self._write = dbt.task.runnable.write_manifest
        dbt.task.runnable.write_manifest = self._note

    def _note(self, manifest: Any, target_path: str, *more: Any) -> None:
        self._args = (manifest, target_path, more)

    @property
    def is_done(self) -> bool:
        """Whether there is nothing to write, or nothing any more."""
        return self._args is None

    def write(self, run_id: str, state_dir: Path) -> None:
        """Write the files now, if dbt wanted to, and put them in their place when they are whole.

        One run writes at a time, and only the newest of those that wait for it: at ten thousand
        models it takes seconds, and much memory.

        Args:
            run_id: whose manifest it is.
            state_dir: where the locks are.

        Raises OSError.
        """
        if self._args is None:
            return
        manifest, target_path, more = self._args
        self._args = None
        # By a digest: the path may be longer than a file's name can be.
        place = f"manifest-{zlib.crc32(str(target_path).encode()):08x}"
        turn = take_turn(lock_path(state_dir, place), run_id)
        if turn < 0:
            return
        try:
            self._write_aside(manifest, target_path, more)
        finally:
            os.close(turn)

    def _write_aside(self, manifest: Any, target_path: str, more: tuple[Any, ...]) -> None:
        gc.disable()  # a million values are made, none of them in a cycle
        aside = Path(target_path) / f".dbtree-{os.getpid()}"
        aside.mkdir(exist_ok=True)
        try:
            base.write_json = _write_json
            self._write(manifest, str(aside), *more)
            for file in aside.iterdir():
                file.replace(Path(target_path) / file.name)
        finally:
            for file in aside.iterdir():
                file.unlink()
            aside.rmdir()


def _write_json(path: str, data: Any) -> None:
    """What dbt's function writes, made at once by the encoder in C instead of piece by piece."""
    Path(path).write_text(json.dumps(data, cls=JSONEncoder), encoding="utf-8")
