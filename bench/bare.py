"""The hand-written SQL of ``bench.baseline`` behind a bare Flask route: what HTTP itself costs on this machine."""

from __future__ import annotations

import os
import threading
from typing import Any

import psycopg
from flask import Flask, jsonify, request

from bench import baseline

app = Flask(__name__)
_local = threading.local()


def _connection() -> psycopg.Connection[Any]:
    """One connection for each thread of the server."""
    if not hasattr(_local, "conn"):
        _local.conn = psycopg.connect(os.environ["BENCH_URL"], autocommit=True)
        _local.conn.execute("SET search_path = by_hand")
    return _local.conn


@app.post("/tasks/<int:task_id>/complete")
def complete(task_id: int) -> Any:
    """(c), over HTTP."""
    baseline.complete(_connection(), task_id, request.get_json()["data"])
    return jsonify(id=task_id, status="COMPLETED")
