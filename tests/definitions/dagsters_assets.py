"""Prints what Dagster knows of a module's Definitions, as JSON: run by the Python that has it."""
# mypy: ignore-errors

import importlib
import json
import os
import sys

import dagster as dg

OUT = os.dup(1)
os.dup2(2, 1)  # what the definitions print is no part of the answer


def facts(node):
    return {
        "parents": sorted(one.to_user_string() for one in node.parent_keys),
        "group": node.group_name,
        "owners": sorted(node.owners),
        "tags": {key: value for key, value in node.tags.items() if "dagster/kind/" not in key},
        "kinds": sorted(node.kinds),
        "metadata": sorted(node.metadata),
        "description": node.description or "",
        "is_made": node.is_materializable,
        "is_partitioned": node.partitions_def is not None,
    }


def known(module):
    found = importlib.import_module(module)
    defs = next((one for one in vars(found).values() if isinstance(one, dg.Definitions)), None)
    if defs is None:
        defs = next(one for one in vars(found).values() if hasattr(one, "load_fn"))()
    repository = defs.get_repository_def()
    graph = repository.asset_graph
    return {
        "assets": {
            key.to_user_string(): facts(graph.get(key)) for key in graph.get_all_asset_keys()
        },
        "checks": sorted(
            f"{key.asset_key.to_user_string()}:{key.name}" for key in graph.asset_check_keys
        ),
        "schedules": {one.name: one.cron_schedule for one in repository.schedule_defs},
        "sensors": sorted(one.name for one in repository.sensor_defs),
    }


os.write(OUT, json.dumps(known(sys.argv[1])).encode())
