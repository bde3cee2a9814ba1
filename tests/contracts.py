"""Two kinds of import-linter contract in which pyproject.toml states the architecture.

Both name who *may*, so that a new package or dependency is refused until someone allows it,
and both hold for packages that do not exist yet.
"""

import sys
from collections.abc import Iterable, Iterator

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, fields, output

_NAMES = fields.ListField(subfield=fields.StringField())


class ImportsOnly(Contract):
    """The modules of `package` import the standard library, each other and `may_import`."""

    # The fields become plain values in an instance.
    package: str = fields.StringField()  # type: ignore[assignment]
    may_import: list[str] = _NAMES  # type: ignore[assignment]

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:
        allowed = {self.package, *self.may_import, *sys.stdlib_module_names}
        return _verdict(
            _describe(graph, importer, imported)
            for importer in sorted(graph.modules)
            if _is_within(importer, {self.package})
            for imported in sorted(graph.find_modules_directly_imported_by(importer))
            if not _is_within(imported, allowed)
        )

    def render_broken_contract(self, check: ContractCheck) -> None:
        _render(check)


class ImportedOnlyBy(Contract):
    """`modules` are imported by themselves and by `importers`, and by nothing else."""

    modules: list[str] = _NAMES  # type: ignore[assignment]
    importers: list[str] = _NAMES  # type: ignore[assignment]

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:
        modules = set(self.modules)
        return _verdict(
            _describe(graph, importer, imported)
            for imported in sorted(graph.modules)
            if _is_within(imported, modules)
            for importer in sorted(graph.find_modules_that_directly_import(imported))
            if not _is_within(importer, modules | set(self.importers))
        )

    def render_broken_contract(self, check: ContractCheck) -> None:
        _render(check)


def _is_within(module: str, packages: Iterable[str]) -> bool:
    return any(module == package or module.startswith(f"{package}.") for package in packages)


def _describe(graph: ImportGraph, importer: str, imported: str) -> str:
    details = graph.get_import_details(importer=importer, imported=imported)
    lines = ", ".join(str(detail["line_number"]) for detail in details)
    return f"{importer} imports {imported} (line {lines})"


def _verdict(breaches: Iterator[str]) -> ContractCheck:
    found = list(breaches)
    return ContractCheck(kept=not found, metadata={"breaches": found})


def _render(check: ContractCheck) -> None:
    for breach in check.metadata["breaches"]:
        output.print_error(breach, bold=False)
    output.new_line()
