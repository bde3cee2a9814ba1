"""A run as JUnit XML, which CI systems show: a test case for each asset and check.

Made with the standard library: the format is four elements, and a package for it would bring more
than it saves. Follows the schema that Jenkins, GitLab, Azure and GitHub's actions read.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from itertools import takewhile
from pathlib import Path
from xml.etree import ElementTree

from tui.errors import RunError
from tui.protocol.whole_files import replacement
from tui.runs.values import NodeRun, Run
from tui.text.formats import plural

FAILED = frozenset({"fail", "partial success"})
ERRED = frozenset({"error", "runtime error"})
UNDONE = frozenset({"skipped", "cancelled", "interrupted", "queued", "running"})
LONGEST_REASON = 500
"""Characters of a reason; the whole message is in the element's text."""
_HEAD = re.compile(r"(\w+ )?\w+ Error in .*\)$|Failure in .*\)$")
_EXCERPT = re.compile(r"LINE \d+:|compiled code at |\^+$|\d+ \| ")
_NO_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit_xml(run: Run) -> str:
    """The whole document.

    A failing check is a failure, an asset that could not be built an error, and what did not run is
    skipped. A run that dbt could not even begin is one error.
    """
    suites = ElementTree.Element("testsuites", {"name": "dbtree"})
    suite = ElementTree.SubElement(suites, "testsuite")
    nodes = list(run.nodes.values())
    for node in nodes:
        suite.append(_case(node))
    statuses = [node.status for node in nodes]
    errors = sum(status in ERRED for status in statuses)
    if run.message and not errors and run.status in ("error", "failed", "interrupted"):
        suite.append(_unbegun(run))
        errors += 1
    took = run.elapsed_by(run.started_at)
    facts = {
        "tests": str(len(suite)),
        "failures": str(sum(status in FAILED for status in statuses)),
        "errors": str(errors),
        "skipped": str(sum(status in UNDONE for status in statuses)),
        "time": f"{took:.3f}",
    }
    suites.attrib.update(facts)
    at = datetime.fromtimestamp(run.started_at, UTC).replace(tzinfo=None)
    named = {"name": _clean(f"{run.project} {run.target}"), "timestamp": at.isoformat("T")}
    suite.attrib.update({**named, **facts})
    ElementTree.indent(suites)
    return ElementTree.tostring(suites, encoding="unicode", xml_declaration=False)


def write_junit(run: Run, path: Path) -> None:
    """Write the document, whole or not at all. Raises RunError where that is impossible."""
    text = f'<?xml version="1.0" encoding="UTF-8"?>\n{junit_xml(run)}\n'
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacement(path) as partial:
            partial.write_text(text, encoding="utf-8")
    except OSError as error:
        raise RunError(
            f"The JUnit file cannot be written: {error.strerror or error}.", path=str(path)
        ) from error


def _case(node: NodeRun) -> ElementTree.Element:
    resource, _, name = node.unique_id.partition(".")
    package, _, rest = name.partition(".")
    facts = {
        "classname": _clean(f"{package}.{resource}"),
        "name": _clean(rest or name or node.unique_id),
        "time": f"{node.duration:.3f}",
    }
    if node.path:
        facts["file"] = _clean(node.path)
    if node.line:
        facts["line"] = str(node.line)
    case = ElementTree.Element("testcase", facts)
    first = reason_of(node)
    if node.status in ERRED | FAILED:
        tag = "error" if node.status in ERRED else "failure"
        found = ElementTree.SubElement(case, tag, {"message": _clean(first), "type": node.status})
        found.text = _clean(node.message)
    elif node.status in UNDONE:
        why = f"skipped because of {node.skipped_because}" if node.skipped_because else first
        ElementTree.SubElement(case, "skipped", {"message": _clean(why)})
    elif node.status == "warn":
        rows = f" ({plural(node.failures, 'row')})" if node.failures else ""
        out = ElementTree.SubElement(case, "system-out")
        out.text = _clean(f"warn{rows}: {node.message}")
    return case


def reason_of(node: NodeRun) -> str:
    """Why a node ended as it did, in a line: dbt's message without the line that only says which
    node it is about, and without the excerpt of its SQL.
    """
    lines = [line.strip() for line in node.message.splitlines() if line.strip()]
    if len(lines) > 1 and _HEAD.match(lines[0]):
        del lines[0]
    told = list(takewhile(lambda line: not _EXCERPT.match(line), lines)) or lines[:1]
    return " ".join(told)[:LONGEST_REASON] or node.status


def _unbegun(run: Run) -> ElementTree.Element:
    case = ElementTree.Element(
        "testcase", {"classname": "dbt", "name": _clean(run.command) or "dbt", "time": "0.000"}
    )
    first = run.message.splitlines()[0] if run.message else run.status
    found = ElementTree.SubElement(case, "error", {"message": _clean(first), "type": run.status})
    found.text = _clean(run.message)
    return case


def _clean(text: str) -> str:
    """A text without what XML cannot hold: control characters, halves of surrogate pairs."""
    return _NO_XML.sub("", text)
