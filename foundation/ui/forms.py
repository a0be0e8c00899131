"""The renderer that gives every form the portal's fields."""

from typing import Any

from django.forms import Field, Widget, widgets
from django.forms.renderers import DjangoTemplates
from django.template import loader
from django.utils.translation import gettext as _
from django_filters.widgets import DateRangeWidget

from foundation.ui import quick

CLASSES: tuple[tuple[type[Widget] | tuple[type[Widget], ...], str], ...] = (
    ((widgets.RadioSelect, widgets.CheckboxSelectMultiple, widgets.HiddenInput), ""),
    (widgets.CheckboxInput, "form-check-input"),
    (widgets.Select, "form-select"),
    (widgets.Widget, "form-control"),
)

ENDS = ("起", "止")
DASHES = ("---------", "")


class Renderer(DjangoTemplates):
    """Draws {{ form }} and {{ field.as_field_group }} with the portal's parts, widgets with Django's own."""

    form_template_name = "parts/form.html"
    field_template_name = "parts/field.html"

    def render(self, template_name: str, context: dict[str, Any], request: Any = None) -> str:
        """The common widgets without a template."""
        drawn = quick.draw(template_name, context["widget"]) if "widget" in context else None
        return super().render(template_name, context, request) if drawn is None else drawn

    def get_template(self, template_name: str) -> Any:
        """The portal's parts come from the project's templates."""
        if template_name.startswith("parts/"):
            return loader.get_template(template_name)
        return super().get_template(template_name)


def css_class(widget: Widget) -> str:
    """The class a widget is drawn with, keeping what its author gave it."""
    own = str(widget.attrs.get("class", ""))
    kind = next(name for types, name in CLASSES if isinstance(widget, types))
    return " ".join(dict.fromkeys(filter(None, [*own.split(), kind])))


def layout(widget: Widget) -> str:
    """How a field is laid out: `choices` and `range` as a fieldset, `check` with its label behind, `file`, `plain`."""
    if isinstance(widget, (widgets.RadioSelect, widgets.CheckboxSelectMultiple)):
        return "choices"
    if isinstance(widget, widgets.MultiWidget):
        return "range"
    if isinstance(widget, widgets.CheckboxInput):
        return "check"
    return "file" if getattr(widget, "input_type", "") == "file" else "plain"


def refine(widget: Widget, label: str) -> None:
    """What nobody chose gets the portal's choice: date pickers, short text areas, names for both ends of a range."""
    if isinstance(widget, widgets.MultiWidget):
        for part, end in zip(widget.widgets, ENDS, strict=False):
            part.attrs["aria-label"] = f"{label}{end}"
            refine(part, label)
            if isinstance(widget, DateRangeWidget):
                part.input_type = "date"  # type: ignore[attr-defined]
    elif isinstance(widget, widgets.DateInput) and widget.input_type == "text":
        widget.input_type, widget.format = "date", "%Y-%m-%d"
    elif isinstance(widget, widgets.Textarea) and widget.attrs.get("rows") == "10":
        widget.attrs["rows"] = "4"


def name_empty(field: Field, label: str) -> None:
    """An unused choice in a row of filters says what it would choose: 主办部门 全部, not a row of dashes."""
    words = _("%(label)s 全部") % {"label": label}
    if getattr(field, "empty_label", None) in DASHES:
        field.empty_label = words  # type: ignore[attr-defined]
        field.widget.choices = field.choices  # type: ignore[attr-defined]
    elif isinstance(field.widget, widgets.Select) and not isinstance(field.widget, widgets.SelectMultiple):
        field.widget.choices = [
            (key, words if key in ("", None) and str(name) in DASHES else name) for key, name in field.widget.choices
        ]
