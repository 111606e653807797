"""``make bench``: completions of ``examples/purchase-approval.yaml``, the product beside hand-written SQL, in one run.

(a) the product's services; (b) its API over HTTP; (c) psycopg by hand, one transaction; (c2) by hand in the engine's
two durable commits behind row-level security with a log row; (d) (c) behind a bare Flask route. Rounds of all kinds
alternate, so that a noisy moment of the machine falls on each. ``--quick`` takes a tenth.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

from sqlalchemy import make_url

from bench import baseline, counting, history, over_http, product
from bench.measure import Cost, Sample, run
from ticketflower import embedded, schema
from ticketflower.db import company_session, make_engine, make_sessions
from ticketflower.services import accounts

ROUNDS = 5
Client = tuple[Callable[..., Sample], tuple[Any, ...]]


def main() -> None:
    """Measures and prints the tables."""
    options = argparse.ArgumentParser(prog="python -m bench")
    options.add_argument("--quick", action="store_true", help="a tenth of the work, for a look")
    quick = options.parse_args().quick
    tickets, past = (20, 10_000) if quick else (100, 100_000)
    with tempfile.TemporaryDirectory() as folder, embedded.throwaway(Path(folder) / "pg", durable=True) as server:
        bench = Bench(server, Path(folder), tickets)
        bench.table("empty tables", bench.in_process(), (1, 4))
        bench.over_http()
        bench.one_completion()
        bench.age()
        history.fill(bench.superuser_url, past)
        bench.table(f"{past:,} finished tickets in the tables", bench.in_process(), (1, 4))


class Bench:
    """One server with the product's tables and those by hand."""

    def __init__(self, server: embedded.Server, folder: Path, tickets: int) -> None:
        self.folder, self.tickets = folder, tickets
        url, self.admin_url = server.create_database("bench")
        schema.upgrade(self.admin_url, url)
        self.url = url
        self.plain_url = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
        self.superuser_url = make_url(server.superuser_url).set(database="bench").render_as_string(hide_password=False)
        baseline.create(self.superuser_url, make_url(url).username or "")
        self.engine = make_engine(url)
        self.office = product.make_office(make_sessions(self.engine))

    def in_process(self) -> dict[str, Client]:
        """(c), (c2) and (a)."""
        per_round = max(self.tickets // ROUNDS, 2)
        return {
            "(c)  by hand, one transaction": (baseline.client, (self.plain_url, per_round, "by_hand")),
            "(c2) by hand, two, walls, log": (baseline.client, (self.plain_url, per_round, "walled")),
            "(a)  the product's services": (product.client, (self.url, self.office, per_round)),
        }

    def table(self, title: str, clients: dict[str, Client], crowds: Sequence[int]) -> None:
        """Prints a table; the first client is what the others are compared with."""
        print(
            f"\n{title}\n{'':34}{'clients':>8}{'per s':>8}{'p50 ms':>8}{'p95':>8}{'p99':>8}{'CPU ms':>8}{'x (p50)':>9}"
        )
        for crowd in crowds:
            costs = self.alternate(clients, crowd)
            first = next(iter(costs.values()))
            for name, cost in costs.items():
                print(
                    f"{name:34}{crowd:>8}{cost.per_second:>8.0f}{cost.p50:>8.2f}{cost.p95:>8.2f}{cost.p99:>8.2f}"
                    f"{cost.cpu:>8.2f}{cost.p50 / first.p50:>9.2f}",
                    flush=True,
                )

    def alternate(self, clients: dict[str, Client], crowd: int) -> dict[str, Cost]:
        """Runs each client in turn, ``ROUNDS`` times over, and takes each one's median round."""
        rounds: dict[str, list[Cost]] = {name: [] for name in clients}
        for _ in range(ROUNDS):
            for name, (client, arguments) in clients.items():
                rounds[name].append(run(client, [arguments] * crowd))
        return {name: sorted(costs, key=lambda cost: cost.p50)[ROUNDS // 2] for name, costs in rounds.items()}

    def over_http(self) -> None:
        """(d) and (b), each on its own gunicorn."""
        per_round = max(self.tickets // ROUNDS, 2)
        with company_session(make_sessions(self.engine), self.office.company_id) as session:
            admin = next(iter(self.office.actors.values()))
            now = datetime.now(UTC)
            token = accounts.make_token(session, admin.company_id, admin.user_id, "bench", now)
        with (
            over_http.bare_server(self.plain_url) as bare,
            over_http.product_server(self.url, self.admin_url, self.folder / "instance") as served,
        ):
            clients: dict[str, Client] = {
                "(d)  (c) behind a Flask route": (over_http.bare_client, (self.plain_url, bare, per_round)),
                "(b)  the product's API": (
                    over_http.product_client,
                    (self.url, self.office, token, served, per_round),
                ),
            }
            self.table("over HTTP, on gunicorn (CPU of the client, not of the server)", clients, (1, 4))

    def one_completion(self) -> None:
        """Statements, round trips, commits and bytes."""
        tickets = 20
        with (
            counting.counted() as alone,
            company_session(make_sessions(self.engine), self.office.company_id) as session,
        ):
            counts = product.count_completions(session, self.office, tickets, alone)
        mine = counting.growth(
            self.superuser_url, "public", lambda: _discard(product.client(self.url, self.office, 100))
        )
        hand = counting.growth(
            self.superuser_url, "by_hand", lambda: _discard(baseline.client(self.plain_url, 100, "by_hand"))
        )
        print("\none completion through the services, and one workflow of four tasks")
        for name, value in counts.items():
            print(f"  {name:<28}{value:>8.1f}")
        print(f"  {'bytes per workflow':<28}{mine / 110:>8.0f}   by hand {hand / 110:.0f}")

    def age(self) -> None:
        """What a completion costs early and late in one ticket's life."""
        first, last = product.long_ticket(self.url, self.office, 999)
        early, late = median(first) * 1000, median(last) * 1000
        print(f"\none ticket: p50 {early:.2f} ms up to iteration 100, {late:.2f} ms up to 999 ({late / early:.2f} x)")


def _discard(_: Sample) -> None:
    """A measurement that only fills tables."""


if __name__ == "__main__":
    main()
