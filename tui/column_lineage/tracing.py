"""Traces the columns of one query to the columns of the relations that it reads.

Each scope of the query (a select, a CTE, a subquery, one side of a union) is asked for a column by
its name; it answers with what the column is made of, looking into the scopes that it reads. What a
column is made of is what its values come from: a column that is only filtered, joined or grouped
by is no source.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from sqlglot import exp
from sqlglot.optimizer.scope import Scope

from tui.column_lineage.expressions import in_words, inlined, union_of
from tui.column_lineage.parsing import CannotTrace, ParsedQuery
from tui.column_lineage.pivots import Pivoted, pivoted
from tui.column_lineage.scopes import (
    aliases,
    arguments,
    columns_in,
    function_of,
    is_natural,
    is_using,
    lateral_query,
    set_scopes,
    sides_of,
    unwrapped,
)
from tui.column_lineage.values import (
    COMPUTED,
    PASS_THROUGH,
    RENAMED,
    UNKNOWN,
    ColumnRef,
    Query,
    TracedAsset,
    TracedColumn,
)

Leaf = tuple[str, str]
"""The short name of a relation, and a column of it."""


@dataclass(frozen=True)
class Origin:
    """What a column of a scope is made of."""

    leaves: frozenset[Leaf] = frozenset()
    is_bare: bool = False
    """Whether it is a column of a relation as it stands there."""
    expression: exp.Expr | None = None
    """Over columns of relations, where it is not bare."""
    notes: tuple[str, ...] = ()
    order: tuple[Leaf, ...] = field(default=(), compare=False)
    """The leaves in the order in which they were met."""


def trace(query: Query) -> TracedAsset:
    """The columns of a query and their sources. Never raises: says what cannot be traced."""
    try:
        parsed = ParsedQuery(query)
        return Tracer(parsed).traced()
    except CannotTrace as error:
        return TracedAsset(problem=str(error), is_whole=False)
    except RecursionError:
        return TracedAsset(problem="The SQL is nested too deeply to be traced.", is_whole=False)
    except Exception as error:  # noqa: BLE001  a parser of thirty dialects may do anything
        words = f"dbtree cannot trace this SQL ({type(error).__name__} in sqlglot's tree)."
        return TracedAsset(problem=words, is_whole=False)


class Tracer:
    """Traces the columns of one parsed query."""

    def __init__(self, parsed: ParsedQuery) -> None:
        self._parsed = parsed
        self._known: dict[tuple[int, str], Origin] = {}
        self._asked: set[tuple[int, str]] = set()
        self._pivots: dict[int, dict[str, Pivoted]] = {}
        self._selected: dict[int, dict[str, exp.Expr]] = {}
        self._named: dict[int, tuple[list[str], list[str]]] = {}
        self._scopes = {id(scope.expression): scope for scope in parsed.scope.traverse()}
        """By their queries: inside a recursive CTE, sqlglot has a bare one of it."""

    def traced(self) -> TracedAsset:
        """All columns of the query."""
        root = self._parsed.scope
        names, missing = self.columns_of(root)
        columns = tuple(self._column(name, self.origin(root, name)) for name in names)
        if not missing:
            return TracedAsset(columns)
        listed = ", ".join(missing)
        problem = f"`select *` reads {listed}, whose columns are not known."
        if any(name.startswith("COLUMNS(") for name in missing):
            problem = f"Only the database knows which columns {listed} expands to."
        return TracedAsset(columns, problem, is_whole=False)

    def _column(self, name: str, origin: Origin) -> TracedColumn:
        leaves = sorted(origin.leaves, key=lambda leaf: _place(origin.order, leaf))
        sources = tuple(ColumnRef(self._parsed.relations[t].asset, c) for t, c in leaves)
        note = " ".join(origin.notes)
        if origin.is_bare and sources:
            same = {column for _, column in leaves} == {name}
            kind, expression = (PASS_THROUGH if same else RENAMED), ""
        elif note and not sources:
            kind, expression = UNKNOWN, ""
        else:
            kind = COMPUTED
            expression = in_words(origin.expression, self._parsed)
        return TracedColumn(name, kind, tuple(dict.fromkeys(sources)), expression, note)

    # ------------------------------------------------------------ names of a scope

    def columns_of(self, scope: Scope) -> tuple[list[str], list[str]]:
        """The names of a scope's columns, and the relations whose columns would have to be known
        to name all.
        """
        scope = self._scopes.get(id(scope.expression), scope)
        found = self._named.get(id(scope))
        if found is None:
            found = self._named[id(scope)] = self._columns_of(scope)
        return found

    def _columns_of(self, scope: Scope) -> tuple[list[str], list[str]]:
        query = unwrapped(scope.expression)
        if isinstance(query, exp.SetOperation) and set_scopes(scope):
            sides = [self.columns_of(side) for side in sides_of(scope, query)]
            names, missing = sides[0]
            if query.args.get("by_name"):
                names = list(dict.fromkeys(name for side in sides for name in side[0]))
                missing = [name for side in sides for name in side[1]]
            return names, missing
        if isinstance(query, exp.UDTF):
            inner = lateral_query(scope, query)
            names = [alias.name.lower() for alias in aliases(query)]
            return (names, []) if names or inner is None else self.columns_of(inner)
        names, missing = [], []
        for projection in getattr(query, "selects", ()):
            if projection.find(exp.Columns):  # DuckDB's `columns('a.*')`
                missing.append(projection.unalias().sql(self._parsed.dialect))
                continue
            if not projection.is_star:
                names.append(self._name_of(projection))
                continue
            for source_name, source in self._starred(scope, projection):
                known = self._names_in(source)
                if known is None:
                    missing.append(self._label(source, source_name))
                else:
                    names += known
        return list(dict.fromkeys(names)), list(dict.fromkeys(missing))

    def _starred(self, scope: Scope, star: exp.Expr) -> Iterator[tuple[str, object]]:
        """The sources whose columns a `*` stands for."""
        table = star.table if isinstance(star, exp.Column) else ""
        for name, (_, source) in scope.selected_sources.items():
            if not table or name == table:
                yield name, source

    def _names_in(self, source: object) -> list[str] | None:
        if isinstance(source, Scope):
            names, missing = self.columns_of(source)
            return None if missing else names
        relation = self._parsed.relations.get(getattr(source, "name", ""))
        if relation is None or relation.columns is None:
            return None
        return [name.lower() for name in relation.columns]

    def _label(self, source: object, name: str) -> str:
        if isinstance(source, Scope):
            missing = self.columns_of(source)[1]
            return missing[0] if missing else name
        if isinstance(source, exp.Table) and not isinstance(source.this, exp.Identifier):
            return function_of(source).sql(self._parsed.dialect)
        relation = self._parsed.relations.get(getattr(source, "name", ""))
        return relation.label if relation else name

    # -------------------------------------------------------------- what it is made of

    def origin(self, scope: Scope, name: str) -> Origin:
        """What a column of a scope is made of."""
        scope = self._scopes.get(id(scope.expression), scope)
        key = (id(scope), name)
        if key in self._known:
            return self._known[key]
        if key in self._asked:  # a recursive CTE: what it is made of, the other side says
            return Origin(expression=exp.column(name))
        self._asked.add(key)
        try:
            found = self._origin(scope, name)
        finally:
            self._asked.discard(key)
        self._known[key] = found
        return found

    def _origin(self, scope: Scope, name: str) -> Origin:
        query = unwrapped(scope.expression)
        if isinstance(query, exp.SetOperation) and set_scopes(scope):
            return self._of_union(scope, query, name)
        if isinstance(query, exp.UDTF):
            inner = lateral_query(scope, query)
            if inner is None:
                return self._of_function(scope, query)
            names, own = self.columns_of(scope)[0], self.columns_of(inner)[0]
            place = names.index(name) if name in names else -1
            return self.origin(inner, own[place] if 0 <= place < len(own) else name)
        projection = self._projections(scope, query).get(name)
        if projection is not None:
            return self._of_expression(scope, projection.unalias())
        return self._through_star(scope, query, name)

    def _projections(self, scope: Scope, query: exp.Expr) -> dict[str, exp.Expr]:
        """What a select says of each of its columns, stars left out; of two of a name the first."""
        found = self._selected.get(id(scope))
        if found is None:
            found = self._selected[id(scope)] = {}
            for projection in getattr(query, "selects", ()):
                if not projection.is_star:
                    found.setdefault(self._name_of(projection), projection)
        return found

    def _name_of(self, projection: exp.Expr) -> str:
        return projection.output_name.lower() or projection.sql(self._parsed.dialect)

    def _of_union(self, scope: Scope, query: exp.SetOperation, name: str) -> Origin:
        sides = sides_of(scope, query)
        names = [self.columns_of(side) for side in sides]
        by_name = bool(query.args.get("by_name"))
        found = []
        for side, (own, missing) in zip(sides, names, strict=True):
            if by_name:
                wanted: str | None = name if name in own or missing else None
            elif name in names[0][0] and not names[0][1] and not missing:
                place = names[0][0].index(name)
                wanted = own[place] if place < len(own) else None
            else:  # a star that is not known: most unions have the same names on both sides
                wanted = name
            if wanted is not None:
                found.append(self.origin(side, wanted))
        return self._joined(found)

    def _joined(self, origins: list[Origin]) -> Origin:
        """What is one thing in one row, and another in the next."""
        all_bare = all(each.is_bare for each in origins)
        order = tuple(leaf for each in origins for leaf in each.order)
        return Origin(
            frozenset(order),
            all_bare and bool(origins),
            None if all_bare else union_of([self._text(each) for each in origins]),
            tuple(dict.fromkeys(note for each in origins for note in each.notes)),
            order,
        )

    def _text(self, origin: Origin) -> exp.Expr:
        if origin.expression is not None:
            return origin.expression
        if origin.order:
            table, column = origin.order[0]
            return exp.column(column, table)
        return exp.null()

    def _of_expression(self, scope: Scope, expression: exp.Expr) -> Origin:
        bare = expression.unnest()
        if isinstance(bare, exp.Column) and not isinstance(bare.this, exp.Star):
            return self._of_column(scope, bare)
        if is_using(bare):
            return self._joined([self._of_expression(scope, each) for each in arguments(bare)])
        origins: dict[int, Origin] = {}
        for column in columns_in(expression):
            origins[id(column)] = self._of_column(scope, column)
        nested = list(self._of_subqueries(scope, expression))
        found = [*origins.values(), *nested]
        order = tuple(leaf for each in found for leaf in each.order)
        return Origin(
            frozenset(order),
            expression=inlined(
                expression, {key: self._text(origin) for key, origin in origins.items()}
            ),
            notes=tuple(dict.fromkeys(note for each in found for note in each.notes)),
            order=order,
        )

    def _of_subqueries(self, scope: Scope, expression: exp.Expr) -> Iterator[Origin]:
        inside = {id(each) for each in expression.walk()}
        for nested in scope.subquery_scopes:
            if id(nested.expression) in inside or id(nested.expression.parent) in inside:
                if isinstance(nested.expression.parent, exp.Exists):
                    continue
                names, _ = self.columns_of(nested)
                yield from (self.origin(nested, name) for name in names)

    def _of_column(self, scope: Scope, column: exp.Column) -> Origin:
        name, table = column.name.lower(), column.table
        if table:
            around: Scope | None = scope
            while around is not None:
                if table in around.sources:
                    return self._in_source(around, table, name)
                if found := self._in_pivot(around, table, name):
                    return found
                around = around.parent
            if table in self._given_names(scope):  # a field of a struct that is made beside it
                return self.origin(scope, table)
            return Origin(notes=(f"`{table}.{name}` is not in what the query reads.",))
        return self._unqualified(scope, name)

    def _given_names(self, scope: Scope) -> set[str]:
        """The names that a select gives to its own columns."""
        selects = getattr(unwrapped(scope.expression), "selects", ())
        return {one.alias.lower() for one in selects if isinstance(one, exp.Alias)}

    def _unqualified(self, scope: Scope, name: str) -> Origin:
        """A column of which sqlglot does not know the table: maybe only one can have it."""
        around: Scope | None = scope
        while around is not None:
            sources = {key: source for key, (_, source) in around.selected_sources.items()}
            knowing = [(key, self._names_in(source)) for key, source in sources.items()]
            having = [key for key, names in knowing if names is not None and name in names]
            unknown = [key for key, names in knowing if names is None]
            if len(having) == 1:
                return self._in_source(around, having[0], name)
            if having and is_natural(around.expression):
                return self._joined([self._in_source(around, key, name) for key in having])
            if not having and len(unknown) == 1:
                return self._in_source(around, unknown[0], name)
            if having or unknown:
                listed = " or ".join(
                    sorted(self._label(sources[key], key) for key in having or unknown)
                )
                return Origin(notes=(f"`{name}` may come from {listed}.",))
            around = around.parent
        if name in self._given_names(scope) and (id(scope), name) not in self._asked:
            return self.origin(scope, name)
        return Origin(notes=(f"`{name}` is not in what the query reads.",))

    def _in_source(self, scope: Scope, table: str, name: str) -> Origin:
        if found := self._in_pivot(scope, table, name):
            return found
        source = scope.sources[table]
        if isinstance(source, Scope):
            return self.origin(source, name)
        if source.name in self._parsed.relations:
            leaf = (source.name, name)
            return Origin(frozenset((leaf,)), is_bare=True, order=(leaf,))
        return Origin(expression=function_of(source).copy())

    def _in_pivot(self, scope: Scope, table: str, name: str) -> Origin | None:
        found = self._pivots.get(id(scope))
        if found is None:
            found = self._pivots[id(scope)] = pivoted(scope)
        pivot = found.get(table)
        if pivot is None:
            return None
        inner = pivot.source
        made = pivot.made.get(name)
        if made is None:
            return self._in_source_before(scope, inner, name)
        origins = [self._in_source_before(scope, inner, column) for column in made.columns]
        order = tuple(leaf for each in origins for leaf in each.order)
        return Origin(frozenset(order), expression=made.expression.copy(), order=order)

    def _in_source_before(self, scope: Scope, table: str, name: str) -> Origin:
        source = scope.sources.get(table)
        if isinstance(source, Scope):
            return self.origin(source, name)
        if source is not None and source.name in self._parsed.relations:
            leaf = (source.name, name)
            return Origin(frozenset((leaf,)), is_bare=True, order=(leaf,))
        return Origin()

    def _through_star(self, scope: Scope, query: exp.Expr, name: str) -> Origin:
        """A column that only a `*` can have."""
        stars = [one for one in getattr(query, "selects", ()) if one.is_star]
        sources = dict(pair for star in stars for pair in self._starred(scope, star))
        if not sources:
            return Origin(notes=(f"`{name}` is not among the columns of a subquery.",))
        having = [k for k, s in sources.items() if name in (self._names_in(s) or ())]
        unknown = [k for k, s in sources.items() if self._names_in(s) is None]
        if len(having) == 1 or (not having and len(unknown) == 1):
            return self._in_source(scope, (having or unknown)[0], name)
        listed = " or ".join(sorted(self._label(sources[key], key) for key in having or unknown))
        return Origin(notes=(f"`{name}` may come from {listed}.",) if listed else ())

    def _of_function(self, scope: Scope, query: exp.UDTF) -> Origin:
        """A column of `unnest(…)`, `values …` and the like."""
        columns = list(query.find_all(exp.Column))
        origins = [self._of_column(scope, column) for column in columns]
        order = tuple(leaf for each in origins for leaf in each.order)
        plain = inlined(query, dict(zip(map(id, columns), map(self._text, origins), strict=True)))
        if isinstance(plain, exp.Lateral):
            plain = plain.this
        else:
            plain.set("alias", None)
        return Origin(frozenset(order), expression=plain, order=order)


def _place(order: tuple[Leaf, ...], leaf: Leaf) -> int:
    return order.index(leaf) if leaf in order else len(order)
