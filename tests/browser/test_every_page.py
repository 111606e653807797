"""Every page: WCAG 2.2 AA in light and dark, on a desk and on a phone, and nothing that has to be scrolled sideways."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import Browser, Page, expect
from werkzeug.exceptions import NotFound

from tests.browser.conftest import Site, Windows, new_company
from tests.browser.test_error_desk import TWO_QUOTES
from tests.browser.test_workflow_pages import PURCHASE
from tests.shop import Shop
from ticketflower.services import definitions

pytestmark = pytest.mark.browser

LEVELS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]

#: Pages for who isn't signed in.
OUTSIDE = ("/", "/sign-in", "/sign-up")
#: Pages for Ana, who has every role; the names in braces are ``NUMBERS``.
INSIDE = (
    "/",
    "/workflows",
    "/workflows/_upload",
    "/workflows/quotes",
    "/workflows/purchase-approval/2",
    "/workflows/purchase-approval/edit",
    "/tickets/new",
    "/tickets/new/purchase-request",
    "/tickets",
    "/tickets?status=archive",
    "/tickets/{ticket}",
    "/tickets/{ended}",
    "/tickets/{held}",
    "/tickets/{ticket}/correct?field=amount",
    "/tickets/{ticket}/cancel",
    "/tickets/{ticket}/hold",
    "/tickets/{held}/resume",
    "/tickets/all",
    "/tickets/all?q=nothing+is+like+this",
    "/tasks",
    "/tasks?tab=unassigned",
    "/tasks?tab=completed",
    "/tasks/{task}",
    "/tasks/{done}",
    "/tasks/{foreign}",
    "/tasks/{task}/assign",
    "/errors",
    "/errors?status=RESOLVED",
    "/errors/{error}",
    "/nothing-is-here",
)
NUMBERS = ("ticket", "held", "ended", "task", "done", "foreign", "error")
#: What answers a GET and is no page.
NOT_PAGES = frozenset({"design.download", "health.alive", "health.ready", "live.stay"})


# A window keeps its scheme: Chromium takes a moment to give every element of a page the colours of another.
LOOKS: Mapping[str, Mapping[str, Any]] = {
    "light, on a desk": {"color_scheme": "light", "viewport": {"width": 1280, "height": 900}},
    "dark, on a phone": {"color_scheme": "dark", "viewport": {"width": 390, "height": 844}, "has_touch": True},
}


@dataclass
class World:
    """A company with something on each page, and Ana's windows into it, by their looks."""

    windows: Mapping[str, Page]
    numbers: Mapping[str, int]

    @property
    def phone(self) -> Page:
        return self.windows["dark, on a phone"]


@pytest.fixture(scope="module")
def outside(chromium: Browser, site: Site) -> Iterator[Mapping[str, Page]]:
    """Windows of somebody who isn't signed in, by their looks."""
    windows = Windows(chromium, site.origin)
    yield {look: windows.open(**options) for look, options in LOOKS.items()}
    windows.close()
    assert windows.complaints == []


@pytest.fixture(scope="module")
def world(chromium: Browser, site: Site) -> Iterator[World]:
    """The company, made once: these tests change nothing."""
    company = new_company(site)
    shop, ana, ben = Shop(company), company.people["ana"], company.people["ben"]
    shop.store("purchase-approval")
    shop.store("quotes", TWO_QUOTES)
    with company.session() as session:
        definitions.store_draft(session, ana.actor, "purchase-approval", PURCHASE, None, company.now)
    ticket, held, ended = (shop.submit(ana) for _ in range(3))
    quoted = shop.submit(ana, "quote", item="A lamp")
    done = shop.give(shop.task(ended, "manager_review"), ana)
    shop.complete(done, ana, approved=False, reason="Too dear.\nAsk again next year.")
    task = shop.give(shop.task(ticket, "manager_review"), ana)
    shop.hold(held)
    shop.release(shop.give(shop.task(held, "manager_review"), ana), ana)
    shop.complete(shop.give(shop.task(quoted, "ask_first"), ana), ana, price=10)
    foreign = shop.give(shop.task(quoted, "buy"), ben)
    shop.complete(shop.give(shop.task(quoted, "ask_second"), ben), ben, price=12)
    numbers = dict(zip(NUMBERS, (ticket, held, ended, task, done, foreign, shop.error(quoted)), strict=True))
    windows = Windows(chromium, site.origin)
    yield World({look: windows.open(ana, **options) for look, options in LOOKS.items()}, numbers)
    windows.close()
    assert [said for said in windows.complaints if "/nothing-is-here" not in said] == []


