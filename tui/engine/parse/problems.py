"""dbt's exceptions as problems: the reason in its words, the file and the line to open.

dbt says where in several ways: a node on the exception, `(models/x.sql)` in the text, `line 3`
from Jinja, `Syntax error near line 3` from YAML. This is the one place that knows them. Where it
says nothing, the place is the file that it was parsing, or the only one that was just saved.
"""

from __future__ import annotations

import os
import re
from collections.abc import Collection
from pathlib import Path
from typing import Any

from tui.engine.parse.cycles import CircularReference
from tui.engine.parse.message_order import reason_first
from tui.engine.parse.obscure_errors import explained
from tui.engine.parse.profiles import NoProfiles
from tui.engine.parse.yaml_errors import YAML_ERROR, dedented, yaml_reason
from tui.engine.process.dbt_warnings import plain
from tui.protocol.dotenv_names import steers_programs
from tui.protocol.records import Problem

_DECORATION = re.compile(
    r"^\s*(?:Compilation|Parsing|Runtime|Database|Validation|Internal|Dependency|Configuration|"
    r"Encountered an?|Profile|Project|dbt Version|Schema|Data)?\s*[Ee]rror"
    r"(?: in (?P<what>[\w ]+?) (?P<name>[\w.\-]+) \((?P<path>[^()\n]+)\))?\s*:?\s*\n\s*",
)
_SUFFIX = r"\.(?:sql|ya?ml|py|md|csv)"
_PATHS = (
    re.compile(rf"\(([^()\n]+{_SUFFIX})\)"),
    re.compile(rf"(?<![\w/.~-])(/(?:[\w.@~-]+/)*[\w.@~-]+{_SUFFIX})\b"),
    re.compile(rf"(?<![\w/.~-])((?:[\w.@~-]+/)*[\w.@~-]+{_SUFFIX})\b"),
)
_UNDEFINED = re.compile(r"^'([\w.]+)' is undefined")
_LINE = re.compile(r"\b(?:near )?line (\d+)\b")
_MISSING = re.compile(
    r"(?:depends on (?:a )?(?:node|source|model|function|macro) named|named) '([^']+)'"
)
_MISSING_DOCS = re.compile(r"depends on doc '([^']+)'")
_ENV_VAR = re.compile(r"Env var required but not provided: '(\w+)'")
_TWO_OF_ONE_NAME = re.compile(r"found two \w+ with the (?:same )?name")
_RAISE = re.compile(r"\braise_compiler_error\s*\(")
_LITERAL = re.compile(r"""(?<=['"])[^'"\n]+(?=['"])""")
_OFFSET = re.compile(r"\(started at (\d+)\)")
_ADAPTER = re.compile(r"adapter type (\w+)")
_TWICE = re.compile(r"two schema\.yml entries for the same resource named ([\w.\-]+?)\.? ")

PROJECT_FILE = "dbt_project.yml"
WHILE_PARSING = "dbtree_was_parsing"
"""The attribute of an exception that names the file in which dbt was."""
UNKNOWN_PROFILE = "Could not find profile named"
LEAST_WORDS = 6
"""Characters of a message below which finding it in a file says nothing."""
SEARCHED = ("models", "seeds", "snapshots", "macros", "tests", "analyses", "functions")


def problems_of(error: BaseException, root: Path, saved: Collection[str] = ()) -> list[Problem]:
    """What to tell the user about an exception of dbt's. Never empty.

    Args:
        error: What dbt raised.
        root: The project's directory.
        saved: The files, relative to the root, whose change dbt was asked to parse.
    """
    message = reason(error)
    words = explained(error, message, root)
    if words is not None and words.path:
        return [Problem(words.kind, words.message, _shown(words.path, root), words.line)]
    if words is not None:
        message = words.message
    kind, hint = _kind_and_hint(error, message)
    hint = hint or _dotenv_hint(message, root)
    path = (
        _unknown_profile(message, root)
        or _macro_path(message, root)
        or _saved_twin(message, saved, root)
        or _path(error, message, root)
        or _docs_path(message, root)
        or getattr(error, WHILE_PARSING, "")
        or _only_saved(saved, root)
        or _project_file(error, kind, root)
    )
    if isinstance(error, NoProfiles):
        path = ""
    line = _line(error, message, path)
    if not line and (patch := _patch_that_says(error, message, root)):
        path = patch
        line = _line(error, message, path)
    if kind == "dbt" and os.path.basename(path) == PROJECT_FILE:
        kind = "project"
    return [Problem(kind, reason_first(message), _shown(path, root), line, hint)]


