"""Runs git so that a repository from anywhere can be read without running what it brings along."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

LONGEST = 20.0
"""Seconds after which git is given up."""
PROTOCOLS = ("ext", "file", "git", "http", "https", "ssh")
QUIET: dict[str, str] = {
    "core.fsmonitor": "false",
    "core.hooksPath": os.devnull,
    "core.untrackedCache": "false",
    "core.splitIndex": "false",
    "core.quotePath": "false",
    "diff.external": "",
    "diff.renames": "true",
    "diff.renameLimit": "2000",
    "diff.ignoreSubmodules": "dirty",  # those have a configuration of their own
    "diff.mnemonicPrefix": "false",
    "maintenance.auto": "false",
    "gc.auto": "0",
    **{f"protocol.{name}.allow": "never" for name in PROTOCOLS},
    "protocol.allow": "never",
}
"""Configuration that wins over the repository's: nothing that it names is run, nothing fetched."""
ENVIRONMENT = {
    "GIT_OPTIONAL_LOCKS": "0",  # an index that would only be refreshed is left as it is
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_NO_LAZY_FETCH": "1",  # what a partial clone does not have stays away
    "GIT_ASKPASS": "",
    "SSH_ASKPASS": "",
    "LC_ALL": "C",
}
LOCAL = (
    "GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_COMMON_DIR",
    "GIT_NAMESPACE", "GIT_PREFIX", "GIT_EXTERNAL_DIFF", "GIT_CONFIG_PARAMETERS",
    "GIT_CONFIG_COUNT", "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_TRACE",
)  # fmt: skip
"""Variables that a hook, in which dbtree may run, has set for another repository."""


class GitFailed(Exception):
    """Git ended with an error; says it in git's words."""


class Git:
    """Git in one directory."""

    def __init__(self, directory: Path, *, program: str = "git") -> None:
        self._directory = directory
        self._program = program
        self._settings = dict(QUIET)

    def disarm(self) -> None:
        """Turn off the filters that the configuration names: their programs would be run to
        compare files. Raises GitFailed.
        """
        found = self.text(
            "config", "--null", "--name-only", "--get-regexp", r"^filter\.", ok=(0, 1)
        )
        for name in {key.rpartition(".")[0] for key in found.split("\0") if key}:
            for key in ("clean", "smudge", "process"):
                self._settings[f"{name}.{key}"] = ""
            self._settings[f"{name}.required"] = "false"

    def _environment(self) -> dict[str, str]:
        """The environment of git. Settings go in it, not on the command line, where the name of a
        filter could hold an equals sign.
        """
        found = {key: value for key, value in os.environ.items() if key not in LOCAL}
        found["GIT_CONFIG_COUNT"] = str(len(self._settings))
        for number, (key, value) in enumerate(self._settings.items()):
            found[f"GIT_CONFIG_KEY_{number}"] = key
            found[f"GIT_CONFIG_VALUE_{number}"] = value
        return {**found, **ENVIRONMENT}

    def bytes(
        self,
        *arguments: str,
        ok: Sequence[int] = (0,),
        more: Mapping[str, str] | None = None,
        given: bytes = b"",
    ) -> bytes:
        """What git prints. Raises GitFailed.

        Args:
            arguments: the command and its options.
            ok: exit codes that are no failure.
            more: environment for this one.
            given: its standard input.
        """
        try:
            done = subprocess.run(
                [self._program, "--no-pager", *arguments],
                cwd=self._directory, env={**self._environment(), **(more or {})},
                input=given, capture_output=True, timeout=LONGEST, check=False,
                start_new_session=True,
            )  # fmt: skip
        except FileNotFoundError:
            raise GitFailed("git is not installed.") from None
        except subprocess.TimeoutExpired:
            raise GitFailed(f"git did not answer within {LONGEST:.0f} seconds.") from None
        except OSError as error:
            raise GitFailed(f"git could not be started: {error.strerror or error}.") from None
        if done.returncode not in ok:
            words = done.stderr.decode("utf-8", "replace").strip()
            raise GitFailed(_sentence(words) or f"git ended with code {done.returncode}.")
        return done.stdout

    def text(self, *arguments: str, ok: Sequence[int] = (0,)) -> str:
        """What git prints, as text without the last line's end. Raises GitFailed."""
        return self.bytes(*arguments, ok=ok).decode("utf-8", "surrogateescape").rstrip("\n")


def commit_named(git: Git, name: str) -> str:
    """The id of the commit that a branch, tag or commit names. Raises GitFailed."""
    if not name.strip():
        raise GitFailed("The name of a branch or commit is missing: `git:main`.")
    if git.text("rev-parse", "--is-inside-work-tree", ok=(0, 128)) != "true":
        raise GitFailed("The project is in no git repository.")
    found = ""
    if not name.startswith("-"):
        verify = ("rev-parse", "--verify", "--quiet", f"{name}^{{commit}}")
        found = git.text(*verify, ok=(0, 1, 128))
    if not found:
        raise GitFailed(f"git knows no branch or commit {name}.")
    return found


def _sentence(words: str) -> str:
    """The first line of an error of git's, as a sentence."""
    first = words.partition("\n")[0].removeprefix("fatal: ").removeprefix("error: ").rstrip(".")
    return f"git: {first}." if first else ""
