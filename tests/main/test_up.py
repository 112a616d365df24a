"""One command starts it all, keeps it alive and stops it."""

import fcntl
import os
import socket

import httpx
import psutil
import pytest

from tests.product import eventually

pytestmark = [pytest.mark.slow]


def test_it_starts_from_an_empty_folder_and_is_ready(alone):
    checks = httpx.get(f"{alone.url}/readyz").json()
    assert checks["ok"], checks
    assert "PostgreSQL 18" in checks["checks"][0]["say"]
    assert httpx.get(f"{alone.url}/healthz").json()["ok"]
    assert "leadwright_hits_waiting" in httpx.get(f"{alone.url}/metrics").text


def test_the_first_start_says_where_it_is_and_gives_a_link_to_sign_in_once(alone):
    said = eventually(lambda: "/app/" in alone.log.read_text() and alone.log.read_text())
    assert f"{alone.url}/app/" in said


def test_a_second_one_on_the_same_folder_is_refused_in_words(alone):
    again = alone.command("up", check=False)
    assert again.returncode == 2
    assert "Another Leadwright" in again.stderr


def test_a_taken_port_is_refused_in_words(alone, tmp_path):
    port = alone.url.rpartition(":")[2]
    again = alone.command("up", "--data", str(tmp_path), "--port", port, check=False)
    assert again.returncode == 2
    assert f"Port {port}" in again.stderr
    assert "--port" in again.stderr


@pytest.mark.parametrize("name", ["work", "web"])
def test_a_process_that_dies_is_started_again(alone, name):
    before = {child.pid for child in alone.children(name)}
    assert before
    alone.kill(name)
    eventually(lambda: {child.pid for child in alone.children(name)} - before)
    eventually(alone.is_ready)


def test_a_killed_database_comes_back_with_all_that_was_committed(alone):
    key = alone.key("read")
    alone.kill_database()
    eventually(alone.is_ready, within=60)
    answer = httpx.get(f"{alone.url}/api/v1/contacts", headers={"Authorization": f"Bearer {key}"})
    assert answer.status_code == 200


def test_it_stops_in_order_lets_go_of_everything_and_starts_again_where_it_stood(alone):
    key, folder = alone.key("read"), alone.log.parent
    below = psutil.Process(alone.process.pid).children(recursive=True)
    assert alone.stop() == 0, alone.log.read_text()[-3000:]
    _, alive = psutil.wait_procs(below, timeout=5)
    assert not alive
    with (folder / "lock").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", int(alone.url.rpartition(":")[2]))) != 0
    assert not (folder / "postgres" / "postmaster.pid").exists()
    alone.start()
    answer = httpx.get(f"{alone.url}/api/v1/contacts", headers={"Authorization": f"Bearer {key}"})
    assert answer.status_code == 200


def test_a_folder_that_cannot_be_written_is_refused_in_words(alone):
    if os.geteuid() == 0:
        answer = alone.command("up", "--data", "/proc/leadwright", check=False)
    else:
        answer = alone.command("up", "--data", "/leadwright", check=False)
    assert answer.returncode == 2
    assert "cannot be written" in answer.stderr