def reason(error: BaseException) -> str:
    """Dbt's reason, without its headings."""
    if isinstance(error, UnicodeDecodeError):
        return f"This file is not UTF-8: {error.reason} at byte {error.start}."
    text = str(getattr(error, "msg", "") or error)
    options = getattr(getattr(error, "param", None), "opts", None)
    if options:
        text = f"{max(options, key=len)}: {text}"
    if isinstance(error, OSError):
        return f"{error.strerror or error}: {error.filename or ''}".strip(": ")
    text = plain(text)
    while (heading := _DECORATION.match(text)) is not None:
        text = text[heading.end() :]
    return yaml_reason(dedented(text)) or type(error).__name__


# ---------------------------------------------------------------- kind


def _kind_and_hint(error: BaseException, message: str) -> tuple[str, str]:
    name = type(error).__name__
    low = message.lower()
    rules: tuple[tuple[bool, str, str], ...] = (
        (
            "dbt deps" in low or name == "UninstalledPackagesFoundError",
            "deps",
            "Run `dbt deps` in the project.",
        ),
        (
            "does not have a target named" in low,
            "target",
            "Choose one of the profile's targets with --target.",
        ),
        (
            "could not find adapter type" in low or "no module named 'dbt.adapters" in low,
            "adapter",
            _adapter_hint(message),
        ),
        (
            isinstance(error, NoProfiles),
            "profile",
            "Give its directory with --profiles-dir.",
        ),
        (
            message.startswith(UNKNOWN_PROFILE),
            "profile",
            "Use a profile that profiles.yml has, here or with --profile.",
        ),
        (
            name == "DbtProfileError" or "profiles.yml" in low or "profile" in name.lower(),
            "profile",
            "Check profiles.yml, or give its directory with --profiles-dir.",
        ),
        (
            name in ("DbtProjectError", "ProjectContractError", "SemverError")
            or PROJECT_FILE in low,
            "project",
            "",
        ),
        (
            isinstance(error, CircularReference)
            or name == "TargetNotFoundError"
            or "which was not found" in low,
            "ref",
            "",
        ),
        ("yaml" in name.lower() or "syntax error near line" in low or ".yml" in low, "yaml", ""),
        (
            name in ("CompilationError", "UndefinedMacroError", "UndefinedCompilationError")
            or "close tag" in low
            or "nested tags" in low
            or _UNDEFINED.search(message) is not None,
            "jinja",
            "",
        ),
        (isinstance(error, OSError | UnicodeDecodeError), "project", ""),
    )
    return next(((kind, hint) for holds, kind, hint in rules if holds), ("dbt", ""))


def _adapter_hint(message: str) -> str:
    found = _ADAPTER.search(message)
    if found is None:
        return ""
    return f"Install dbt-{found[1]} in the environment of this dbt."


def _dotenv_hint(message: str, root: Path) -> str:
    """Where the variable that dbt misses is in a `.env` that nobody reads."""
    missing = _ENV_VAR.search(message)
    if missing is None:
        return ""
    try:
        text = (root / ".env").read_text("utf-8", "replace")
    except OSError:
        return ""
    if not re.search(rf"^\s*(?:export\s+)?{re.escape(missing[1])}\s*=", text, re.MULTILINE):
        return ""
    if steers_programs(missing[1]):
        return f"{missing[1]} is set in .env, but must not come from there: export it instead."
    return f"{missing[1]} is set in .env, which this dbt does not read; use --dotenv."


