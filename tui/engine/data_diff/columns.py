"""The columns of two relations, side by side: which belong together, and how they compare."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

NUMBER, FLOAT, TEXT, TIME = "number", "float", "text", "time"
_FAMILIES = {
    FLOAT: r"float\d*|double|double precision|real|float64",
    NUMBER: r"u?(tiny|small|big|huge|byte|short|long)?int(eger|\d+)?|byteint|u?hugeint|long|short"
    r"|byte|dec|decimal|numeric|number|bignumeric|bigdecimal|serial|bigserial",
    TEXT: r"varchar|nvarchar|text|string|char|nchar|bpchar|character|character varying|name",
    TIME: r"date|datetime|timestamp(_\w+)?( with(out)? time zone)?|timestamptz|timestampltz",
}
FAMILIES = {name: re.compile(pattern) for name, pattern in _FAMILIES.items()}
NOT_COMPARABLE = re.compile(
    r"json|xml|point|line|lseg|box|path|polygon|circle|map|variant|geography|geometry|object"
)
"""Types that some database cannot compare as they are: their text is compared."""


@dataclass(frozen=True)
class Column:
    """A column as the database has it."""

    name: str
    type: str

    @property
    def family(self) -> str:
        """What its values can be compared with: the name of a family, or its own type."""
        plain = self.type.strip().lower()
        bare = re.sub(r"\s*\([^()]*\)", "", plain)
        for name, pattern in FAMILIES.items():
            if pattern.fullmatch(bare):
                return name
        return plain


@dataclass(frozen=True)
class Pair:
    """A column that both relations have."""

    before: Column
    after: Column

    @property
    def name(self) -> str:
        """What it is called now."""
        return self.after.name

    @property
    def is_retyped(self) -> bool:
        """Whether its type is another one."""
        return self.before.type.strip().lower() != self.after.type.strip().lower()

    @property
    def has_float(self) -> bool:
        """Whether its numbers can be a little off."""
        families = {self.before.family, self.after.family}
        return FLOAT in families and families <= {FLOAT, NUMBER}

    @property
    def compares_text(self) -> bool:
        """Whether the values are compared as they are written: the types have no other way."""
        families = {self.before.family, self.after.family}
        if len(families) > 1 and not families <= {FLOAT, NUMBER}:
            return True
        bare = self.after.family.partition("(")[0].partition("<")[0]
        return bool(NOT_COMPARABLE.fullmatch(bare.strip()))


@dataclass(frozen=True)
class Schemas:
    """The columns of two relations."""

    pairs: tuple[Pair, ...]
    """Those of both, in the order of the second one."""
    added: tuple[Column, ...]
    removed: tuple[Column, ...]

    def named(self, names: Sequence[str]) -> list[int]:
        """The places in `pairs` of columns by their names; those that are not there are left out.

        As spelled, else whatever the case of its letters.
        """
        exact = {pair.name: place for place, pair in enumerate(self.pairs)}
        folded = {name.lower(): place for name, place in exact.items()}
        found = (exact.get(name, folded.get(name.lower())) for name in names)
        return [place for place in found if place is not None]


def side_by_side(before: Sequence[Column], after: Sequence[Column]) -> Schemas:
    """Which columns belong together: by their names, then whatever the case of the letters."""
    left = {column.name: column for column in before}
    partners: dict[str, Column] = {}
    for column in after:
        if column.name in left:
            partners[column.name] = left.pop(column.name)
    for column in after:
        alike = [name for name in left if name.lower() == column.name.lower()]
        if column.name not in partners and len(alike) == 1:
            partners[column.name] = left.pop(alike[0])
    pairs = tuple(Pair(partners[c.name], c) for c in after if c.name in partners)
    added = tuple(c for c in after if c.name not in partners)
    return Schemas(pairs, added, tuple(left.values()))
