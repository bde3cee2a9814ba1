"""Makes dbt projects of any size: for benches, and for tests of scale.

The same numbers always give the same files, byte for byte. As a program:

    python -m tests.projects.generated DIRECTORY --models 1000
"""

import argparse
import itertools
import random
from collections.abc import Iterator
from pathlib import Path

LAYERS = 10
TABLE_SHARE = 0.05
PREVIOUS_LAYER_SHARE = 0.8

PROJECT = """\
name: generated
version: "1.0.0"
config-version: 2
profile: generated

flags:
  send_anonymous_usage_stats: false
  require_generic_test_arguments_property: true

models:
  generated:
    +materialized: view
"""

PROFILE = """\
generated:
  target: dev
  outputs:
    dev:
      type: duckdb
      path: generated.duckdb
      threads: 4
"""

SEED = "id,category,amount\n" + "".join(
    f"{row},{'abcd'[row % 4]},{row * 37 % 1000}\n" for row in range(1, 101)
)

SOURCES = """\
version: 2

sources:
  - name: raw
    description: The table that the seed loads.
    schema: main
    tables:
      - name: events
        identifier: raw_events
"""

ROOT_MODEL = """\
-- The seed that fills this source must be loaded first.
-- depends_on: {{ ref('raw_events') }}
select id, category, amount from {{ source('raw', 'events') }}
"""


def generate_project(directory: Path, models: int, seed: int = 0) -> Path:
    """Write a project and return its directory.

    Args:
        directory: where to; made if it is not there. Files of an earlier, larger project stay.
        models: how many, 1 at least, spread evenly over ten layers. Those of the first layer
            read a source or a seed, each other one to three of the layers before.
        seed: another seed gives another graph of the same size.
    """
    if models < 1:
        raise ValueError(f"models must be 1 or more, not {models}")
    for path, text in _files(models, random.Random(seed)):
        file = directory / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return directory


def model_names(models: int) -> list[list[str]]:
    """The names of the models, layer by layer; a layer of a tiny project may be empty."""
    names = [f"m{number:05d}" for number in range(models)]
    bounds = [layer * models // LAYERS for layer in range(LAYERS)] + [models]
    layers = [names[start:end] for start, end in itertools.pairwise(bounds)]
    return [[f"l{depth}_{name}" for name in layer] for depth, layer in enumerate(layers)]


def _files(models: int, choose: random.Random) -> Iterator[tuple[str, str]]:
    yield "dbt_project.yml", PROJECT
    yield "profiles.yml", PROFILE
    yield "seeds/raw_events.csv", SEED
    yield "models/_sources.yml", SOURCES
    earlier: list[list[str]] = []
    for depth, layer in enumerate(model_names(models)):
        if not layer:
            continue
        folder = f"models/layer_{depth}"
        for name in layer:
            yield f"{folder}/{name}.sql", _model(_parents(earlier, choose), choose)
        yield f"{folder}/_layer_{depth}.yml", _layer_yaml(layer, choose)
        earlier.append(layer)


def _parents(earlier: list[list[str]], choose: random.Random) -> list[str]:
    if not earlier:
        return []
    wanted = choose.choices([1, 2, 3], [5, 3, 2])[0]
    parents: dict[str, None] = {choose.choice(earlier[-1]): None}
    while len(parents) < wanted:
        near = choose.random() < PREVIOUS_LAYER_SHARE
        layer = earlier[-1] if near else choose.choice(earlier)
        parents[choose.choice(layer)] = None
        wanted -= 1 if len(layer) < 3 else 0  # a tiny layer may have no other to give
    return list(parents)


def _model(parents: list[str], choose: random.Random) -> str:
    if not parents:
        if choose.random() < 0.5:
            return ROOT_MODEL
        return "select id, category, amount from {{ ref('raw_events') }}\n"
    header = ""
    if choose.random() < TABLE_SHARE:
        header = "{{ config(materialized='table') }}\n"
    first, *others = parents
    joins = "".join(
        f"left join {{{{ ref('{parent}') }}}} as p{number} on p0.id = p{number}.id\n"
        for number, parent in enumerate(others, 1)
    )
    return (
        f"{header}select p0.id, p0.category, p0.amount + {choose.randrange(10)} as amount\n"
        f"from {{{{ ref('{first}') }}}} as p0\n{joins}"
    )


def _layer_yaml(layer: list[str], choose: random.Random) -> str:
    lines = ["version: 2", "", "models:"]
    for name in layer:
        column, test = choose.choice([("id", "unique"), ("id", "not_null"), ("amount", "not_null")])
        lines += [
            f"  - name: {name}",
            f"    description: Model {name} of a generated project.",
            "    columns:",
        ]
        for other in ("id", "category", "amount"):
            lines += [f"      - name: {other}", f"        description: The {other} of the event."]
            if other == column:
                lines.append(f"        data_tests: [{test}]")
    return "\n".join(lines) + "\n"


def main() -> None:
    """Write one project, as the command line says."""
    parser = argparse.ArgumentParser(description="Write a dbt project of any size.")
    parser.add_argument("directory", type=Path)
    parser.add_argument("--models", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    generate_project(arguments.directory, arguments.models, arguments.seed)
    print(f"{arguments.models} models in {arguments.directory}")


if __name__ == "__main__":
    main()