# ---------------------------------------------------------------- place


def note_parsed_file(error: BaseException, path: str) -> None:
    """Say on an exception in which file (an absolute path) dbt was when it was raised."""
    setattr(error, WHILE_PARSING, path)


def _unknown_profile(message: str, root: Path) -> str:
    """Where the name of a profile stands that profiles.yml does not have."""
    return str(root / PROJECT_FILE) if message.startswith(UNKNOWN_PROFILE) else ""


def _only_saved(saved: Collection[str], root: Path) -> str:
    there = [root / path for path in saved if (root / path).is_file()]
    return str(there[0]) if len(there) == 1 else ""


def _saved_twin(message: str, saved: Collection[str], root: Path) -> str:
    """Of two files that define the same name, the one that was just saved."""
    if not _TWO_OF_ONE_NAME.search(message):
        return ""
    named = [path for path in saved if path in message and (root / path).is_file()]
    return str(root / named[0]) if len(named) == 1 else ""


def _project_file(error: BaseException, kind: str, root: Path) -> str:
    """Of the YAML files that dbt reads without naming them, this is the first."""
    is_yaml = YAML_ERROR.search(dedented(plain(str(error)))) is not None
    path = root / PROJECT_FILE
    return str(path) if (kind == "project" or is_yaml) and path.is_file() else ""


def _path(error: BaseException, message: str, root: Path) -> str:
    """Absolute, or empty."""
    if isinstance(error, OSError | UnicodeDecodeError):
        named = getattr(error, "filename", None)
        return str(root / named) if isinstance(named, str) else ""
    for node in _nodes(error):
        path = getattr(node, "original_file_path", None)
        if path:
            return _in_some_package(str(path), root)
    for source in (message, plain(str(error))):
        for pattern in _PATHS:
            for found in pattern.findall(source):
                if path := _in_some_package(found, root):
                    return path
    return ""


def _docs_path(message: str, root: Path) -> str:
    """The first file that asks for a docs block that is not there: dbt names only the asset."""
    missing = _MISSING_DOCS.search(message)
    if missing is None:
        return ""
    call = _call_of("doc", missing[1])
    files = sorted(path for top in SEARCHED for path in root.glob(f"{top}/**/*.y*ml"))
    asking = (path for path in files if call.search(path.read_text("utf-8", "replace")))
    return str(next(asking, ""))


def _macro_path(message: str, root: Path) -> str:
    """The only macro file that says a name which is undefined: dbt names the model that calls."""
    undefined = _UNDEFINED.search(message)
    if undefined is None:
        return ""
    word = re.compile(rf"\b{re.escape(undefined[1])}\b")
    files = [
        path
        for path in (*root.glob("macros/**/*.sql"), *root.glob("models/**/*.sql"))
        if word.search(path.read_text("utf-8", "replace"))
    ]
    return str(files[0]) if len(files) == 1 else ""


def _nodes(error: BaseException) -> list[Any]:
    stack = list(getattr(error, "stack", None) or ())
    return [node for node in (getattr(error, "node", None), *stack) if node is not None]


def _patch_that_says(error: BaseException, message: str, root: Path) -> str:
    """The YAML of a node that says what dbt quotes, where the node's own file does not."""
    for node in _nodes(error):
        patch = str(getattr(node, "patch_path", None) or "").partition("://")[2]
        path = _in_some_package(patch, root) if patch else ""
        if path and _line(error, message, path):
            return path
    return ""


