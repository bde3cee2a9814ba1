"""The service: one of a target at a time, and how it says that it is."""

from __future__ import annotations

import os
import time

import pytest

from tui.errors import RunError
from tui.schedules.instance import (
    QUIET,
    all_records,
    only_instance,
    own_record,
    read_record,
    write_record,
)


def test_there_is_one_of_a_target_at_a_time(tmp_path):
    with only_instance(tmp_path, "prod"):
        write_record(tmp_path, own_record("prod", 5.0, problem="", on=2))
        words = f"runs already for prod .process {os.getpid()}"
        with pytest.raises(RunError, match=words), only_instance(tmp_path, "prod"):
            pass
        with only_instance(tmp_path, "dev/x"):
            pass
        [record] = all_records(tmp_path)
        assert (record.target, record.on, record.is_running) == ("prod", 2, True)
        assert record.trouble(time.time()) == ""
        assert "not been heard of" in record.trouble(time.time() + QUIET + 5)
    assert read_record(tmp_path, "prod") is None
    with only_instance(tmp_path, "prod"):
        pass


def test_one_that_was_killed_is_told_as_not_running(tmp_path):
    with only_instance(tmp_path, "prod"):
        pass  # makes the lock's file
    write_record(tmp_path, own_record("prod", 5.0, problem="", on=2))
    record = read_record(tmp_path, "prod")
    assert record is not None
    assert record.trouble(time.time()) == "It is not running."
    broken = own_record("dev", 5.0, problem="models/a.sql: no such ref", on=0)
    assert broken.trouble(time.time()) == "models/a.sql: no such ref"
