"""SQL → a qualified syntax tree: each column with its table, each star as its columns.

Names are compared without regard to case, as nearly every database does for what is not quoted.
The relations of the project get short names of one part (`__dbtree_0`), by which the columns lead
back to them; the CTEs that dbt puts in place of ephemeral models are taken for relations too.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

import sqlglot
from sqlglot import Dialect, exp
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.qualify import qualify
from sqlglot.optimizer.scope import Scope, build_scope

from tui.column_lineage.values import Query, Relation

EPHEMERAL = "__dbt__cte__"
"""What the name of the CTE of an ephemeral model begins with."""
TABLE = "__dbtree_"
WRITTEN = "dbtree_written"
"""Marks a `coalesce` of the user's own: those that stand for `using (…)` are made by sqlglot."""
TOKEN = re.compile(r"<Token .*?text: (.*?), line: .*>", re.DOTALL)
LONGEST = 400_000
"""Characters of SQL beyond which a query takes longer to trace than anyone waits."""


class CannotTrace(Exception):
    """The SQL cannot be traced; says why in a sentence."""


class ParsedQuery:
    """A query that was parsed and qualified."""

    def __init__(self, query: Query) -> None:
        """Raises CannotTrace."""
        self.dialect = _case_insensitive(query.dialect)
        self.relations: dict[str, Relation] = {}
        """What the short names stand for."""
        self._query = query
        tree = self._parsed()
        self._name_relations(tree)
        _write_out_windows(tree)
        for written in tree.find_all(exp.Coalesce):
            written.meta[WRITTEN] = True
        self.scope = self._qualified(tree)

    def _parsed(self) -> exp.Expr:
        sql = self._query.sql
        if len(sql) > LONGEST:
            raise CannotTrace(f"The SQL is too long to be traced: {len(sql):,} characters.")
        try:
            found = [each for each in sqlglot.parse(sql, dialect=self.dialect) if each is not None]
        except SqlglotError as error:
            raise CannotTrace(_reason(error)) from None
        except RecursionError:
            raise CannotTrace("The SQL is nested too deeply to be parsed.") from None
        found = [each for each in found if not isinstance(each, exp.Semicolon)]
        if len(found) != 1:
            words = "There is no SQL." if not found else "The SQL has more than one statement."
            raise CannotTrace(words)
        if not isinstance(found[0], exp.Query):
            is_statement = isinstance(found[0], exp.DDL | exp.DML | exp.Command | exp.Pivot)
            raise CannotTrace(
                f"dbtree cannot trace a `{found[0].key}` statement."
                if is_statement
                else "The SQL does not begin as a query does."
            )
        return found[0]

    def _qualified(self, tree: exp.Expr) -> Scope:
        schema: dict[str, object] = {
            name: dict.fromkeys(relation.columns, "unknown")
            for name, relation in self.relations.items()
            if relation.columns
        }
        try:
            tree = qualify(
                tree, dialect=self.dialect, schema=schema, validate_qualify_columns=False,
                quote_identifiers=False, allow_partial_qualification=True,
            )  # fmt: skip
            scope = build_scope(tree)
        except RecursionError:
            raise CannotTrace("The SQL is nested too deeply to be traced.") from None
        except SqlglotError as error:
            raise CannotTrace(_reason(error)) from None
        except Exception as error:  # noqa: BLE001  of a parser of thirty dialects, on any SQL
            raise CannotTrace(f"sqlglot cannot read this SQL ({type(error).__name__}).") from None
        if scope is None:
            raise CannotTrace("sqlglot does not see a query in this SQL.")
        return scope

    # ------------------------------------------------------------ the relations

    def _name_relations(self, tree: exp.Expr) -> None:
        ephemeral = self._ephemeral_of(tree)
        ctes = {cte.alias.lower() for cte in tree.find_all(exp.CTE)} - ephemeral.keys()
        read: list[tuple[exp.Table, Relation]] = []
        for table in tree.find_all(exp.Table):
            if not isinstance(table.this, exp.Identifier):
                continue  # a function
            name = ".".join(part.name.lower() for part in table.parts)
            if table.db or name not in ctes:
                read.append((table, ephemeral.get(name) or self._relation_of(name)))
        times = Counter(relation.asset for _, relation in read)
        for table, relation in read:
            number = f"{TABLE}{len(self.relations)}"
            if not table.alias:
                table.set("alias", exp.TableAlias(this=exp.to_identifier(table.name)))
            # One that is joined with itself is told apart by its aliases.
            label = relation.label if times[relation.asset] == 1 else table.alias
            self.relations[number] = Relation(relation.asset, label, relation.columns)
            table.set("this", exp.to_identifier(number))
            table.set("db", None)
            table.set("catalog", None)
        for column in tree.find_all(exp.Column):
            if column.args.get("db") is not None:  # `schema.table.column`
                column.set("db", None)
                column.set("catalog", None)

    def _relation_of(self, name: str) -> Relation:
        relations = self._query.relations
        found = relations.get(name)
        if found is None and "." in name:  # the database may be left out on one of the sides
            ends = [one for key, one in relations.items() if _same_end(key, name)]
            found = ends[0] if len(ends) == 1 else None
        return found or Relation(name, name)

    def _ephemeral_of(self, tree: exp.Expr) -> dict[str, Relation]:
        """The CTEs of ephemeral models that are known, which are taken out of the tree."""
        found = {}
        for clause in list(tree.find_all(exp.With)):
            kept = []
            for cte in clause.expressions:
                relation = self._query.relations.get(cte.alias.lower())
                if relation is not None and cte.alias.lower().startswith(EPHEMERAL):
                    found[cte.alias.lower()] = relation
                else:
                    kept.append(cte)
            if not kept:
                clause.pop()
            elif len(kept) != len(clause.expressions):
                clause.set("expressions", kept)
        return found


def _write_out_windows(tree: exp.Expr) -> None:
    """Put what `window w as (…)` says in the place of each `over w`."""
    for select in tree.find_all(exp.Select):
        named = {window.name.lower(): window for window in select.args.get("windows") or ()}
        if not named:
            continue
        for window in select.find_all(exp.Window):
            found = named.get(window.alias.lower()) if window.alias else None
            if found is None or window is found or window.parent_select is not select:
                continue
            for part in ("partition_by", "order", "spec"):
                value = found.args.get(part)
                if value and not window.args.get(part):
                    is_list = isinstance(value, list)
                    copy = [one.copy() for one in value] if is_list else value.copy()
                    window.set(part, copy)
            window.set("alias", None)


def _same_end(one: str, other: str) -> bool:
    short, long = sorted((one, other), key=len)
    return "." in short and long.endswith(f".{short}")


def _case_insensitive(dialect: str) -> str:
    """The dialect, or sqlglot's own where this version does not have it."""
    if dialect and Dialect.get(dialect) is None:
        dialect = ""
    return f"{dialect}, normalization_strategy=case_insensitive".lstrip(", ")


def _reason(error: SqlglotError) -> str:
    """Sqlglot's reason in one sentence, without its excerpt of the SQL."""
    details: list[dict[str, Any]] = getattr(error, "errors", None) or []
    if details:
        words = str(details[0].get("description") or "it cannot be parsed").rstrip(".")
        words = TOKEN.sub(lambda token: f"`{token[1]}`", words).replace("`SENTINEL`", "the end")
        line = details[0].get("line")
        at = f" at line {line} of the compiled SQL" if line else ""
        return f"sqlglot cannot parse this SQL{at}: {words}."
    words = str(error).partition("\n")[0].rstrip(".")
    return f"sqlglot cannot read this SQL: {words}."
