"""Files are written completely or not at all."""

import os
import resource
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from posetrack.errors import InputError, OutputError
from posetrack.io.atomic import (
    atomic_path,
    atomic_write,
    leave,
    leftovers,
    refuse_overwriting,
    require_writable,
    temporary_beside,
)


def test_writes_and_leaves_no_temporary_file(tmp_path: Path) -> None:
    with atomic_write(tmp_path / "a.json") as file:
        file.write(b"one")
        assert not (tmp_path / "a.json").exists()
    assert (tmp_path / "a.json").read_bytes() == b"one"
    assert os.listdir(tmp_path) == ["a.json"]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_an_exception_keeps_what_was_there(tmp_path: Path, error: type[BaseException]) -> None:
    (tmp_path / "a.json").write_bytes(b"old")
    with pytest.raises(error), atomic_write(tmp_path / "a.json") as file:
        file.write(b"half")
        raise error
    assert (tmp_path / "a.json").read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["a.json"]


def test_permissions_follow_the_umask(tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        with atomic_write(tmp_path / "a") as file:
            file.write(b"x")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0o644


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").write_bytes(b"old")
    (tmp_path / "link").symlink_to("real")
    with atomic_write(tmp_path / "link") as file:
        file.write(b"new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_bytes() == b"new"


def test_links_to_links_over_folders_stay(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "folder").symlink_to("deep")
    (tmp_path / "deep" / "second").symlink_to("../real")
    (tmp_path / "first").symlink_to("folder/second")
    with atomic_write(tmp_path / "first") as file:  # the link's target does not exist yet
        file.write(b"new")
    assert (tmp_path / "real").read_bytes() == b"new" and not (tmp_path / "real").is_symlink()
    assert (tmp_path / "first").is_symlink() and (tmp_path / "deep" / "second").is_symlink()


def test_links_in_a_circle(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")
    with pytest.raises(OutputError, match="lead in a circle"), atomic_write(tmp_path / "a"):
        pass


def test_long_names(tmp_path: Path) -> None:
    name = "n" * 250 + ".json"
    with atomic_write(tmp_path / name) as file:
        file.write(b"x")
    assert os.listdir(tmp_path) == [name]


def test_missing_folder(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"no/a\.json: cannot be written: the folder does not exist"):
        with atomic_write(tmp_path / "no" / "a.json"):
            pass


def test_a_folder_of_that_name(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="a folder of this name exists"), atomic_write(tmp_path):
        pass


def test_a_file_where_a_folder_should_be(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(OutputError, match="is a file, not a folder"), atomic_write(tmp_path / "file" / "a.json"):
        pass


def test_a_device_is_never_replaced() -> None:
    with pytest.raises(OutputError, match="not a regular file"), atomic_write("/dev/null"):
        pass
    assert stat.S_ISCHR(os.stat("/dev/null").st_mode)


@pytest.mark.skipif(not os.path.exists("/proc/self/fd"), reason="no /proc on this system")
def test_what_a_process_has_open_is_never_replaced(tmp_path: Path) -> None:
    """As in ``command --json /dev/stdout >> log``, where the path resolves to a regular file, the user's log."""
    log = tmp_path / "log"
    log.write_bytes(b"old\n")
    (tmp_path / "link").symlink_to("/dev/stdout")
    os.mkfifo(tmp_path / "fifo.json")
    code = (
        "import sys\n"
        "from posetrack.errors import OutputError\n"
        "from posetrack.io.atomic import atomic_write, require_writable\n"
        "for path in sys.argv[1:]:\n"
        "    for call in (require_writable, lambda path: atomic_write(path).__enter__()):\n"
        "        try:\n"
        "            call(path)\n"
        "        except OutputError as error:\n"
        "            print(error, file=sys.stderr)\n"
    )
    paths = ["/dev/stdout", "/dev/fd/1", "/proc/self/fd/1", str(tmp_path / "link"), str(tmp_path / "fifo.json")]
    expected = [f"{path}: cannot be written: it is not a regular file (a device or a pipe); name a file"
                for path in paths for _ in range(2)]  # fmt: skip
    with open(log, "ab") as file:
        for stdout in (file, subprocess.PIPE):
            done = subprocess.run([sys.executable, "-B", "-c", code, *paths], stdout=stdout, stderr=subprocess.PIPE,
                                  text=True, cwd=Path(__file__).parents[2])  # fmt: skip
            assert done.stderr.splitlines() == expected
        assert os.path.samestat(os.fstat(file.fileno()), os.stat(log))
    assert log.read_bytes() == b"old\n"


def test_what_killed_processes_left(tmp_path: Path) -> None:
    code = (
        "import os, signal, sys; from posetrack.io.atomic import atomic_write\n"
        "with atomic_write(sys.argv[1]): os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    for name in ("a.b.json", "plain"):
        subprocess.run([sys.executable, "-B", "-c", code, str(tmp_path / name)], cwd=Path(__file__).parents[2])
    (tmp_path / ".note.tmp").write_text("somebody else's")
    with atomic_write(tmp_path / "c.json"):
        assert {name for _, name in leftovers(tmp_path)} == {"a.b.json", "plain"}
        assert len(os.listdir(tmp_path)) == 4
    assert all(path.parent == tmp_path and path.exists() for path, _ in leftovers(tmp_path))


def test_what_this_process_left_and_what_one_of_its_number_did(tmp_path: Path) -> None:
    """In a container each process may get the same pid as the previous one."""
    mine, left, earlier = (temporary_beside(tmp_path / name) for name in ("mine.json", "left.json", "earlier.json"))
    for path in (mine, left, earlier):
        path.write_bytes(b"")
    leave(left)
    os.utime(earlier, (1e9, 1e9))
    assert {name for _, name in leftovers(tmp_path)} == {"left.json", "earlier.json"}


def test_what_is_replaced_keeps_its_permissions(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"secret")
    (tmp_path / "a").chmod(0o600)
    with atomic_write(tmp_path / "a") as file:
        file.write(b"new")
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0o600


@pytest.mark.skipif(not os.access("/dev/shm", os.W_OK), reason="no /dev/shm on this system")
def test_shared_memory_holds_ordinary_files() -> None:
    require_writable(f"/dev/shm/posetrack-test-{os.getpid()}")


def test_an_output_that_is_an_input_by_another_name(tmp_path: Path) -> None:
    (tmp_path / "in").write_bytes(b"")
    (tmp_path / "link").symlink_to("in")
    (tmp_path / "other").write_bytes(b"")
    for output in ("in", "link", "../" + tmp_path.name + "/in"):
        with pytest.raises(InputError, match="is an input, and would be overwritten; choose another --output"):
            refuse_overwriting([tmp_path / "new", tmp_path / output], [tmp_path / "absent", tmp_path / "in"], "--output")
    refuse_overwriting([tmp_path / "new", tmp_path / "other"], ["a\0b", tmp_path / "new", tmp_path / "in"], "--output")


def test_an_error_about_another_file_is_not_ours(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), atomic_path(tmp_path / "a"):
        open(tmp_path / "input").close()


def test_no_room_left(tmp_path: Path) -> None:
    """A real write error half-way: a file size limit."""
    code = (
        "import sys; from posetrack.io.atomic import atomic_write\n"
        "with atomic_write(sys.argv[1]) as f:\n"
        "    f.write(b'x' * 100_000)\n"
    )

    def limit() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, 10_000))

    (tmp_path / "a").write_bytes(b"old")
    done = subprocess.run(
        [sys.executable, "-B", "-c", code, str(tmp_path / "a")],
        preexec_fn=limit, capture_output=True, text=True, cwd=Path(__file__).parents[2],
    )  # fmt: skip
    assert "OutputError" in done.stderr and "the file is larger than this disk" in done.stderr
    assert (tmp_path / "a").read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["a"]


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full on this system")
def test_disk_full_is_said_in_plain_words(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="the disk is full"), atomic_path(tmp_path / "a") as temporary:
        temporary.symlink_to("/dev/full")
        with open(temporary, "wb") as file:
            file.write(b"x")
    assert os.listdir(tmp_path) == []


def test_asking_whether_a_file_can_be_written_leaves_no_trace(tmp_path: Path) -> None:
    old = tmp_path / "old.txt"
    old.write_text("old")
    for path in (old, tmp_path / "new.txt"):
        require_writable(path)
    assert [path.name for path in tmp_path.iterdir()] == ["old.txt"] and old.read_text() == "old"
    for path, advice in ((tmp_path, "a folder of this name exists"), (tmp_path / "no" / "a.txt", "does not exist"),
                         (old / "a.txt", "a part of the path is a file"), (Path("/dev/null"), "not a regular file")):  # fmt: skip
        with pytest.raises(OutputError, match=f"cannot be written: .*{advice}"):
            require_writable(path)
