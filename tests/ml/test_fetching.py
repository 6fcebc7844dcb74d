"""Fetching, from real HTTP servers on this machine that misbehave on demand."""

import gzip
import hashlib
import http.server
import random
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import pytest

from ml.errors import DatasetError
from ml.fetching import MNIST_MIRRORS, MNIST_SHA256, default_cache_dir, fetch_mnist

# Random bytes, for they do not pack: what is sent is about as long as this.
CONTENT = random.Random(1).randbytes(200_000)
PACKED = gzip.compress(CONTENT, mtime=0)
NAME = "digits-idx1-ubyte"
SHA256 = {NAME: hashlib.sha256(CONTENT).hexdigest()}


class Mirror(http.server.ThreadingHTTPServer):
    """A server of one file, and what was asked of it."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.body = PACKED
        self.status = 200
        self.knows_ranges = True
        self.says_length = True
        self.cut_after: list[int] = []
        self.location = ""
        self.asked: list[str | None] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/mnist/"


class _Handler(http.server.BaseHTTPRequestHandler):
    server: Mirror
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        mirror = self.server
        mirror.asked.append(self.headers["Range"])
        self.close_connection = True
        start = self._start()
        if start > len(mirror.body) - 1:
            self.send_error(416)
            return
        self.send_response(206 if start else mirror.status)
        if start:
            last = len(mirror.body) - 1
            self.send_header(
                "Content-Range", f"bytes {start}-{last}/{len(mirror.body)}"
            )
        if mirror.says_length:
            self.send_header("Content-Length", str(len(mirror.body) - start))
        if mirror.location:
            self.send_header("Location", mirror.location)
        self.end_headers()
        stop = mirror.cut_after.pop(0) if mirror.cut_after else len(mirror.body)
        self.wfile.write(mirror.body[start:stop])

    def _start(self) -> int:
        wanted = self.headers["Range"]
        if wanted is None or not self.server.knows_ranges:
            return 0
        return int(wanted.removeprefix("bytes=").removesuffix("-"))

    def log_message(self, *args: object) -> None:
        """Keep the tests' output clean."""


@pytest.fixture
def mirrors() -> Iterator[list[Mirror]]:
    """Two mirrors, both well."""
    with ExitStack() as stack:
        servers = [stack.enter_context(Mirror()) for _ in range(2)]
        for server in servers:
            # Polled often: shutdown() waits for the next poll.
            serve = partial(server.serve_forever, poll_interval=0.01)
            threading.Thread(target=serve, daemon=True).start()
            stack.callback(server.shutdown)
        yield servers


def fetch(folder: Path, mirrors: list[Mirror], **options: object) -> bytes:
    """Fetch, and give what then stands unpacked in the folder."""
    urls = [mirror.url for mirror in mirrors]
    fetch_mnist(folder, mirrors=urls, sha256=SHA256, timeout_s=5, **options)
    assert [path.name for path in folder.iterdir()] == [f"{NAME}.gz"]
    return gzip.decompress((folder / f"{NAME}.gz").read_bytes())


def test_a_file_is_fetched_whole_from_the_first_mirror(tmp_path, mirrors):
    seen = []

    def progress(name: str, done_bytes: int, total_bytes: int | None) -> None:
        seen.append((name, done_bytes, total_bytes))

    content = fetch(tmp_path / "new", mirrors, progress=progress)

    assert content == CONTENT
    assert [len(mirror.asked) for mirror in mirrors] == [1, 0]
    assert seen[-1] == (f"{NAME}.gz", len(PACKED), len(PACKED))


def test_a_file_that_is_there_and_right_is_not_fetched_again(tmp_path, mirrors):
    fetch(tmp_path, mirrors)

    fetch(tmp_path, mirrors)

    assert len(mirrors[0].asked) == 1


def test_a_file_that_is_there_but_damaged_is_fetched_again(tmp_path, mirrors):
    (tmp_path / f"{NAME}.gz").write_bytes(PACKED[:-1])

    assert fetch(tmp_path, mirrors) == CONTENT


def test_a_cut_connection_is_resumed_where_it_broke(tmp_path, mirrors):
    mirrors[0].cut_after = [70_000]

    content = fetch(tmp_path, mirrors)

    assert content == CONTENT
    assert mirrors[0].asked == [None, "bytes=70000-"]
    assert mirrors[1].asked == []


def test_a_part_left_by_an_earlier_run_is_resumed(tmp_path, mirrors):
    (tmp_path / f"{NAME}.gz.part").write_bytes(PACKED[:50_000])

    content = fetch(tmp_path, mirrors)

    assert content == CONTENT
    assert mirrors[0].asked == ["bytes=50000-"]


def test_the_next_mirror_goes_on_with_what_the_first_began(tmp_path, mirrors):
    mirrors[0].cut_after = [50_000, 50_000]
    mirrors[0].knows_ranges = False

    content = fetch(tmp_path, mirrors)

    assert content == CONTENT
    assert mirrors[1].asked == ["bytes=50000-"]


def test_a_server_without_ranges_sends_it_all_again(tmp_path, mirrors):
    mirrors[0].knows_ranges = False
    (tmp_path / f"{NAME}.gz.part").write_bytes(PACKED[:50_000])

    content = fetch(tmp_path, mirrors)

    assert content == CONTENT
    assert mirrors[0].asked == ["bytes=50000-"]