def _in_some_package(path: str, root: Path) -> str:
    """The absolute path of a file that dbt names relative to a project or package."""
    if os.path.isabs(path):
        return path if os.path.exists(path) else ""
    for base in (root, *sorted(root.glob("dbt_packages/*"))):
        if (base / path).is_file():
            return str(base / path)
    # dbt sometimes leaves out the directory that it searched (models/, tests/).
    name = path.replace("\\", "/")
    inside = [found for found in root.glob(f"*/{name}") if found.is_file()]
    if not inside and "/" not in name:
        # Of a Python model that is no Python, only the file's name is told.
        inside = [found for top in SEARCHED for found in root.glob(f"{top}/**/{name}")]
    return str(inside[0]) if len(inside) == 1 else ""


def _line(error: BaseException, message: str, path: str) -> int:
    """Counted from 1; 0 where nothing says it."""
    if not path:
        return 0
    try:
        text = Path(path).read_text("utf-8", "replace")
    except OSError:
        return 0
    if isinstance(error, CircularReference):
        return _line_of_name(text, error.refers_to)
    missing = _MISSING.search(message) or _MISSING_DOCS.search(message)
    if missing is not None:
        return _line_of_name(text, missing[1])
    twice = _TWICE.search(message)
    if twice is not None:
        entries = list(re.finditer(rf"name:\s*['\"]?{re.escape(twice[1])}['\"]?\s*$", text, re.M))
        return text.count("\n", 0, entries[-1].start()) + 1 if entries else 0
    adapter = _ADAPTER.search(message)
    if adapter is not None:
        return _line_of_name(text, adapter[1])
    offset = _OFFSET.search(message)
    if offset is not None:
        return text.strip().count("\n", 0, int(offset[1])) + 1 + _lines_before(text)
    said = [int(number) for number in _LINE.findall(f"{plain(str(error))}\n{message}")]
    if not said:
        return _line_of_quoted(text, message)
    # dbt strips a file before it parses it: Jinja does not count the empty lines before.
    skipped = 0 if path.endswith((".yml", ".yaml")) else _lines_before(text)
    return min(said[0] + skipped, text.count("\n") + 1)


def _lines_before(text: str) -> int:
    """The empty lines at the beginning."""
    return text[: len(text) - len(text.lstrip())].count("\n")


def _call_of(function: str, name: str) -> re.Pattern[str]:
    return re.compile(rf"(?:{function})\s*\([^)]*['\"]{re.escape(name)}['\"]", re.DOTALL)


def _line_of_name(text: str, name: str) -> int:
    """Where a `ref` or `source` of this name stands."""
    last = name.rsplit(".", 1)[-1]
    call = _call_of("ref|source|function|doc", last)
    found = call.search(text) or re.search(rf"\b{re.escape(last)}\b", text)
    return text.count("\n", 0, found.end()) + 1 if found else 0


def _line_of_quoted(text: str, message: str) -> int:
    """Where the file says what dbt quotes from it."""
    # What dbt would take instead is not what the file says.
    said_wrong = message.partition(", expected one of")[0]
    for quoted in re.findall(r"['\"`]([\w.\- ]{2,})['\"`]", said_wrong):
        last = quoted.rsplit(".", 1)[-1]
        found = re.search(rf"(?<!\w){re.escape(last)}(?!\w)", text)
        if found:
            return text.count("\n", 0, found.start()) + 1
    # What `raise_compiler_error` says stands in the file, if it is not put together.
    words = message.partition("\n")[0].strip()
    said = text.find(words) if len(words) > LEAST_WORDS else -1
    if said < 0:
        said = _raised_at(text, words)
    return text.count("\n", 0, said) + 1 if said >= 0 else 0


def _raised_at(text: str, words: str) -> int:
    """Where the file raises an error of which these words have a piece; -1 where it does not."""
    for call in _RAISE.finditer(text):
        pieces = _LITERAL.findall(text[call.end() :].partition("\n")[0])
        if any(len(piece) > LEAST_WORDS and piece.strip() in words for piece in pieces):
            return call.start()
    return -1


def _shown(path: str, root: Path) -> str:
    if not path:
        return ""
    inside = os.path.relpath(path, root)
    return path if inside.startswith("..") else inside.replace(os.sep, "/")
