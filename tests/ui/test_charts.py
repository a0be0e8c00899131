"""Charts in a real browser: drawn from the page's own data, every mark a link, the table one click away."""

import pytest
from django.template import Context, Template
from django.urls import reverse

from foundation.accounts.permissions import Role
from foundation.ui.charts import Chart, Series
from tests.accounts.factories import UserFactory

pytestmark = pytest.mark.django_db(transaction=True)

WEEKS = ["11-02", "11-09", "11-16"]
URLS = ["/accounts/profile/?week=0", "/accounts/profile/?week=1", "/accounts/profile/?week=2"]
CHARTS = {
    "bar": Chart(
        "bar", "办理趋势", WEEKS, [Series("销号", [9, 30, 12], URLS), Series("红牌", [1, 2, 3], URLS, "line", "red")]
    ),
    "hbar": Chart("hbar", "按类别", ["融资", "审批", "用工"], [Series("在办", [4, 8, 2], URLS)], kind="hbar"),
    "heat": Chart("heat", "部门与类别", ["融资", "审批"], [Series("区金融办", [2, 0], URLS, tone="red")], kind="heat"),
    "pie": Chart("pie", "渠道", ["热线", "走访"], [Series("件数", [3, 4], URLS)], kind="pie"),
}


@pytest.fixture
def shown(page, sign_in):
    """Puts a chart into a page of the portal, as HTMX would."""
    sign_in(page, UserFactory(roles=[Role.SUPERVISOR]))
    page.goto(reverse("accounts:profile"))

    def show(name):
        drawn = Template('<section class="card">{% chart c %}</section>').render(Context({"c": CHARTS[name]}))
        page.evaluate(
            """html => {
                const main = document.getElementById("main");
                main.innerHTML = "<h1>图</h1>" + html;
                main.dispatchEvent(new CustomEvent("htmx:load", {bubbles: true, detail: {elt: main}}));
            }""",
            drawn,
        )
        page.wait_for_selector(".chart svg")
        return page

    return show


@pytest.mark.parametrize("name", CHARTS)
def test_every_kind_is_drawn_under_the_strict_policy_and_is_accessible(shown, name, assert_accessible):
    page = shown(name)
    assert page.locator(".chart").get_attribute("aria-label").startswith(CHARTS[name].title)
    assert not page.locator(".chart-box table").is_visible()
    page.get_by_text("看数据表").click()
    assert page.locator(".chart-box table").is_visible()
    assert_accessible(page)


@pytest.mark.parametrize("name", ["bar", "hbar", "heat"])
def test_a_mark_leads_to_its_rows(shown, name):
    page = shown(name)
    point = page.evaluate(
        """name => {
            const box = document.querySelector(".chart");
            const chart = echarts.getInstanceByDom(box);
            const at = {bar: ["11-09", 10], hbar: [4, "审批"], heat: ["融资", "区金融办"]}[name];
            const [x, y] = chart.convertToPixel({seriesIndex: 0}, at);
            const frame = box.getBoundingClientRect();
            return [frame.left + x, frame.top + y];
        }""",
        name,
    )
    page.mouse.click(*point)
    page.wait_for_url("**/accounts/profile/?week=*")
    assert page.url.endswith({"bar": "week=1", "hbar": "week=1", "heat": "week=0"}[name])