def test_a_part_of_another_packing_is_thrown_away(tmp_path, mirrors):
    other_packing = gzip.compress(CONTENT, compresslevel=1, mtime=1)
    (tmp_path / f"{NAME}.gz.part").write_bytes(other_packing[:50_000])

    content = fetch(tmp_path, mirrors)

    assert content == CONTENT
    assert mirrors[0].asked == ["bytes=50000-", None]


def test_a_part_that_is_whole_needs_nothing_more(tmp_path, mirrors):
    (tmp_path / f"{NAME}.gz.part").write_bytes(PACKED)

    assert fetch(tmp_path, mirrors) == CONTENT


def test_a_part_that_is_too_long_is_thrown_away(tmp_path, mirrors):
    (tmp_path / f"{NAME}.gz.part").write_bytes(bytes(len(PACKED) + 10))

    assert fetch(tmp_path, mirrors) == CONTENT


def test_a_cut_is_noticed_when_no_length_was_promised(tmp_path, mirrors):
    mirrors[0].says_length = False
    mirrors[0].cut_after = [70_000, 70_000]

    assert fetch(tmp_path, mirrors) == CONTENT


@pytest.mark.parametrize("status", [404, 500, 503])
def test_a_mirror_that_answers_an_error_gives_way_to_the_next(
    tmp_path, mirrors, status
):
    mirrors[0].status = status

    content = fetch(tmp_path, mirrors)

    assert content == CONTENT
    assert [len(mirror.asked) for mirror in mirrors] == [1, 1]


def test_a_mirror_that_is_down_gives_way_to_the_next(tmp_path, mirrors):
    mirrors[0].shutdown()
    mirrors[0].server_close()

    assert fetch(tmp_path, mirrors) == CONTENT


@pytest.mark.parametrize(
    "body",
    [
        gzip.compress(b"other digits", mtime=0),
        b"<html>Please log in</html>",
        PACKED[:-8],
    ],
)
def test_a_mirror_that_sends_something_else_gives_way_to_the_next(
    tmp_path, mirrors, body
):
    mirrors[0].body = body

    content = fetch(tmp_path, mirrors)

    assert content == CONTENT
    assert mirrors[1].asked == [None]


def test_a_mirror_that_sends_without_end_is_stopped(tmp_path, mirrors, monkeypatch):
    monkeypatch.setattr("ml.fetching.MAX_PACKED_BYTES", len(PACKED))
    mirrors[0].body = PACKED + bytes(100_000)

    assert fetch(tmp_path, mirrors) == CONTENT
    assert mirrors[1].asked == [None]


def test_a_pack_that_unpacks_beyond_reason_is_refused(tmp_path, mirrors, monkeypatch):
    monkeypatch.setattr("ml.fetching.MAX_UNPACKED_BYTES", len(CONTENT) - 1)

    with pytest.raises(DatasetError, match="something else"):
        fetch(tmp_path, mirrors)


def test_wrong_contents_everywhere_leave_no_file_behind(tmp_path, mirrors):
    for mirror in mirrors:
        mirror.body = gzip.compress(b"other digits", mtime=0)

    with pytest.raises(DatasetError, match="something else than MNIST's own"):
        fetch(tmp_path, mirrors)

    assert list(tmp_path.iterdir()) == []


def test_without_a_network_the_error_says_how_to_give_a_folder(tmp_path, mirrors):
    for mirror in mirrors:
        mirror.shutdown()
        mirror.server_close()

    with pytest.raises(DatasetError) as caught:
        fetch(tmp_path, mirrors)

    words = str(caught.value)
    assert words.count("Connection refused") == 2
    assert "--mnist DIR" in words
    assert "MNIST_DIR" in words


def test_a_silent_mirror_is_given_up(tmp_path, mirrors):
    with ExitStack() as stack:
        # Accepts connections by the system's backlog, and never answers one.
        silent = stack.enter_context(http.server.HTTPServer(("127.0.0.1", 0), _Handler))
        urls = [f"http://127.0.0.1:{silent.server_port}/", mirrors[0].url]

        fetch_mnist(tmp_path, mirrors=urls, sha256=SHA256, timeout_s=0.2)

    assert (tmp_path / f"{NAME}.gz").read_bytes() == PACKED


@pytest.mark.parametrize("mirror", ["file:///etc/", "ftp://127.0.0.1/", "mnist/"])
def test_only_web_addresses_are_mirrors(tmp_path, mirror):
    with pytest.raises(DatasetError, match="https://"):
        fetch_mnist(tmp_path, mirrors=[mirror])


def test_no_redirect_leads_to_a_file(tmp_path, mirrors):
    (tmp_path / "secret").write_bytes(PACKED)
    mirrors[0].status = 302
    mirrors[0].location = (tmp_path / "secret").as_uri()

    assert fetch(tmp_path / "cache", mirrors) == CONTENT
    assert len(mirrors[1].asked) == 1


def test_a_folder_that_cannot_be_made_is_named(tmp_path, mirrors):
    (tmp_path / "taken").write_text("a file stands where the folder should")

    with pytest.raises(DatasetError, match=r"written to .*taken"):
        fetch(tmp_path / "taken", mirrors)


def test_the_cache_folder_follows_the_environment(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))

    assert default_cache_dir() == tmp_path / "digitsite" / "mnist"


def test_the_pinned_files_are_the_four_of_mnist():
    assert sorted(MNIST_SHA256) == [
        "t10k-images-idx3-ubyte",
        "t10k-labels-idx1-ubyte",
        "train-images-idx3-ubyte",
        "train-labels-idx1-ubyte",
    ]
    assert {len(bytes.fromhex(digest)) for digest in MNIST_SHA256.values()} == {32}
    assert len(MNIST_MIRRORS) >= 2
