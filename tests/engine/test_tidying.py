"""Tidying by night: bytes that nobody names are gone, what anything names is never swept, whatever else happens meanwhile."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from engine import reads
from engine.base import clock, db, files, stash
from engine.base.ports import File
from engine.base.rights import SYSTEM
from engine.model import nachricht
from engine.model.verification import OFF
from engine.verbs import tidying
from engine.verbs.backup import back_up
from engine.verbs.desk import claim_aufgabe
from engine.verbs.drafts import upload_file
from engine.verbs.operate import change_setting
from engine.verbs.operator import operator
from engine.verbs.post import receive_reply
from engine.verbs.tidying import sweep_documents, tidy, tidying_is_due
from engine.verbs.verification import change_verification, look_for_work, run_verification
from tests.engine.cases import ANNA, BERTA, Bell, Upload, push
from tests.engine.land import body, send
from tests.engine.saved import SQLITE
from tests.engine.test_bescheid import BRIEFKOPF, Fall, fall
from tests.engine.test_retention import grow_old
from tests.engine.test_verification import CHEF, NIGHT

__all__ = ["fall"]


def logo(content: bytes) -> str:
    """Let the letterhead have this picture."""
    sha256 = files.put(content)
    change_setting("briefkopf", {**BRIEFKOPF, "logo": sha256, "logo_type": "image/png"}, by=SYSTEM)
    return sha256


def test_what_anything_names_is_never_swept(fall: Fall, bell: Bell) -> None:
    push("bescheide", files=[Upload("a.txt", "text/plain", b"kam mit dem Antrag")])
    logo(b"war das Wappen, als der Entwurf entstand")
    drafting = Fall(bell)  # its draft names the logo of that time
    logo(b"ist das Wappen")
    fall.complete("freigeben", by=BERTA, freigabe="ja")
    [task] = reads.list_aufgaben(vorgang_id=fall.id).items
    claim_aufgabe(task.id, by=ANNA)
    upload_file(task.id, "foto.png", "image/png", b"\x89PNG\r\n\x1a\n.", most_bytes=1 << 20, by=ANNA)
    with db.transaction() as tx:
        nachricht.add(tx, fall.id, direction="OUT", subject="x", body="x", documents=[], at=clock.now(), external_id="m-1")
    receive_reply("r-1", "m-1", "Anbei", [File("b.txt", "text/plain", b"kam mit der Antwort")], clock.now(), by=SYSTEM)
    named = set(files.stored())
    assert len(named) == 7  # the two drafts read alike
    nobody = files.put(b"ein Vorgang, den es nicht gab")
    assert sweep_documents() == 0, "it is young"
    grow_old()
    assert sweep_documents() == 1
    assert not files.exists(nobody)
    assert set(files.stored()) == named
    assert drafting.bescheid.state == "entwurf"


@SQLITE
def test_what_waits_in_the_central_post_room_is_never_swept(land: None) -> None:
    send(body(), [Upload("foto.png", "image/png", b"\x89PNG\r\n\x1a\n...")])
    with operator():
        named = set(files.stored())
        files.put(b"niemandes")
        grow_old()
        assert sweep_documents() == 1
        assert set(files.stored()) == named
    assert len(named) == 2


@SQLITE
@pytest.mark.parametrize("again", [lambda: files.put(b"niemandes"), lambda: files.wanted(files.hash_of([b"niemandes"]))])
def test_what_is_wanted_again_at_this_moment_stays(amt: str, again: Callable[[], object]) -> None:
    sha256 = files.put(b"niemandes")
    grow_old()

    def named(hashes: object) -> set[str]:
        again()  # between the look and the removal
        return set()

    assert files.sweep(named) == 0
    assert files.exists(sha256)


@SQLITE
def test_a_logo_that_is_replaced_stays_for_a_day_for_a_letter_that_is_being_drafted(amt: str) -> None:
    from engine.base.ports import Letter
    from engine.verbs.settings import change_letterhead
    from tests.pictures import png

    class Sets:
        def render(self, letter: Letter, logo: bytes) -> bytes:
            return b"%PDF"

    before = logo(b"das alte Wappen")
    grow_old()
    change_letterhead(BRIEFKOPF, {}, File("logo", "", png()), Sets(), by=CHEF)
    assert sweep_documents() == 0
    assert files.exists(before)
    grow_old()
    assert sweep_documents() == 1


@SQLITE
def test_nothing_is_swept_while_a_backup_counts_on_it(amt: str, tmp_path: Path) -> None:
    files.put(b"niemandes")
    grow_old()
    with files.none_removed():
        assert sweep_documents() == 0
    back_up(tmp_path / "sicherung", by=SYSTEM)
    assert sweep_documents() == 1


@SQLITE
def test_it_is_tidied_up_once_a_night_also_where_verifying_is_switched_off(amt: str) -> None:
    with clock.frozen(NIGHT + clock.dt.timedelta(hours=10)):
        assert not tidying_is_due(), "it is noon"
    change_verification(OFF, by=CHEF)
    with clock.frozen(NIGHT):
        assert tidying_is_due()
        assert not look_for_work()
        assert not run_verification(by=SYSTEM)
        files.put(b"niemandes")
        checked = stash.put(b"ein Ablauf, der geprueft und nie eingesetzt wurde")
        os.utime(stash.folder() / checked, (0, 0))
        grow_old()
        assert tidy() == 1
        assert list(stash.folder().iterdir()) == []
        assert not tidying_is_due()
    with clock.frozen(NIGHT + clock.dt.timedelta(days=1)):
        assert tidying_is_due()


def test_everybody_who_stores_documents_is_known_here() -> None:
    """Whoever comes new must say in `named` what names what it stores, and show it in the first test of this file."""
    house = Path(tidying.__file__).parents[2]
    paths = [path for floor in ("engine", "web") for path in (house / floor).rglob("*.py")]
    found = {path.stem for path in paths if "files.put(" in path.read_text(encoding="utf-8")}
    # guest_help: rows of documents; serving: the logo of a letter, named by the draft as our own is
    assert found == {"intake", "work", "settings", "post", "drafts", "central", "guest_help", "serving"}
