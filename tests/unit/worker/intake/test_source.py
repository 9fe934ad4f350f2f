"""The encoding and the packing of a file are settled once, before a line is read."""

import gzip
import io
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchline.worker.intake import source
from batchline.worker.intake.source import UnreadableFile, opened

LINES = '{"name": "Zoë"}\n{"name": "Łódź 👍"}\n'


@pytest.fixture(params=["file", "pipe"])
def read(request, tmp_path, monkeypatch):
    """What is read of these bytes, as a file and from standard input."""

    def reading(data, is_table=False):
        name = "-"
        if request.param == "file":
            name = str(tmp_path / "lines")
            (tmp_path / "lines").write_bytes(data)
        else:
            monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))
        with opened(name, is_table) as lines:
            return lines.read()

    return reading


@pytest.mark.parametrize(
    "data",
    [
        LINES.encode(),
        LINES.encode("utf-8-sig"),
        LINES.encode("utf-16"),
        b"\xfe\xff" + LINES.encode("utf-16-be"),
        gzip.compress(LINES.encode()),
        gzip.compress(LINES.encode("utf-16")),
        gzip.compress(LINES.encode("utf-8-sig")),
    ],
    ids=["utf-8", "bom", "utf-16", "big", "gzip", "gzip of utf-16", "gzip with bom"],
)
def test_it_is_read_as_utf_8_whatever_it_was(read, data):
    assert read(data) == LINES.encode()


def test_nothing_is_read_of_nothing(read):
    assert read(b"") == read(b"\xef\xbb\xbf") == read(gzip.compress(b"")) == b""


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (LINES.encode("utf-16-le"), "without a byte order mark"),
        (LINES.encode("utf-16-be"), "without a byte order mark"),
        (LINES.encode("utf-32"), "UTF-32"),
        (b"PK\x03\x04rest of a workbook", "CSV"),
        (b"\x28\xb5\x2f\xfdrest", "zstd -d"),
        (LINES.encode("utf-16")[:-1], "cut off in the middle of a character"),
        (gzip.compress(LINES.encode() * 1000)[:-20], "cut off or damaged"),
        (b'{"name": "Micha\xb3"}\n{"name": "\xa3ukasz"}\n', "WINDOWS-1250 -t UTF-8"),
    ],
    ids=["little", "big", "utf-32", "workbook", "zstd", "cut", "cut gzip", "windows-1250"],
)
def test_a_file_that_is_none_of_these_is_refused_whole_with_the_remedy(read, data, told):
    with pytest.raises(UnreadableFile, match=told):
        read(data)


def test_a_table_in_another_encoding_is_refused_whole(read):
    table = "E-mail;Imię\nann@shop.example;Małgorzata\n".encode("cp1250")
    with pytest.raises(UnreadableFile, match="not UTF-8"):
        read(table, is_table=True)


@pytest.mark.parametrize(
    "data",
    [
        # One line is damaged.
        b'{"name": "Ann"}\n{"name": "Jos\xe9"}\n',
        # The file is UTF-8, and holds lines that are not.
        b'{"name": "Jos\xe9"}\n{"name": "Jos\xe9"}\n' + LINES.encode(),
        # No encoding makes these lines JSON.
        b"\xff\xff{\n\xff]\n\xfe\n",
    ],
)
def test_lines_that_are_no_text_speak_of_themselves_alone(read, data):
    assert read(data) == data


def test_a_file_is_looked_at_to_its_end(tmp_path):
    plain = b'{"name": "Ann"}\n' * 200_000
    (tmp_path / "long").write_bytes(plain + b'{"name": "Micha\xb3"}\n' * 2)
    assert len(plain) > source.LOOKED_AT
    with (
        pytest.raises(UnreadableFile, match=r"line 200001 and 1 more"),
        opened(str(tmp_path / "long")),
    ):
        pass


@given(st.text(max_size=200), st.sampled_from(["utf-16", "utf-8-sig", "utf-8"]))
def test_any_text_comes_out_as_it_went_in(tmp_path_factory, text, encoding):
    text = text.replace("\0", "").replace("\ufeff", "")
    path = tmp_path_factory.mktemp("any") / "text"
    if text.encode(encoding)[:2] in (b"\x1f\x8b", b"PK", b"BZ"):
        return
    path.write_bytes(text.encode(encoding))
    with opened(str(path)) as lines:
        assert lines.read().decode() == text
