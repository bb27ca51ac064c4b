"""Files of an application: names that are only names, media types that tell the truth."""

import json
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.base.ports import File
from forms.antrag import Datei, read_push
from forms.antrag.files import MAX_NAME

RAW = json.dumps(
    {"control": {"transactionId": "7c1b0c1e-0000-4000-8000-000000000001", "zustaendigeStelle": "1"}, "formData": []}
).encode()
PNG = b"\x89PNG\r\n\x1a\n...."
ZIP = b"PK\x03\x04...."


def received(name: str, media_type: str = "text/plain", content: bytes = b"x") -> Datei:
    (datei,) = read_push(RAW, [], [File(name, media_type, content)]).dateien
    return datei


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("foto.jpg", "foto.jpg"),
        ("Lageplan Flurstück 7.pdf", "Lageplan Flurstück 7.pdf"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Dokumente\\plan.pdf", "plan.pdf"),
        ("rechnung\u202efdp.exe", "rechnungfdp.exe"),
        ("a\u2066b\u200b\x00\r\nc.txt", "abc.txt"),
        ("Gru\u0308n.pdf", "Grün.pdf"),
        ('was<>:"|?*.txt', "was_______.txt"),
        (" . ", "anlage-1.bin"),
        ("..", "anlage-1.bin"),
        ("", "anlage-1.bin"),
        ("ordner/", "anlage-1.bin"),
    ],
)
def test_a_name_is_only_a_name(sent: str, kept: str) -> None:
    assert received(sent).name == kept


def test_a_long_name_keeps_its_extension() -> None:
    name = received("ä" * 500 + ".pdf").name
    assert len(name) == MAX_NAME
    assert name.endswith("ä.pdf")


def test_a_long_name_without_an_extension_is_cut() -> None:
    assert received("a" * 500).name == "a" * MAX_NAME
    assert len(received("a." + "b" * 500).name) == MAX_NAME


def test_files_without_names_are_numbered_and_get_the_extension_of_what_they_are() -> None:
    antrag = read_push(RAW, [File("", "", b"%PDF-1.7")], [File("", "", b"?"), File("", "", PNG)])
    assert [datei.name for datei in antrag.dateien] == ["darstellung-1.pdf", "anlage-1.bin", "anlage-2.png"]


@pytest.mark.parametrize(
    ("declared", "content", "true"),
    [
        ("application/octet-stream", b"\n\n%PDF-1.7", "application/pdf"),
        ("image/png", b"\xff\xd8\xff\xe0", "image/jpeg"),
        ("text/html", PNG, "image/png"),
        ("application/pdf", b"<html>", "application/octet-stream"),
        ("application/pdf", b" " * 1024 + b"%PDF-1.7", "application/octet-stream"),
        ("application/x-unknown", ZIP, "application/zip"),
        ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", ZIP,
         "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
        ("Text/Plain; charset=utf-8", b"hallo", "text/plain"),
        ("text/plain\r\nX: y", b"hallo", "application/octet-stream"),
        ("", b"hallo", "application/octet-stream"),
    ],
)  # fmt: skip
def test_the_media_type_follows_the_first_bytes(declared: str, content: bytes, true: str) -> None:
    assert received("datei", declared, content).media_type == true


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=300))
def test_any_name_becomes_a_harmless_one(sent: str) -> None:
    name = received(sent).name
    assert 1 <= len(name) <= MAX_NAME
    assert name not in {".", ".."}
    assert not set(name) & set('/\\<>:"|?*')
    assert all(unicodedata.category(sign)[0] != "C" for sign in name)
