"""Who hears what, and how much waits for whom."""

from __future__ import annotations

import threading

import pytest

from ticketflower.engine.announce import EVERYTHING
from ticketflower.live.hub import Hub, NoRoom
from ticketflower.live.outbox import CloseCode

ACME, GLOBEX = 1, 2
ANA, BOB = 11, 12


def test_a_socket_hears_its_topics_and_no_other() -> None:
    hub = Hub()
    outbox = hub.join(ACME, ANA, ["queue:11", "errors"])
    hub.deliver(ACME, ["queue:11", "queue:12", "board"])
    assert outbox.take() == {"queue:11"}


def test_a_socket_never_hears_of_another_company() -> None:
    hub = Hub()
    outbox = hub.join(GLOBEX, ANA, ["queue:11"])
    hub.deliver(ACME, ["queue:11", EVERYTHING])
    assert not outbox.has_waiting


def test_everything_reaches_every_socket_of_the_company() -> None:
    hub = Hub()
    outboxes = [hub.join(ACME, ANA, ["queue:11"]), hub.join(ACME, BOB, [])]
    hub.deliver(ACME, [EVERYTHING])
    assert [outbox.take() for outbox in outboxes] == [{EVERYTHING}, {EVERYTHING}]


def test_after_a_gap_every_socket_of_every_company_looks_again() -> None:
    hub = Hub()
    outboxes = [hub.join(ACME, ANA, []), hub.join(GLOBEX, BOB, [])]
    hub.tell_all()
    assert [outbox.take() for outbox in outboxes] == [{EVERYTHING}, {EVERYTHING}]


def test_a_burst_about_one_topic_is_taken_once() -> None:
    hub = Hub()
    outbox = hub.join(ACME, ANA, ["errors"])
    for _ in range(100):
        hub.deliver(ACME, ["errors"])
    assert outbox.take() == {"errors"}
    assert outbox.take() == frozenset()


def test_who_left_hears_nothing_and_frees_the_place() -> None:
    hub = Hub(most_per_user=1)
    outbox = hub.join(ACME, ANA, ["errors"])
    hub.leave(outbox)
    hub.leave(outbox)
    hub.deliver(ACME, ["errors"])
    assert not outbox.has_waiting
    assert len(hub) == 0
    hub.join(ACME, ANA, ["errors"])
    assert len(hub) == 1


def test_a_person_has_a_limited_number_of_sockets_and_others_are_not_touched_by_it() -> None:
    hub = Hub(most_per_user=2)
    hub.join(ACME, ANA, [])
    hub.join(ACME, ANA, [])
    with pytest.raises(NoRoom, match="2 live pages open"):
        hub.join(ACME, ANA, [])
    hub.join(ACME, BOB, [])
    hub.join(GLOBEX, ANA, [])
    assert len(hub) == 4


def test_too_much_waiting_closes_the_socket_and_forgets_the_rest() -> None:
    hub = Hub(most_waiting=3)
    outbox = hub.join(ACME, ANA, ["errors"])
    for _ in range(3):
        hub.deliver(ACME, ["errors"])
    assert outbox.closing is None
    hub.deliver(ACME, ["errors"])
    assert outbox.closing is CloseCode.TOO_SLOW
    assert not outbox.has_waiting
    hub.deliver(ACME, ["errors"])
    assert not outbox.has_waiting


def test_closing_tells_every_socket_to_come_back_and_takes_no_new_one() -> None:
    hub = Hub()
    outbox = hub.join(ACME, ANA, ["errors"])
    hub.close()
    assert outbox.closing is CloseCode.RESTART
    with pytest.raises(NoRoom, match="restarting"):
        hub.join(ACME, BOB, [])


def test_the_first_reason_to_close_stays() -> None:
    outbox = Hub().join(ACME, ANA, [])
    outbox.close(CloseCode.SIGN_IN)
    outbox.close(CloseCode.RESTART)
    assert outbox.closing is CloseCode.SIGN_IN


@pytest.mark.parametrize("happened", ["announced", "closed"])
def test_what_came_before_the_socket_was_ready_wakes_it(happened: str) -> None:
    hub = Hub()
    outbox = hub.join(ACME, ANA, ["errors"])
    if happened == "announced":
        hub.deliver(ACME, ["errors"])
    else:
        hub.close()
    event = threading.Event()
    outbox.wake_with(event)
    assert event.is_set()


def test_many_threads_at_once_lose_nothing_and_leave_nothing() -> None:
    hub = Hub(most_per_user=1000, most_waiting=100_000)
    stays = hub.join(ACME, ANA, [f"ticket:{n}" for n in range(8)])
    barrier = threading.Barrier(8)

    def come_and_go(number: int) -> None:
        barrier.wait()
        for _ in range(300):
            outbox = hub.join(ACME, BOB, [f"ticket:{number}"])
            hub.deliver(ACME, [f"ticket:{number}"])
            assert outbox.take() == {f"ticket:{number}"}
            hub.leave(outbox)

    threads = [threading.Thread(target=come_and_go, args=[number]) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(stays._waiting) == 8 * 300
    assert len(hub) == 1
    assert set(hub._by_topic) == {(ACME, f"ticket:{n}") for n in range(8)}
