"""What the scripts do in a real browser, under the real content security policy (ux.md, Live and Swaps).

These hold the facts about htmx 4.0.1 that docs/decisions/0003-front-end.md lists.
"""

from __future__ import annotations

import datetime as dt
import re
import time
from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.design.backstage import Backstage
from tests.design.stage import NOON

pytestmark = pytest.mark.browser


def until(true: Callable[[], bool], seconds: float = 5) -> None:
    """Wait for something on the server's side; fail when it doesn't come."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.02)


def open_queue(page: Page, behind: Backstage) -> None:
    """The page with the live list, after its first connection and the fetch that follows; the mouse is elsewhere."""
    with page.expect_response("**/queue"):
        page.goto("/")
    page.mouse.move(2, 2)
    until(lambda: behind.fetched == 1 and behind.connected)


def rows(page: Page) -> list[str]:
    return page.locator("#queue-rows > li").evaluate_all("rows => rows.map(row => row.id)")


def upsert(*numbers: int, sort: str = "") -> str:
    made = "".join(
        f'<li class="row" id="task-{n}" data-key="{n}">'
        f'<a class="row__title" id="task-{n}-link" href="/">Task {n} new</a></li>'
        for n in numbers
    )
    return f'<hx-upsert hx-target="#queue-rows" key="data-key"{sort}>{made}</hx-upsert>'


# The socket


def test_after_each_connection_the_list_is_fetched_again(page: Page, behind: Backstage) -> None:
    open_queue(page, behind)
    behind.tasks = [10, 20, 30, 40]
    behind.close(1012)
    expect(page.locator("#task-40")).to_be_visible()


@pytest.mark.parametrize("code", [1000, 1008, 1011, 1012, 1013])
def test_a_close_that_means_come_back_is_followed_by_a_new_connection(page: Page, behind: Backstage, code: int) -> None:
    open_queue(page, behind)
    behind.close(code)
    until(lambda: behind.handshakes == 2 and behind.fetched == 2)
    expect(page.locator("#connection")).to_have_text("")


def test_4401_leads_to_sign_in_and_back_to_this_page(page: Page, behind: Backstage) -> None:
    open_queue(page, behind)
    behind.close(4401)
    expect(page).to_have_url(re.compile(r"/sign-in\?next=%2F$"))


def test_who_is_typing_is_told_instead_of_led_away(page: Page, behind: Backstage) -> None:
    page.goto("/form")
    until(lambda: behind.connected)
    page.get_by_label("No", exact=True).check()
    behind.close(4401)
    expect(page.get_by_role("alert")).to_contain_text("You are signed out. What you typed is still here.")
    expect(page.get_by_role("link", name="Sign in in a new tab")).to_have_attribute("href", "/sign-in?next=%2Fform")


def test_after_three_refused_handshakes_the_page_polls_and_says_so_until_the_socket_is_back(
    page: Page, behind: Backstage
) -> None:
    behind.walled = True
    page.clock.install(time=NOON)
    page.goto("/")
    page.clock.pause_at(NOON + dt.timedelta(seconds=30))

    def third_handshake_after_another_second() -> bool:
        page.clock.run_for(1000)  # again and again: the page sets its timer only when it has heard the refusal
        return behind.handshakes >= 3

    until(third_handshake_after_another_second, 20)
    expect(page.locator("#connection")).to_contain_text("looks for changes every 20 seconds")
    before = behind.fetched
    behind.tasks = [10, 20, 30, 40]
    page.clock.run_for(20_000)
    expect(page.locator("#task-40")).to_be_visible()
    assert behind.fetched > before
    behind.walled = False
    page.clock.run_for(31_000)
    expect(page.locator("#connection")).to_have_text("")


def test_a_close_that_htmx_never_comes_back_from_is_followed_by_polling(page: Page, behind: Backstage) -> None:
    open_queue(page, behind)
    behind.close(4403)
    expect(page.locator("#connection")).to_contain_text("every 20 seconds")


# New rows


def test_a_row_that_arrives_is_shown_announced_and_takes_the_place_of_the_empty_words(
    page: Page, behind: Backstage
) -> None:
    behind.tasks = []
    open_queue(page, behind)
    expect(page.get_by_role("heading", name="No tasks")).to_be_visible()
    behind.push(upsert(5))
    expect(page.locator("#task-5")).to_be_visible()
    expect(page.get_by_role("heading", name="No tasks")).to_be_hidden()
    expect(page.locator("#announcer")).to_have_text("1 new task")


def test_a_row_that_is_there_is_replaced_and_not_doubled(page: Page, behind: Backstage) -> None:
    open_queue(page, behind)
    behind.push(upsert(20))
    expect(page.locator("#task-20")).to_have_text("Task 20 new")
    assert rows(page) == ["task-10", "task-20", "task-30"]


def point(page: Page) -> None:
    page.locator("#task-20").hover()


def focus(page: Page) -> None:
    page.locator("#task-20-link").focus()


def select(page: Page) -> None:
    page.evaluate("getSelection().selectAllChildren(document.querySelector('#task-20'))")


def scroll(page: Page) -> None:
    page.set_viewport_size({"width": 800, "height": 200})
    page.evaluate("document.querySelector('#task-30').scrollIntoView({block: 'start', behavior: 'instant'})")
    until(lambda: page.evaluate("document.querySelector('#queue-rows').getBoundingClientRect().top < 0"))


@pytest.mark.parametrize("occupy", [point, focus, select, scroll])
def test_rows_that_would_push_others_down_wait_for_a_click(
    page: Page, behind: Backstage, occupy: Callable[[Page], None]
) -> None:
    open_queue(page, behind)
    occupy(page)
    before = page.locator("#task-20").bounding_box()
    behind.push(upsert(1, 2))
    behind.push(upsert(3))
    show = page.get_by_role("button", name="3 new tasks – show")
    expect(show).to_be_visible()
    assert rows(page) == ["task-10", "task-20", "task-30"]
    assert page.locator("#task-20").bounding_box() == before
    behind.tasks = [1, 2, 3, 10, 20, 30]
    show.click()
    expect(page.locator("#task-1")).to_be_visible()
    expect(show).to_have_count(0)
    assert rows(page) == ["task-1", "task-2", "task-3", "task-10", "task-20", "task-30"]
    expect(page.locator("#queue")).to_be_focused()


def test_a_row_that_comes_last_moves_nothing_and_is_shown_at_once(page: Page, behind: Backstage) -> None:
    open_queue(page, behind)
    point(page)
    behind.push(upsert(40))
    expect(page.locator("#task-40")).to_be_visible()


def test_the_order_of_the_upsert_decides_what_is_last(page: Page, behind: Backstage) -> None:
    behind.tasks = [30, 20, 10]
    open_queue(page, behind)
    point(page)
    behind.push(upsert(40, sort=' sort="desc"'))
    expect(page.get_by_role("button", name="1 new task – show")).to_be_visible()
    behind.push(upsert(5, sort=' sort="desc"'))
    expect(page.locator("#task-5")).to_be_visible()


def test_a_fetch_of_the_whole_list_holds_back_as_well_and_forgets_what_is_gone(page: Page, behind: Backstage) -> None:
    open_queue(page, behind)
    point(page)
    behind.push(upsert(1, 2))
    expect(page.get_by_role("button", name="2 new tasks – show")).to_be_visible()
    behind.tasks = [2, 10, 20, 30, 40]
    behind.close(1012)
    expect(page.get_by_role("button", name="1 new task – show")).to_be_visible()
    assert rows(page) == ["task-10", "task-20", "task-30", "task-40"]


def test_focus_stays_in_a_row_that_is_replaced(page: Page, behind: Backstage) -> None:
    open_queue(page, behind)
    focus(page)
    behind.push(upsert(20))
    expect(page.locator("#task-20")).to_have_text("Task 20 new")
    expect(page.locator("#task-20-link")).to_be_focused()


def test_focus_falls_to_the_list_when_its_row_goes(page: Page, behind: Backstage) -> None:
    open_queue(page, behind)
    focus(page)
    behind.push('<hx-partial hx-target="#task-20" hx-swap="delete"></hx-partial>')
    expect(page.locator("#task-20")).to_have_count(0)
    expect(page.locator("#queue-rows")).to_be_focused()


def test_the_count_in_the_navigation_is_live(page: Page, behind: Backstage) -> None:
    open_queue(page, behind)
    behind.push('<hx-partial hx-target="#nav-count-tasks" hx-swap="textContent">7</hx-partial>')
    expect(page.locator("#nav-count-tasks")).to_have_text("7")


# Answers, double submits, times


@pytest.mark.parametrize("status", [400, 413, 500, 502, 503])
def test_an_error_page_that_is_not_ours_is_not_swapped_in(page: Page, behind: Backstage, status: int) -> None:
    behind.answer = ("<html><body>nginx</body></html>", status)
    page.goto("/form")
    page.locator("#swap-button").click()
    expect(page.get_by_role("alert")).to_contain_text("Nothing was changed on this page.")
    expect(page.locator("#place")).to_have_text("Before")


@pytest.mark.parametrize("status", [200, 409, 422])
def test_answers_of_ours_are_swapped_in(page: Page, behind: Backstage, status: int) -> None:
    behind.answer = ("<p>After</p>", status)
    page.goto("/form")
    page.locator("#swap-button").click()
    expect(page.locator("#place")).to_have_text("After")
    assert behind.tokens == ["a-token"]


def test_a_refusal_lands_in_the_flash_region(page: Page, behind: Backstage) -> None:
    behind.answer = "refused"
    page.goto("/form")
    page.locator("#swap-button").click()
    expect(page.locator("#flash").get_by_role("alert")).to_have_text("Not now.")
    expect(page.locator("#place")).to_have_text("Before")


@pytest.mark.parametrize("button", ["#send", "#swap-button"])
def test_a_double_click_posts_once(page: Page, behind: Backstage, button: str) -> None:
    behind.gate.clear()
    page.goto("/form")
    page.locator(button).dblclick(no_wait_after=True)
    until(lambda: len(behind.posts) == 1)
    behind.gate.set()
    if button == "#swap-button":
        expect(page.locator("#place")).to_have_text("After")
        page.locator(button).click()
        until(lambda: len(behind.posts) == 2)
    else:
        page.wait_for_url("**/")
    assert len(behind.posts) == (2 if button == "#swap-button" else 1)


def test_times_are_those_of_the_browsers_zone_when_the_person_chose_none(page: Page, behind: Backstage) -> None:
    behind.answer = (
        '<p><time datetime="2026-11-21T12:00:00+00:00" data-show="both">21 Nov 2026, 12:00 UTC</time></p>',
        200,
    )
    page.goto("/form")
    page.locator("#swap-button").click()
    expect(page.locator("#place time")).to_have_text("21 Nov 2026, 21:00")


# Forms


def test_an_optional_field_shows_itself_when_its_condition_holds_and_is_left_out_otherwise(
    page: Page, behind: Backstage
) -> None:
    page.goto("/form")
    reason = page.get_by_label("Reason")
    expect(reason).to_be_hidden()
    page.get_by_label("No", exact=True).check()
    expect(reason).to_be_visible()
    expect(page.locator("#when")).to_be_hidden()
    reason.fill("Too dear")
    page.get_by_label("Yes", exact=True).check()
    expect(reason).to_be_hidden()
    page.locator("#send").click()
    page.wait_for_url("**/")
    assert [post.get("f-approved") for post in behind.posts] == ["true"]
    assert "f-reason" not in behind.posts[0]


CONDITIONS = {
    '{"==": [{"var": "approved"}, null]}': True,
    '{"==": [{"var": "approved"}, 0]}': False,
    '{">": [{"var": "amount"}, 3]}': True,
    '{"<": [1, {"var": "amount"}, 5]}': False,
    '{"<": [{"var": "nothing"}, 3]}': False,
    '{"and": [{">=": [{"var": "amount"}, 5]}, {"!": [{"var": "approved"}]}]}': True,
    '{"or": [{"var": "approved"}, {"in": [{"var": "amount"}, [4, 6]]}]}': False,
    '{"if": [{"var": "approved"}, true, {"==": [{"+": [{"var": "amount"}, 1]}, 6]}]}': True,
    '{"!": [{"missing": ["amount"]}]}': True,
    '{"missing": ["amount", "nothing"]}': True,
    '{"contains": ["ticket", "flower"]}': False,
    '{">=": [{"count": [{"var": "amount"}, {"var": "approved"}, true]}, 2]}': True,
    '{"==": [{"*": [{"var": "nothing"}, 2]}, 0]}': False,
    '{"matches": ["x", "y"]}': True,
    '{"==": [{"var": "_.iteration"}, 99]}': True,
    '{"==": [{"var": "kind"}, "b"]}': True,
    '{"<": [{"var": "price"}, 5]}': True,
    '{">": [{"var": "price"}, 1200]}': True,
    '{"in": ["x", {"var": "lines"}]}': True,
    '{"contains": [{"var": "lines"}, "z"]}': False,
    "not json": True,
}
"""Over amount 5, an unanswered yes or no, the choice b, a price that reads 1.234,50 and two lines: doubt shows."""


@pytest.mark.parametrize(("condition", "shown"), CONDITIONS.items())
def test_conditions_mean_what_they_mean_to_the_engine(
    page: Page, behind: Backstage, condition: str, shown: bool
) -> None:
    behind.condition = condition
    page.goto("/form")
    assert page.locator("#f-reason").is_visible() is shown


def test_a_draft_is_saved_when_typing_stops_and_never_after_the_form_was_sent(page: Page, behind: Backstage) -> None:
    page.clock.install(time=NOON)
    page.goto("/form")
    page.clock.pause_at(NOON + dt.timedelta(minutes=1))
    page.get_by_label("No", exact=True).check()
    page.get_by_label("Reason").fill("Too")
    page.clock.run_for(1000)
    page.get_by_label("Reason").fill("Too dear")
    page.clock.run_for(1400)
    assert behind.drafts == []
    page.clock.run_for(200)
    expect(page.locator("[data-draft-status]")).to_have_text("Draft saved 21:01")
    assert [(d["f-approved"], d["f-reason"]) for d in behind.drafts] == [("false", "Too dear")]
    assert behind.tokens == ["a-token"]
    page.get_by_label("Reason").fill("Too dear by far")
    page.locator("#send").click()
    page.wait_for_url("**/")
    assert len(behind.drafts) == 1


def test_a_draft_is_saved_at_once_when_the_page_is_left(page: Page, behind: Backstage) -> None:
    page.goto("/form")
    page.get_by_label("Yes", exact=True).check()
    page.goto("/sign-in")
    until(lambda: [draft["f-approved"] for draft in behind.drafts] == ["true"])


def test_what_was_typed_can_be_copied_by_hand_where_the_clipboard_is_closed(page: Page) -> None:
    page.add_init_script("Object.defineProperty(navigator, 'clipboard', { value: undefined })")
    page.goto("/form")
    page.get_by_label("No", exact=True).check()
    page.get_by_label("Reason").fill("Too dear")
    page.get_by_role("button", name="Copy what I typed").click()
    words = ["Approved?: No", "Kind: Big", "Price: 1.234,50", "Lines: x\n y", "Reason: Too dear"]
    expect(page.get_by_label("What you typed")).to_have_value("\n".join(words))


# Without anything else


def test_the_persons_menu_and_the_phones_more_open_without_script(browser: Browser, address: str) -> None:
    context = browser.new_context(java_script_enabled=False, viewport={"width": 390, "height": 844})
    plain = context.new_page()
    plain.set_default_timeout(5000)
    plain.goto(address)
    plain.get_by_role("button", name="More").click()
    expect(plain.get_by_role("link", name="Page 7")).to_be_visible()
    plain.keyboard.press("Escape")
    plain.get_by_role("button", name="Ana Ferreira").click()
    expect(plain.get_by_role("button", name="Sign out")).to_be_visible()
    context.close()


@pytest.mark.parametrize("width", [360, 390, 768, 1280])
@pytest.mark.parametrize("path", ["/", "/form"])
def test_no_page_scrolls_sideways(page: Page, path: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(path)
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
