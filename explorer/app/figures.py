"""The figures and the legend of a result, the same in the window, in pictures and on the command line."""

from __future__ import annotations

from explorer.i18n import _
from explorer.overlays import OverlayResult
from explorer.ui import LegendView
from explorer.ui.words import clock_words, date_words, grouped, value_in_words


def legend_of(result: OverlayResult) -> LegendView:
    """The legend of a result, as it is drawn."""
    legend = result.legend
    return LegendView(legend.title, legend.unit, legend.colours(), legend.low, legend.high, tuple(legend.ticks()))


def figures_of(result: OverlayResult) -> tuple[tuple[str, str], ...]:
    """What people read of a result: pairs of a word and a figure with its unit."""
    summary, kind = result.summary(), result.request.kind
    words = {"mean": _("On average"), "min": _("Least"), "max": _("Most")}
    if kind == "shadow":
        words = {"mean": _("Change of the share in shade") if result.is_difference else _("Share in shade")}
    moment = date_words(result.request.date.isoformat())
    if kind == "shadow":
        moment += " " + clock_words(result.request.minute_of_day)
    rows = [(_("Day"), moment)] + [
        (word, value_in_words(kind, summary[name], is_share=name == "mean"))
        for name, word in words.items()
        if summary.get(name) is not None
    ]
    if summary.get("share_at_least_2_h") is not None:
        rows.append((_("With at least 2 h of sun"), f"{summary['share_at_least_2_h']:.0%}"))
    count, cell = summary.get("n_with_value"), result.request.resolution
    if count is not None and result.facades is None:
        rows.append((_("Worked out on"), _("{area} m² in cells of {cell:g} m").format(
            area=grouped(count * cell * cell), cell=cell)))  # fmt: skip
    elif count is not None:
        rows.append((_("Worked out at"), _("{count} points on facades").format(count=count)))
    return tuple(rows)
