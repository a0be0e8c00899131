"""Parts of pages: what they render, and that they forgive what people put into addresses."""

import json
import re
from datetime import date

import pytest
from django import forms
from django.forms.renderers import DjangoTemplates
from django.http import QueryDict
from django.template import Context, Template

from foundation.accounts.models import User
from foundation.ui.charts import Chart, Series
from foundation.ui.filters import chips
from foundation.ui.forms import Renderer
from foundation.ui.paging import ordering, paginate
from foundation.ui.tabs import fold


def draw(source, rf=None, path="/", **context):
    if rf:
        context["request"] = rf.get(path)
    return Template(source).render(Context(context))


class Filter(forms.Form):
    q = forms.CharField(label="关键词", required=False)
    state = forms.ChoiceField(label="环节", required=False, choices=[("", "全部"), ("handling", "在办")])
    tags = forms.MultipleChoiceField(label="标签", required=False, choices=[("组", [("a", "甲"), ("b", "乙")])])


@pytest.mark.parametrize(
    ("key", "css"), [(0, "n"), (1, "y"), (2, "r"), (3, "r"), ("paused", "p"), ("done", "g"), ("r", "r"), ("", "n")]
)
def test_a_level_is_a_word_with_a_shape(key, css):
    assert draw('{% level key "剩 2 日" %}', key=key) == f'<span class="lv {css}">剩 2 日</span>'


@pytest.mark.parametrize(("percent", "width"), [(0, 0), (86.4, 86), (250, 100), (-3, 0), (None, 0), ("x", 0)])
def test_a_bar_stays_between_nothing_and_full(percent, width):
    assert f'class="w-{width} y"' in draw('{% bar percent "y" %}', percent=percent)


def test_what_people_typed_is_escaped_everywhere():
    nasty = "<script>alert(1)</script>"
    for source in (
        "{% level 1 nasty %}",
        "{% crumbs nasty %}",
        "{% kpi nasty nasty %}",
        "{% empty nasty hint=nasty %}",
        '{% bar 3 "r" label=nasty %}',
        "{% icon 'bell' label=nasty %}",
        "{% stack parts %}",
        "{{ nasty|num }}{{ nasty|mask_phone }}{{ nasty|dash }}",
    ):
        drawn = draw(source, nasty=nasty, parts=[{"label": nasty, "value": 3}])
        assert "<script>" not in drawn, source


def test_no_part_carries_a_style_or_a_handler():
    drawn = draw("{% bar 40 'y' %}{% stack parts %}{% ring 5 8 %}", parts=[{"label": "走访", "value": 30}])
    assert not re.search(r"\sstyle=|\son\w+=", drawn)


def test_a_page_says_which_rows_of_how_many(rf):
    request = rf.get("/?state=handling&page=2")
    page = paginate(request, range(1218), per_page=50)
    drawn = Template("{% pages page unit='件' %}").render(Context({"request": request, "page": page}))
    assert "第 51–100 件,共 1,218 件" in drawn
    assert "?state=handling&amp;page=3" in drawn


@pytest.mark.parametrize("asked", ["x", "-1", "0", "99999999999999999999", "", "２", "1e9"])
def test_nonsense_page_numbers_show_a_page(rf, asked):
    page = paginate(rf.get("/", {"page": asked}), list(range(120)), per_page=50)
    assert len(page.object_list) > 0


def test_a_known_count_is_not_counted_again(rf):
    class Rows(list):
        def count(self, *args):
            raise AssertionError("counted")

    page = paginate(rf.get("/"), Rows(range(60)), per_page=50, count=60)
    assert page.paginator.num_pages == 2


def test_sorting_takes_only_known_keys(rf):
    allowed = {"due": "due_at"}
    assert ordering(rf.get("/?sort=-due"), allowed, "-pk") == ("-due_at", "-pk")
    assert ordering(rf.get("/?sort=password"), allowed, "-pk") == ("-pk",)
    assert ordering(rf.get("/?sort=--due"), allowed, "number") == ("-due_at", "-pk")


def test_active_filters_read_as_words_and_can_be_dropped_one_by_one():
    query = QueryDict("state=handling&tags=a&tags=b&page=3&tab=mine")
    state, tags = chips(Filter(query), query)
    assert (state.label, state.value, state.url) == ("环节", "在办", "?tags=a&tags=b&tab=mine")
    assert (tags.value, tags.url) == ("甲、乙", "?state=handling&tab=mine")


def test_filters_keep_what_they_do_not_know(rf):
    request = rf.get("/issues/?tab=red&q=x&page=4")
    drawn = Template("{% filters form primary='q' %}").render(
        Context({"request": request, "form": Filter(request.GET)})
    )
    assert '<input type="hidden" name="tab" value="red">' in drawn
    assert 'name="page"' not in drawn


class Intake(forms.Form):
    title = forms.CharField(label="标题", help_text="一句话说清楚。")
    kind = forms.ChoiceField(label="类型", choices=[("a", "甲")], widget=forms.RadioSelect)
    agree = forms.BooleanField(label="已核对", required=False)


def test_a_field_joins_label_help_and_error():
    drawn = draw("{% fields form %}", form=Intake({}))
    assert '<label class="form-label" for="id_title">标题' in drawn
    assert 'aria-invalid="true"' in drawn
    described = re.search(r'id="id_title"[^>]*|<input[^>]*id="id_title"[^>]*', drawn).group(0)
    for part in ("id_title_helptext", "id_title_error"):
        assert f'id="{part}"' in drawn
        assert part in described or part in drawn.split('id="id_title"')[0].rsplit("<input", 1)[1]
    assert "<fieldset" in drawn and "<legend>类型" in drawn


