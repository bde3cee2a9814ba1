"""What travels over the socket of the engine that stays."""

import os
import socket

import pytest

from tui.protocol.resident import (
    HEADER,
    LARGEST,
    NotPrivate,
    answers,
    peer_user,
    receive_request,
    send_answer,
    send_request,
    socket_directory,
)


@pytest.fixture
def ends():
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield ours, theirs


def test_a_request_arrives_whole_with_its_streams(ends, tmp_path):
    request = {"environment": {"BYTES": os.fsdecode(b"\xff"), "LONG": "x" * 100_000}}
    with open(tmp_path / "out", "w+b") as file:
        sender = os.fork()
        if sender == 0:
            send_request(ends[0], request, (file.fileno(),))
            os._exit(0)
        found, streams = receive_request(ends[1])
        os.waitpid(sender, 0)
        assert found == request
        (stream,) = streams
        os.write(stream, b"written by the other side")
        os.close(stream)
        file.seek(0)
        assert file.read() == b"written by the other side"


@pytest.mark.parametrize(
    "sent",
    [b"", b"\0\0", HEADER.pack(10) + b"{}", HEADER.pack(2) + b"[]", HEADER.pack(LARGEST + 1)],
)
def test_what_is_no_request_is_none_and_leaves_no_descriptor(ends, sent):
    before = len(os.listdir("/dev/fd"))
    if sent:
        socket.send_fds(ends[0], [sent], [0, 1, 2])
    ends[0].shutdown(socket.SHUT_WR)
    with pytest.raises(ValueError):
        receive_request(ends[1])
    assert len(os.listdir("/dev/fd")) == before


def test_answers_come_line_by_line(ends):
    for number in range(3):
        send_answer(ends[0], {"number": number})
    ends[0].close()
    assert [answer["number"] for answer in answers(ends[1])] == [0, 1, 2]


def test_the_peer_is_this_user(ends):
    assert peer_user(ends[0]) == os.getuid()


def test_the_directory_is_the_users_alone(tmp_path):
    found = socket_directory({"XDG_RUNTIME_DIR": str(tmp_path)})
    assert found == tmp_path / "dbtree"
    found.chmod(0o755)
    assert socket_directory({"XDG_RUNTIME_DIR": str(tmp_path)}).stat().st_mode & 0o777 == 0o700
    found.rmdir()
    found.symlink_to(tmp_path)
    with pytest.raises(NotPrivate):
        socket_directory({"XDG_RUNTIME_DIR": str(tmp_path)})