def faults_of(page: Page) -> list[str]:
    """What axe finds, and what sticks out to the right."""
    found = Axe().run(page, options={"runOnly": {"type": "tag", "values": LEVELS}}).response
    assert "color-contrast" in {each["id"] for each in found["passes"]}, "axe did not look at the page"
    broken = [(each["id"], node) for each in found["violations"] for node in each["nodes"]]
    sticking_out: list[str] = page.evaluate(STICKING_OUT)
    return [f"{rule}: {node['html']} {node['failureSummary']}" for rule, node in broken] + sticking_out


STICKING_OUT = """document.documentElement.scrollWidth <= document.documentElement.clientWidth ? []
    : [...document.querySelectorAll('body *')].filter(one => one.getBoundingClientRect().right > innerWidth)
        .map(one => 'sticks out: ' + one.outerHTML.slice(0, 120))"""


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("path", OUTSIDE)
def test_a_page_outside_is_accessible_and_fits(outside: Mapping[str, Page], path: str, look: str) -> None:
    outside[look].goto(path)
    assert faults_of(outside[look]) == []


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("path", INSIDE)
def test_a_page_inside_is_accessible_and_fits(world: World, path: str, look: str) -> None:
    page = world.windows[look]
    page.goto(path.format_map(world.numbers))
    assert faults_of(page) == []


def send_nothing(page: Page, path: str, button: str) -> None:
    page.goto(path)
    page.get_by_role("button", name=button, exact=True).click()
    expect(page.locator("#error-summary")).to_be_visible()


@pytest.mark.parametrize("look", LOOKS)
def test_forms_with_problems_are_accessible_and_fit(world: World, outside: Mapping[str, Page], look: str) -> None:
    send_nothing(outside[look], "/sign-up", "Create company")
    assert faults_of(outside[look]) == []
    page = world.windows[look]
    for path, button in (
        ("/tickets/new/purchase-request", "Submit ticket"),
        ("/tasks/{task}", "Complete task"),
        ("/workflows/_upload", "Store as draft"),
    ):
        send_nothing(page, path.format_map(world.numbers), button)
        assert faults_of(page) == [], path


@pytest.mark.parametrize("look", LOOKS)
def test_the_editor_with_problems_and_its_listing_is_accessible_and_fits(world: World, look: str) -> None:
    page = world.windows[look]
    page.goto("/workflows/_upload")
    page.locator("#document").fill(TWO_QUOTES.replace("[item]", "[itm]"))
    page.get_by_role("button", name="Check only").click()
    expect(page.locator(".problem").first).to_be_visible()
    assert faults_of(page) == []


@pytest.mark.parametrize("button", ["More", "Ana Alm"])
def test_an_opened_menu_of_a_phone_is_accessible(world: World, button: str) -> None:
    world.phone.goto("/tasks")
    world.phone.get_by_role("button", name=button).click()
    assert faults_of(world.phone) == []


def test_every_page_of_the_product_is_looked_at_here(shared_app: Flask) -> None:
    pages = {
        rule.endpoint
        for rule in shared_app.url_map.iter_rules()
        if "GET" in (rule.methods or ()) and not rule.endpoint.startswith("api.") and rule.endpoint not in NOT_PAGES
    }
    routes = shared_app.url_map.bind("localhost")
    numbers = dict.fromkeys(NUMBERS, 1)
    looked_at = set()
    for path in (*OUTSIDE, *INSIDE):
        with contextlib.suppress(NotFound):
            looked_at.add(routes.match(path.format_map(numbers).partition("?")[0], method="GET")[0])
    assert looked_at == pages
