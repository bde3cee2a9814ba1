"""Distinct secrets are planted wherever dbt takes them, and looked for in all that comes out."""

from pathlib import Path

import pytest

from tests.terminal import PROGRAM, Terminal, user_environment
from tests.waits import PATIENCE
from tests.warm_python import program

EXPORTED, TOKEN, IN_PATH = "PLANTEDexported+1/x", "PLANTEDtoken!2", "PLANTEDpath3"
SECRETS = ("PLANTEDexported", "PLANTEDtoken", "PLANTEDpath")
ENVIRONMENT = {
    "DBT_ENV_SECRET_EXPORTED": EXPORTED,
    "DBT_ENV_SECRET_PATH": IN_PATH,
}
SAID = "'PLANTED' ~ 'token!2 PLANTED' ~ 'exported+1/x PLANTED' ~ 'exported%2B1%2Fx'"
FILES = {
    "dbt_project.yml": "name: shop\nprofile: shop\nflags: {send_anonymous_usage_stats: false}\n",
    "profiles.yml": "shop:\n  target: dev\n  outputs:\n    dev:\n      type: duckdb\n"
    "      path: \"{{ env_var('DBT_ENV_SECRET_PATH') }}/shop.duckdb\"\n      secrets:\n"
    f"        - {{type: http, name: one, bearer_token: '{TOKEN}'}}\n"
    "        - type: http\n          name: two\n"
    "          bearer_token: \"{{ env_var('DBT_ENV_SECRET_EXPORTED') }}\"\n",
    "models/good.sql": "select 'http' as is_no_secret",
    "models/fails.sql": f"{{{{ config(materialized='table') }}}}\n{{{{ print({SAID}) }}}}"
    f"{{{{ log({SAID}, info=true) }}}}{{% do exceptions.warn({SAID}) %}}"
    "select error('PLANTED' || 'token!2 and PLANTED' || 'exported+1/x') as x",
}


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    root = tmp_path_factory.mktemp("secrets") / "shop"
    for name, text in FILES.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    (root / IN_PATH).mkdir()
    return root


def environment(root: Path, **more: str) -> dict[str, str]:
    return user_environment(root, **ENVIRONMENT, **more)


def run(root: Path, *arguments: str, **more: str) -> str:
    done = program.run(
        arguments, cwd=root, environment=environment(root, **more), timeout=2 * PATIENCE
    )
    return done.stdout + done.stderr


def leaks(text: str) -> list[str]:
    return [line[:300] for line in text.splitlines() if any(secret in line for secret in SECRETS)]


def kept(root: Path) -> list[str]:
    """The files of the state directory that hold a secret."""
    return [
        str(path.relative_to(root))
        for path in (root / ".dbtree").rglob("*")
        if path.is_file() and any(secret.encode() in path.read_bytes() for secret in SECRETS)
    ]


def test_no_command_and_no_file_of_ours_tells_a_secret(shop):
    secret_vars = f"{{key: '{EXPORTED}'}}"
    said = {
        words: run(shop, *words.split(), *more, DBTREE_FORK=fork)
        for words, more, fork in (
            ("info", ("--vars", secret_vars), "1"),
            ("materialize", ("--vars", secret_vars), "1"),
            ("materialize --json fails", ("--vars", secret_vars), "0"),
            ("ls --json", (), "1"),
            ("status --json", (), "1"),
            ("runs --json", (), "1"),
            ("runs", (), "1"),
            ("logs --level debug", (), "1"),
            ("logs --raw", (), "1"),
        )
    }
    assert {words: leaks(text) for words, text in said.items() if leaks(text)} == {}
    assert kept(shop) == []
    assert "*****" in said["materialize"], "the failure told nothing at all"


def test_the_screen_tells_no_secret(shop):
    command: list[str | Path] = [PROGRAM, "--vars", f"{{key: '{EXPORTED}'}}"]
    with Terminal(command, cwd=shop, environment=environment(shop), columns=150, rows=45) as seen:
        seen.wait_for("watching")
        seen.type("j")
        seen.type("M")
        seen.wait_for("*****")
        seen.wait_for("failed")
        commands = [command_line(pid) for pid in below(seen.process.pid)]
        sent = bytes(seen.output).decode("utf-8", "replace")
    assert leaks(sent) == []
    assert commands, "no engine was seen"
    assert [line for line in commands if leaks(line)] == []
    assert kept(shop) == []


def test_an_error_of_the_adapter_tells_no_secret(shop):
    (shop / IN_PATH).rename(shop / "elsewhere")
    try:
        said = run(shop, "materialize")
        assert "shop.duckdb" in said
        assert leaks(said) == []
        assert kept(shop) == []
    finally:
        (shop / "elsewhere").rename(shop / IN_PATH)


def below(pid: int) -> list[int]:
    """The processes that a process has started."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except OSError:
                continue
            if parent == pid:
                found.append(int(entry.name))
    return found


def command_line(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text()
    except OSError:
        return ""
