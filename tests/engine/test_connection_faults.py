"""What drivers say of a connection, as a sentence with what to do."""

import pytest

from tui.engine.execution.connection_faults import fault_of, with_advice


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (
            'Database Error\n  connection to server at "127.0.0.1", port 5432 failed: FATAL:  '
            'password authentication failed for user "corner"',
            "refuses this user: check the user and the password",
        ),
        (
            'Database Error\n  connection to server at "127.0.0.1", port 1 failed: Connection '
            "refused\n   Is the server running on that host and accepting TCP/IP connections?",
            "cannot be reached: start the server",
        ),
        ("Could not connect to any of [('127.0.0.1', 1)]", "cannot be reached: start the server"),
        (
            'could not translate host name "x.invalid" to address: Name or service not known',
            "host of the database is not known: check the host",
        ),
        ("timeout expired", "does not answer: check the network"),
        (
            'connection to server at "h", port 5432 failed: FATAL:  database "nodb" does not exist',
            "has no such database",
        ),
        (
            "Database Error in model slow (models/slow.sql)\n  terminating connection due to "
            "administrator command\n  SSL connection has been closed unexpectedly",
            "connection to the database was lost: run again",
        ),
        ("server closed the connection unexpectedly", "connection to the database was lost"),
        ("TSocket read 0 bytes", "connection to the database was lost"),
        ("unexpected exception", "connection to the database was lost"),
        ("FATAL:  sorry, too many clients already", "takes no more connections"),
        ("FATAL:  the database system is shutting down", "starting or stopping"),
    ],
)
def test_the_first_line_says_what_to_do_and_the_driver_is_heard(said: str, words: str) -> None:
    first, _, rest = with_advice(said).partition("\n")
    assert words in first
    assert first.endswith(".")
    assert rest.split()[-1] == said.rsplit(maxsplit=1)[-1]
    assert "Database Error" not in rest


@pytest.mark.parametrize(
    "said",
    [
        "unexpected exception in the code",
        'column "no_such" does not exist',
        'relation "marts.orders" does not exist',
        "Compilation Error in model x (models/x.sql)\n  'closed' is undefined",
        "division by zero",
        "database error: function timeout(integer) does not exist",
        'Database Error\n  role "reader" does not exist',
    ],
)
def test_what_is_no_fault_of_the_connection_stays_as_it_is(said: str) -> None:
    assert fault_of(said) is None
    assert with_advice(said) == said
