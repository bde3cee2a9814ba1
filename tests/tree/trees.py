"""Trees as text, for tests: what a person would see."""

from tui.tree import AssetTree, Fold, Row, RowKind

FOLDS = {Fold.LEAF: " ", Fold.OPEN: "▾", Fold.CLOSED: "▸"}


def line(row: Row) -> str:
    lines = "".join("│ " if goes_on else "  " for goes_on in row.guides[:-1])
    if row.guides:
        lines += "├" if row.guides[-1] else "└"
    sign = "↗" if row.kind is RowKind.REFERENCE else "•" if row.kind is RowKind.CHECK else ""
    context = "  (context)" if row.is_context else ""
    return f"{lines}{FOLDS[row.fold]}{sign}{row.label}{context}"


def drawn(tree: AssetTree) -> list[str]:
    return [line(row) for row in tree.rows()]


def labels(tree: AssetTree) -> list[str]:
    return [row.label for row in tree.rows()]


def assets_in(tree: AssetTree) -> list[str]:
    return [row.unique_id for row in tree.rows() if row.kind is RowKind.ASSET]
