"""Comparing: variants side by side in time, and what a simulation says about their difference."""

from __future__ import annotations

from explorer.i18n import _
from explorer.scenario import ChangeScene
from explorer.ui.host import Host
from explorer.ui.simulate_ui import SimulatePanel
from explorer.ui.widgets import Widgets


def draw_compare(host: Host, w: Widgets, simulate: SimulatePanel) -> None:
    """Draw into the panel of now."""
    assert host.scenario is not None
    w.heading(_("Compare"))
    w.text_wrapped(_("Choose a variant to see it. The difference of a simulation shows what variants change."))
    active = host.scenario.scene.active_variant
    choices = [(None, _("As it is")), *((v.id, v.name) for v in host.scenario.variants)]
    for number, (variant_id, name) in enumerate(choices):
        words = f"{number}  {name}"
        if number:
            w.flow(words)
        if w.button(words, f"compare_{variant_id or 'none'}", primary=variant_id == active) and variant_id != active:
            host.execute(ChangeScene({"active_variant": variant_id}))
    if not host.scenario.variants:
        w.text_wrapped(_("There is nothing to compare yet. Propose a building first."))
        if w.button(_("Propose a building"), "compare_propose", icon="building", primary=True):
            host.set_tool("block")
        return
    if host.view.overlay.has_result or host.view.overlay.fraction is not None:
        simulate.draw(host, w)
    elif w.button(_("Work out the difference"), "compare_run", icon="play", primary=True, enabled=active is not None):
        host.show_simulation("difference")
        host.simulate()