def test_the_short_form_in_place_opens_itself_when_something_is_wrong():
    source = '{% include "parts/verb.html" with label="答复" url="/x/" form=form version=3 %}'
    assert re.search(r"<details[^>]*\sopen", draw(source, form=Intake({})))
    fresh = draw(source, form=Intake())
    assert not re.search(r"<details[^>]*\sopen", fresh)
    assert '<input type="hidden" name="version" value="3">' in fresh


def chart():
    return Chart(
        id="trend",
        title="办理趋势",
        period="2026-11",
        source="诉求台账",
        categories=["11-02", "</script><b>"],
        series=[Series("销号", [3, None], urls=["/issues/?week=1"])],
        unit="件",
    )


def test_a_chart_gives_the_same_figures_as_data_and_as_a_table():
    drawn = draw("{% chart c %}", c=chart())
    data = json.loads(re.search(r'<script id="chart-trend"[^>]*>(.*?)</script>', drawn, re.S).group(1))
    assert data["series"][0]["values"] == [3, None]
    assert '<a href="/issues/?week=1">3</a>' in drawn
    assert "2026-11" in drawn and "诉求台账" in drawn
    assert drawn.count("</script>") == 1


def test_a_chart_of_nothing_says_so():
    empty = Chart(id="x", title="趋势", categories=["a"], series=[Series("销号", [0])])
    assert "这段时间没有数据" in draw("{% chart c %}", c=empty)


def test_an_unused_choice_says_what_it_would_choose_and_a_date_range_picks_dates(rf):
    import django_filters

    class Range(django_filters.FilterSet):
        state = django_filters.ChoiceFilter(label="环节", choices=[("a", "在办")])
        at = django_filters.DateFromToRangeFilter(label="登记")

        class Meta:
            model = User
            fields = []

    request = rf.get("/?at_after=2026-11-01")
    form = Range(request.GET, User.objects.none()).form
    drawn = Template("{% filters form primary='state,at' %}").render(Context({"request": request, "form": form}))
    assert '<option value="" selected>环节 全部</option>' in drawn
    assert re.search(r'<input type="date" name="at_after" value="2026-11-01"[^>]*aria-label="登记起"', drawn)
    assert "登记 <b>2026-11-01</b>" in drawn


class Everything(forms.Form):
    """One field of each kind that is drawn without a template."""

    text = forms.CharField(label='<b>"', required=True, initial='a"<b>', max_length=9)
    number = forms.IntegerField(required=False, min_value=3)
    mail = forms.EmailField(required=False, disabled=True)
    secret = forms.CharField(widget=forms.PasswordInput)
    hidden = forms.CharField(widget=forms.HiddenInput, initial="&")
    day = forms.DateField(initial=date(2026, 11, 21), localize=True)
    one = forms.ChoiceField(choices=[("", "全部"), ("<", "小于 <"), ("组", [("a", "甲"), ("b", "乙")])], initial="a")
    many = forms.MultipleChoiceField(choices=[(1, "一"), (2, "二")], initial=[2])
    yes = forms.NullBooleanField()


@pytest.mark.parametrize("data", [None, {"text": "'x'&", "one": "<", "many": ["1"], "number": "9"}])
def test_quick_widgets_are_the_same_html_as_djangos(data):
    quick, plain = Everything(data, renderer=Renderer()), Everything(data, renderer=DjangoTemplates())
    for name in quick.fields:
        assert tight(quick[name].as_widget()) == tight(plain[name].as_widget()), name


def tight(html):
    return re.sub(r">\s+<", "><", html)


class TestTabs:
    """Tabs that do not fit stand behind “更多”, which needs no script."""

    TABS = (
        {"label": "全部在办", "url": "?a", "count": 12},
        {"label": "待企业确认", "url": "?b", "count": 3, "seldom": True},
        {"label": "已销号", "url": "?c", "seldom": True},
        {"label": "7 天内到期", "url": "?d", "later": "n"},
    )

    def test_all_stand_in_line_where_there_is_room(self):
        assert fold(self.TABS, 60) == (list(self.TABS), [])
        assert "更多" not in draw("{% tabs items room=60 %}", items=self.TABS)

    def test_the_seldom_used_go_first_and_keep_their_order(self):
        shown, folded = fold(self.TABS, 22)
        assert [tab["url"] for tab in shown] == ["?a", "?d"]
        assert [tab["url"] for tab in folded] == ["?b", "?c"]
        drawn = draw("{% tabs items room=22 %}", items=self.TABS)
        assert drawn.index("更多") < drawn.index("待企业确认") < drawn.index("已销号")

    def test_the_open_one_stays_in_line_even_where_nothing_fits(self):
        tabs = [{**tab, "active": tab["url"] == "?c"} for tab in self.TABS]
        assert [tab["url"] for tab in fold(tabs, 1)[0]] == ["?c"]

    @pytest.mark.parametrize("room", [0, 5, 10, 17.5, 30, 100])
    def test_nothing_is_lost_or_doubled(self, room):
        shown, folded = fold(self.TABS, room)
        assert sorted(tab["url"] for tab in shown + folded) == ["?a", "?b", "?c", "?d"]
