"""Where output goes: whole to a file or not at all, and quietly away when nobody reads it."""

from __future__ import annotations

import os
import resource
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from symrnn.whole import write_whole

DERIVE = [sys.executable, "-m", "symrnn", "derive", "--cell", "rnn", "--steps", "1"]

FULL = Path("/dev/full")


def few_bytes() -> None:
    """Let files grow to a hundred bytes only, as on a disk that is full."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_file_is_written_and_nothing_else(tmp_path: Path) -> None:
    write_whole("∂L/∂h\n", str(tmp_path / "new.txt"))
    assert (tmp_path / "new.txt").read_text(encoding="utf-8") == "∂L/∂h\n"
    assert names(tmp_path) == ["new.txt"]


def test_a_file_keeps_its_permissions(tmp_path: Path) -> None:
    place = tmp_path / "secret.txt"
    place.write_text("old")
    place.chmod(0o600)
    write_whole("new", str(place))
    assert place.read_text() == "new"
    assert stat.S_IMODE(place.stat().st_mode) == 0o600


def test_a_new_file_has_the_permissions_that_any_new_file_has(tmp_path: Path) -> None:
    (tmp_path / "other.txt").write_text("")
    write_whole("new", str(tmp_path / "new.txt"))
    assert (tmp_path / "new.txt").stat().st_mode == (tmp_path / "other.txt").stat().st_mode


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "real.txt").write_text("old")
    (tmp_path / "link.txt").symlink_to("real.txt")
    write_whole("new", str(tmp_path / "link.txt"))
    assert (tmp_path / "link.txt").is_symlink()
    assert (tmp_path / "real.txt").read_text() == "new"


def test_a_pipe_is_written_to_and_not_replaced(tmp_path: Path) -> None:
    """As is a device: -o /dev/null must not make a file of it."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        write_whole("through", str(pipe))
        assert os.read(reader, 100) == b"through"
    finally:
        os.close(reader)
    assert pipe.is_fifo()
    assert names(tmp_path) == ["pipe"]


@pytest.mark.parametrize("where", ["", "no/such/folder.txt", "file/below.txt", "folder", "x" * 300])
def test_a_place_that_cannot_be_written_is_an_error_that_leaves_nothing(where: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("old")
    (tmp_path / "folder").mkdir()
    with pytest.raises(OSError, match=r"\S"):
        write_whole("new", str(tmp_path / where) if where else "")
    assert names(tmp_path) == ["file", "folder"]
    assert (tmp_path / "file").read_text() == "old"


def test_a_disk_that_is_full_leaves_what_was_there(tmp_path: Path) -> None:
    place = tmp_path / "old.txt"
    place.write_text("precious")
    done = subprocess.run(
        [*DERIVE, "-o", str(place)], capture_output=True, text=True, check=False, preexec_fn=few_bytes
    )
    assert done.returncode == 2
    assert "choose another place with -o" in done.stderr
    assert "Traceback" not in done.stderr
    assert place.read_text() == "precious"
    assert names(tmp_path) == ["old.txt"]


@pytest.mark.skipif(not FULL.exists(), reason="this system has no device that is always full")
@pytest.mark.parametrize("command", [DERIVE[3:], ["cells"]])
def test_standard_output_that_is_full_is_a_message_and_exit_code_2(command: list[str]) -> None:
    with FULL.open("w") as out:
        done = subprocess.run(
            [*DERIVE[:3], *command], stdout=out, stderr=subprocess.PIPE, text=True, check=False
        )
    assert done.returncode == 2
    assert done.stderr.startswith("Error: the output cannot be written")
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("command", [DERIVE[3:], ["cells"], ["verify", "--cell", "parity", "--steps", "1"]])
def test_a_reader_that_leaves_early_is_no_error_to_tell(command: list[str]) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [sys.executable, "-m", "symrnn", *command],
        stdout=writing,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    os.close(writing)
    assert done.stderr == ""


def test_data_goes_to_standard_output_and_messages_to_standard_error() -> None:
    good = subprocess.run(DERIVE, capture_output=True, text=True, check=False)
    assert good.returncode == 0
    assert good.stderr == ""
    assert "Backward pass" in good.stdout
    bad = subprocess.run([*DERIVE, "--steps", "0"], capture_output=True, text=True, check=False)
    assert bad.returncode == 2
    assert bad.stdout == ""
    assert "Error" in bad.stderr


@pytest.mark.parametrize("line", ["h[t] = tanh(x[t] + 1or 2)", "h[t] = tanh(2if)", "h[t] = '\\d' @ x[t]"])
def test_what_python_would_warn_of_gets_one_message(line: str, tmp_path: Path) -> None:
    (tmp_path / "cell.rnn").write_text(f"x[t]: n\n{line}\n")
    done = subprocess.run(
        [*DERIVE[:4], "cell.rnn"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert done.stderr.startswith("Error: cell.rnn:2:")
    assert "Warning" not in done.stderr
