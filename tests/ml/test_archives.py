import io
import os
import zipfile
from pathlib import Path

from ml.archives import write_archive


def make_folder(folder: Path, *names: str) -> Path:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(name.encode() * 100)
    return folder


def archived(folder: Path) -> bytes:
    file = io.BytesIO()
    write_archive(folder, file)
    return file.getvalue()


def test_it_holds_every_file_below_the_folder(tmp_path):
    names = ("a/3/x.png", "b.csv")
    folder = make_folder(tmp_path / "set", *names)

    with zipfile.ZipFile(io.BytesIO(archived(folder))) as archive:
        assert archive.testzip() is None
        assert {name: archive.read(name) for name in archive.namelist()} == {
            name: name.encode() * 100 for name in names
        }


def test_the_same_files_give_the_same_bytes(tmp_path):
    one = make_folder(tmp_path / "one", "a.csv", "b/c.png", "b/a.png")
    other = make_folder(tmp_path / "other", "b/a.png", "b/c.png", "a.csv")
    os.utime(other / "a.csv", (0, 0))
    (other / "b" / "c.png").chmod(0o600)

    assert archived(one) == archived(other)


def test_what_is_packed_already_is_not_packed_again(tmp_path):
    folder = make_folder(tmp_path / "set", "a.png", "b.csv")

    with zipfile.ZipFile(io.BytesIO(archived(folder))) as archive:
        kinds = {each.filename: each.compress_type for each in archive.infolist()}

    assert kinds == {"a.png": zipfile.ZIP_STORED, "b.csv": zipfile.ZIP_DEFLATED}


def test_its_files_may_be_read_by_all_who_unpack_it(tmp_path):
    folder = make_folder(tmp_path / "set", "a.png")

    with zipfile.ZipFile(io.BytesIO(archived(folder))) as archive:
        assert archive.infolist()[0].external_attr >> 16 == 0o100644
