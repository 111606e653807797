"""What comes from outside is what was reviewed."""

from __future__ import annotations

import hashlib
import re

from tests.design.stage import STATIC, TEMPLATES

VENDOR = STATIC / "vendor"


def sums() -> dict[str, str]:
    lines = (VENDOR / "SHA256SUMS").read_text().splitlines()
    return {name: digest for digest, name in (line.split() for line in lines)}


def test_every_vendored_file_has_the_hash_that_was_written_down() -> None:
    found = {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in VENDOR.iterdir() if path.name in sums()
    }
    assert found == sums()


def test_nothing_lies_in_the_vendor_folder_without_a_hash() -> None:
    assert {path.name for path in VENDOR.iterdir()} - {"SHA256SUMS", "README.md"} == set(sums())


def test_the_licence_lies_beside_the_code() -> None:
    assert "Zero-Clause BSD" in (VENDOR / "LICENSE-htmx.txt").read_text()


def test_the_names_carry_the_pinned_version_and_the_templates_name_these_files() -> None:
    scripts = {name for name in sums() if name.endswith(".js")}
    assert all("-4.0.1." in name for name in scripts)
    templates = "".join(path.read_text() for path in TEMPLATES.rglob("*.html"))
    assert all(f"vendor/{name}" in templates for name in scripts)


#: Something that a browser would load or go to, with another server's address written out.
FOREIGN = re.compile(r"""(?:(?:src|href|action|poster)\s*=\s*["']?|url\(\s*["']?)(?:https?:)?//""")


def test_no_page_loads_anything_from_another_server() -> None:
    own = [*STATIC.glob("css/*.css"), *STATIC.glob("js/*.js"), *TEMPLATES.rglob("*.html")]
    foreign = {path.name for path in own if FOREIGN.search(path.read_text())}
    assert foreign == set()


def test_an_address_of_another_server_would_be_found() -> None:
    for markup in ('<img src="//cdn.example/x.png">', "<a href='http://a.example'>", "url(https://a.example/f.woff)"):
        assert FOREIGN.search(markup), markup
