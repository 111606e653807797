"""Static files: each under a name with the hash of its content, kept for ever by browsers, compressed beforehand.

There is no build step: what a start needs and doesn't find in the instance folder is made then (0.3 s, once).
"""

from __future__ import annotations

import gzip
import hashlib
import os
import re
import tempfile
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any
from wsgiref.headers import Headers

import brotli  # type: ignore[import-untyped]
from whitenoise import WhiteNoise

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

PREFIX = "/static/"
HASHED = re.compile(r"\.[0-9a-f]{16}(\.[a-z0-9]+)?$")
COMPRESSED_KINDS = frozenset({".css", ".js", ".svg", ".webmanifest", ".txt", ".md"})
#: Names without a hash (the manifest's icons) are asked for again after an hour.
PLAIN_MAX_AGE = 3600


class UnknownAsset(LookupError):
    """A template names a static file that doesn't exist."""


class StaticFiles(WhiteNoise):  # type: ignore[misc]
    """WhiteNoise, which answers what only reads; its own refusal of other methods has none of our headers."""

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """A file, or what the application says."""
        reads = environ["REQUEST_METHOD"] in ("GET", "HEAD")
        answer: Iterable[bytes] = (super().__call__ if reads else self.application)(environ, start_response)
        return answer


class Assets:
    """The static files of a folder.

    Args:
        root: the folder.
        cache: where hashed copies and their compressed forms are kept between starts.
    """

    def __init__(self, root: Path, cache: Path) -> None:
        self.root = root
        self.cache = _writable(cache)
        self.names: dict[str, str] = {}
        for path in sorted(root.rglob("*")):
            if path.is_file():
                self._add(path)

    def url(self, name: str) -> str:
        """The address of a file by its name in the folder: ``url("css/app.css")``.

        Raises:
            UnknownAsset: there is no such file.
        """
        if name not in self.names:
            raise UnknownAsset(f"There is no file {name} in {self.root.name}/. Check its name in the template.")
        return PREFIX + self.names[name]

    def serve(self, wsgi_app: Callable[..., Any], headers: Mapping[str, str]) -> WhiteNoise:
        """Puts the files before the application.

        Args:
            wsgi_app: what answers everything else.
            headers: that each file carries.
        """

        def put_on(target: Headers, path: str, url: str) -> None:
            for name, value in headers.items():
                target[name] = value

        server = StaticFiles(
            wsgi_app,
            max_age=PLAIN_MAX_AGE,
            allow_all_origins=False,
            immutable_file_test=lambda path, url: bool(HASHED.search(url)),
            add_headers_function=put_on,
        )
        server.add_files(str(self.root), PREFIX)
        for hashed in self.names.values():  # not the whole cache: it also holds what earlier versions left
            server.add_file_to_dictionary(PREFIX + hashed, str(self.cache / hashed))
        return server

    def _add(self, path: Path) -> None:
        content = path.read_bytes()
        name = path.relative_to(self.root).as_posix()
        digest = hashlib.sha256(content).hexdigest()[:16]
        hashed = f"{name.removesuffix(path.suffix)}.{digest}{path.suffix}"
        self.names[name] = hashed
        copy = self.cache / hashed
        _keep(copy, lambda: content)
        if path.suffix in COMPRESSED_KINDS:
            _keep(copy.with_name(copy.name + ".br"), lambda: brotli.compress(content))
            _keep(copy.with_name(copy.name + ".gz"), lambda: gzip.compress(content, mtime=0))


def _keep(path: Path, make: Callable[[], bytes]) -> None:
    """Writes a file unless it is there; whole or not at all, as other processes may be writing and reading it."""
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, scratch = tempfile.mkstemp(dir=path.parent, prefix=".making-")
    with os.fdopen(handle, "wb") as file:
        file.write(make())
    os.replace(scratch, path)


def _writable(folder: Path) -> Path:
    """The folder; one of this process where it can't be written."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return Path(tempfile.mkdtemp(prefix="ticketflower-static-"))
    return folder if os.access(folder, os.W_OK) else Path(tempfile.mkdtemp(prefix="ticketflower-static-"))
