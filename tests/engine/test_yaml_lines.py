"""Where a check stands in a file of YAML, as far as lines tell."""

import pytest

from tui.engine.records.yaml_lines import YamlLines

TEXT = """
models:
  - name: orders
    columns:
      - name: id
        tests:
          - dbt_utils.unique_combination
          - unique_id
          - my.unique
          - unique
      - name: Total
        tests: [not_null, {unique: {severity: warn}}]
"""


@pytest.mark.parametrize(
    ("words", "column", "line"),
    [
        (("unique",), "id", 10),
        (("unique",), "total", 12),
        (("dbt_utils.unique_combination",), "id", 7),
        (("nowhere", "not_null"), "", 12),
        (("nowhere",), "id", 5),
        (("nowhere",), "", 3),
    ],
)
def test_a_word_counts_where_it_is_a_whole_one(words, column, line):
    yaml = YamlLines(TEXT)
    within = yaml.find("models", "orders")
    assert within is not None
    assert yaml.line_of_word(within, words, column) == line
