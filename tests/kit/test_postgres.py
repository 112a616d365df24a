import os
from pathlib import Path

import pytest

from leadwright.kit import postgres


@pytest.mark.slow
def test_it_stops_although_its_user_has_lost_the_way_to_its_folder(tmp_path: Path) -> None:
    above = tmp_path / "above"
    above.mkdir()
    folder = above / "postgres"
    postgres.start(folder, "fsync = off\n")
    try:
        assert postgres.running(folder)
        above.chmod(0o700)
    finally:
        postgres.stop(folder)
    assert postgres.running(folder) is None
    postgres.stop(folder)  # once more does no harm


def test_it_ends_no_other_program_that_has_its_number_by_now(tmp_path: Path) -> None:
    lines = [os.getpid(), tmp_path, 1_700_000_000, 5432, tmp_path, "", "1 2", "ready"]
    (tmp_path / "postmaster.pid").write_text("\n".join(map(str, lines)) + "\n", encoding="utf-8")
    postgres.stop(tmp_path)
