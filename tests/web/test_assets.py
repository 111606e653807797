"""Static files: hashed names, kept for ever, compressed beforehand (ux.md, Speed)."""

from __future__ import annotations

import gzip
import hashlib
from pathlib import Path

import brotli
import pytest
from flask import Flask
from jinja2 import Template

from tests.pages import Browser
from ticketflower import ROOT
from ticketflower.web.assets import Assets, UnknownAsset

CSS = ROOT / "static" / "css" / "app.css"


@pytest.fixture
def css_url(app: Flask) -> str:
    template: Template = app.jinja_env.from_string("{{ static_url('css/app.css') }}")
    return template.render()


def test_a_name_carries_the_hash_of_the_content(css_url: str) -> None:
    assert css_url == f"/static/css/app.{hashlib.sha256(CSS.read_bytes()).hexdigest()[:16]}.css"


def test_a_hashed_file_is_kept_for_ever(client: Browser, css_url: str) -> None:
    answer = client.get(css_url)
    assert answer.data == CSS.read_bytes()
    assert answer.headers["Cache-Control"] == "max-age=315360000, public, immutable"
    assert answer.mimetype == "text/css"
    assert "Access-Control-Allow-Origin" not in answer.headers


@pytest.mark.parametrize(("accepted", "unpack"), [("br", brotli.decompress), ("gzip", gzip.decompress)])
def test_it_travels_compressed(client: Browser, css_url: str, accepted: str, unpack: object) -> None:
    answer = client.get(css_url, headers={"Accept-Encoding": f"deflate, {accepted}"})
    assert answer.headers["Content-Encoding"] == accepted
    assert "Accept-Encoding" in answer.vary
    assert unpack(answer.data) == CSS.read_bytes()  # type: ignore[operator]
    assert len(answer.data) < CSS.stat().st_size / 3


def test_a_name_without_a_hash_is_asked_for_again(client: Browser) -> None:
    assert client.get("/static/icons/app-192.png").headers["Cache-Control"] == "max-age=3600, public"


@pytest.mark.parametrize(
    "path", ["/static/../config.py", "/static/%2e%2e/config.py", "/static/css/", "/static/nothing"]
)
def test_nothing_but_static_files_is_served(client: Browser, path: str) -> None:
    assert client.get(path).status_code == 404


@pytest.mark.parametrize("method", ["POST", "PUT", "OPTIONS", "PROPFIND"])
def test_a_file_can_only_be_read(client: Browser, css_url: str, method: str) -> None:
    assert client.open(css_url, method=method).status_code == 404


def test_a_file_that_is_not_there_fails_the_template(app: Flask) -> None:
    with pytest.raises(UnknownAsset, match=r"There is no file css/nothing\.css"):
        app.jinja_env.from_string("{{ static_url('css/nothing.css') }}").render()


def test_a_second_start_makes_nothing_anew(tmp_path: Path) -> None:
    root, cache = tmp_path / "static", tmp_path / "cache"
    root.mkdir()
    (root / "a.css").write_text("body { color: red }")
    Assets(root, cache)
    first = {path.name: path.stat().st_mtime_ns for path in cache.iterdir()}
    Assets(root, cache)
    assert {path.name: path.stat().st_mtime_ns for path in cache.iterdir()} == first
    assert len(first) == 3


def test_changed_content_gets_another_name_beside_the_old_one(tmp_path: Path) -> None:
    root, cache = tmp_path / "static", tmp_path / "cache"
    root.mkdir()
    (root / "a.css").write_text("one")
    old = Assets(root, cache).url("a.css")
    (root / "a.css").write_text("two")
    new = Assets(root, cache).url("a.css")
    assert old != new
    assert (cache / old.removeprefix("/static/")).read_text() == "one"


def test_an_instance_folder_that_cannot_be_written_is_done_without(tmp_path: Path) -> None:
    root = tmp_path / "static"
    root.mkdir()
    (root / "a.css").write_text("one")
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    assets = Assets(root, blocked / "static")
    assert assets.url("a.css").startswith("/static/a.")
    assert (assets.cache / assets.names["a.css"]).read_text() == "one"
