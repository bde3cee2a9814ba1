"""Gives some names of dbt and agate another word, everywhere in them, as a later version might; and
lets some of dbtree's patches fail.

Put on PYTHONPATH, it is run before anything else. The words are in `DBTREE_TEST_RENAMED`, the
modules of the patches in `DBTREE_TEST_FAILING`.
"""

import importlib.machinery
import os
import re
import sys

WORDS = os.environ.get("DBTREE_TEST_RENAMED", "").split()
FAILING = {
    f"tui.engine.patches.{each}" for each in os.environ.get("DBTREE_TEST_FAILING", "").split()
}
PACKAGES = ("dbt", "dbt_common", "agate")
PATTERN = re.compile(r"\b(" + "|".join(map(re.escape, WORDS)) + r")\b")


class Renaming(importlib.machinery.SourceFileLoader):
    """Compiles a module with the other words, where it has any of them."""

    def get_code(self, fullname):
        source = self.get_data(self.path).decode("utf-8")
        if not PATTERN.search(source):
            return super().get_code(fullname)
        return compile(PATTERN.sub(r"\1_renamed", source), self.path, "exec", dont_inherit=True)


class Finder:
    """Finds the modules of these packages for it."""

    @staticmethod
    def find_spec(name, path=None, target=None):
        if name in FAILING:
            raise ImportError(f"{name} fails in this test")
        if not WORDS or name.split(".")[0] not in PACKAGES:
            return None
        spec = importlib.machinery.PathFinder.find_spec(name, path, target)
        if spec is not None and type(spec.loader) is importlib.machinery.SourceFileLoader:
            spec.loader = Renaming(spec.loader.name, spec.loader.path)
        return spec


if WORDS or FAILING:
    sys.meta_path.insert(0, Finder)
