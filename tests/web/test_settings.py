"""Settings are read once, in one place, and wrong ones are named."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.base.errors import Invalid
from web.compose import compose, create_app
from web.settings import Settings


def test_without_variables_it_is_a_laptop() -> None:
    settings = Settings.from_env({})
    assert (settings.home, settings.database, settings.redis_url, settings.port) == (Path("var"), "sqlite", None, 8000)
    assert (settings.max_attachment_mb, settings.max_request_mb) == (25, 100)


def test_variables_are_read_and_what_is_said_elsewhere_wins() -> None:
    settings = Settings.from_env({"AMTSWEG_PORT": "9000", "AMTSWEG_TRUSTED_PROXIES": "10.0.0.0/8, ::1"}, home=Path("x"))
    assert (settings.port, settings.home) == (9000, Path("x"))
    assert [str(network) for network in settings.trusted_proxies] == ["10.0.0.0/8", "::1/128"]
    assert Settings.from_env({"AMTSWEG_PORT": "falsch"}, port=1).port == 1


def test_another_process_gets_the_same_settings() -> None:
    settings = Settings.from_env(
        {
            "AMTSWEG_TRUSTED_PROXIES": "10.0.0.0/8 ::1",
            "AMTSWEG_SECRET": "s",
            "REDIS_URL": "redis://a",
            "AMTSWEG_PLAIN_HTTP": "1",
        },
        home=Path("/daten"),
    )
    assert Settings.from_env(settings.environ()) == settings


def test_every_wrong_variable_is_named_at_once() -> None:
    wrong = {
        "AMTSWEG_PORT": "viele",
        "AMTSWEG_MAX_REQUEST_MB": "0",
        "AMTSWEG_PLAIN_HTTP": "ja",
        "AMTSWEG_URL": "amtsweg.husum.example",
        "AMTSWEG_SMTP_TLS": "ja",
        "AMTSWEG_SMTP_FROM": "amtsweg",
        "AMTSWEG_TRUSTED_PROXIES": "hier",
    }
    with pytest.raises(Invalid) as caught:
        Settings.from_env(wrong)
    assert {cause.pointer for cause in caught.value.causes} == {f"/{name}" for name in wrong}


def test_bounds_leave_somebody_for_the_others_and_what_is_set_counts() -> None:
    def bounds(settings: Settings, workers: int) -> tuple[int, int]:
        found = settings.bounded_for(workers).installation()
        return found.calls_per_connector, found.calls_per_kommune

    assert [bounds(Settings(), workers) for workers in (1, 2, 3, 8)] == [(0, 0), (1, 0), (1, 2), (4, 7)]
    assert bounds(Settings.from_env({"AMTSWEG_CALLS_PER_CONNECTOR": "3", "AMTSWEG_CALLS_PER_KOMMUNE": "5"}), 8) == (3, 5)
    assert bounds(Settings(calls_per_connector=3), 1) == (3, 0)


def test_the_secret_is_shown_to_nobody() -> None:
    assert "geheim" not in repr(Settings(secret="geheim", secret_new="geheim", smtp_password="geheim"))


def test_links_in_mails_lead_to_where_people_reach_the_pages() -> None:
    assert Settings.from_env({"AMTSWEG_URL": "https://amtsweg.husum.example/"}).public_url() == "https://amtsweg.husum.example"
    assert Settings(port=9000).public_url() == "http://127.0.0.1:9000"


def test_without_a_secret_there_is_no_web(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="AMTSWEG_SECRET fehlt"):
        create_app(Settings(home=tmp_path))


def test_a_named_point_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="AMTSWEG_CRASH_AT"):
        compose(Settings(home=tmp_path, crash_at="irgendwo"))
