"""Which files may have changed since a look at them."""

import os

from tui.engine.parse.file_stamps import FileStamps, Places, is_settled, look

LONG_AGO = 1_600_000_000


def at(path, text, when=LONG_AGO):
    path.write_text(text)
    os.utime(path, (when, when))
    return str(path)


def stamps(**files):
    return FileStamps(files, {})


def test_what_is_new_gone_or_has_another_stamp_may_have_changed():
    before = stamps(same=(1, 1, 1, 1), gone=(1, 1, 1, 1), other=(1, 1, 1, 1))
    after = stamps(same=(1, 1, 1, 1), new=(1, 1, 1, 1), other=(2, 1, 1, 1))
    assert before.changed(after) == {"gone", "new", "other"}


def test_without_a_stamp_to_be_trusted_a_file_counts_as_changed():
    was, none = (1, 1, 1, 1), None
    assert stamps(a=none).changed(stamps(a=was)) == {"a"}
    assert stamps(a=was).changed(stamps(a=none)) == {"a"}
    assert stamps(a=none).changed(stamps(a=none)) == {"a"}
    assert stamps().changed(stamps(a=none)) == {"a"}


def test_a_look_goes_into_directories_and_not_into_links_to_them(tmp_path):
    (tmp_path / "models" / "deep").mkdir(parents=True)
    inside = at(tmp_path / "models" / "deep" / "a.sql", "select 1")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    at(elsewhere / "b.sql", "select 2")
    (tmp_path / "models" / "link").symlink_to(elsewhere)
    (tmp_path / "models" / "c.sql").symlink_to(elsewhere / "b.sql")
    found = look(Places((str(tmp_path / "models"), str(tmp_path / "nowhere")), ()))
    assert {*found.files} == {inside, str(tmp_path / "models" / "c.sql")}


def test_a_file_that_was_just_saved_has_no_stamp_although_its_time_says_otherwise(tmp_path):
    path = at(tmp_path / "a.sql", "select 1")  # its change time cannot be set
    assert look(Places((str(tmp_path),), ())).files == {path: None}


def test_configuration_is_compared_by_what_it_holds(tmp_path):
    path = at(tmp_path / "dbt_project.yml", "name: a")
    places = Places((), (path, str(tmp_path / "packages.yml"), str(tmp_path)))
    before = look(places)
    assert before.configuration == look(places).configuration
    at(tmp_path / "dbt_project.yml", "name: b")
    assert before.configuration != look(places).configuration
    assert not is_settled(places, os.stat(path).st_ctime)
    assert is_settled(places, os.stat(path).st_ctime + 60)
