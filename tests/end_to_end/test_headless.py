"""The commands of scripts, on the same history as the screen."""

from pathlib import Path

from tests.bench.projects import save
from tests.end_to_end.headless import dbtree, dbtree_json
from tests.end_to_end.user import opens, rows_of


def test_a_script_builds_breaks_and_asks_and_the_screen_shows_what_it_did(shop: Path) -> None:
    built = dbtree(shop, "materialize", "+customers", "--exclude", "test_type:data")
    assert built.returncode == 0, built.stderr
    assert rows_of(shop, "select count(*) > 0 from marts.customers") == [(True,)]
    assets = {asset["name"]: asset for asset in dbtree_json(shop, "ls", "--json")}
    assert assets["customers"]["status"] == "fresh"
    assert assets["supplies_to_reorder"]["status"] == "never materialized"
    save_broken(shop / "models" / "staging" / "stg_orders.sql")
    assert dbtree(shop, "materialize", "stg_orders+1").returncode == 1
    (latest, first) = dbtree_json(shop, "runs", "--json")
    assert (latest["status"], first["status"]) == ("failed", "success")
    log = dbtree(shop, "logs", latest["run_id"])
    assert "no_such_column" in log.stdout
    with opens(shop) as user:
        user.sees_ready()
        user.goes_to("stg_orders")
        user.sees_asset("stg_orders", "failed")
        user.goes_to("customers")
        user.sees_asset("customers", "stale")


def test_a_history_that_is_deleted_or_corrupt_is_made_again_from_the_logs(shop: Path) -> None:
    assert dbtree(shop, "materialize", "raw_orders").returncode == 0
    before = dbtree_json(shop, "runs", "--json")
    state = shop / ".dbtree"
    (state / "history.db").write_bytes(b"this is no database" * 1000)
    for beside in ("history.db-wal", "history.db-shm"):
        (state / beside).unlink(missing_ok=True)
    for snapshot in state.glob("snapshot-*"):
        snapshot.write_bytes(b"\x80neither a snapshot")
    (state / "session.json").write_text("{", "utf-8")
    assert dbtree_json(shop, "runs", "--json") == before
    with opens(shop) as user:
        user.sees_ready()
        user.goes_to("raw_orders")
        user.sees_asset("raw_orders", "fresh")


def save_broken(file: Path) -> None:
    save(file, file.read_text("utf-8").replace("select", "select no_such_column,", 1))
