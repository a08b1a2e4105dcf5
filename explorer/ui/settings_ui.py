"""What a person likes: language, looks, size, who it is for."""

from __future__ import annotations

from imgui_bundle import imgui

from explorer.i18n import _, languages
from explorer.settings import PROFILES, THEMES, TIERS
from explorer.ui.host import Host
from explorer.ui.layout import Layout, dialog
from explorer.ui.server_ui import draw_web_settings
from explorer.ui.widgets import Widgets

_KEPT_GB = (0.0, 0.5, 2.0, 8.0, 32.0)


def draw_settings(host: Host, w: Widgets, layout: Layout) -> None:
    """Draw the window of settings."""
    with dialog("settings", _("Settings"), layout):
        s = host.settings
        codes = list(languages())
        current = codes.index(s.language) if s.language in codes else 0
        chosen = w.combo(_("Language"), "set_language", list(languages().values()), current)
        if chosen != current:
            host.change_settings(language=codes[chosen])
        words = {
            "planner": _("Planning: everything"),
            "workshop": _("Workshop: the big, safe actions"),
        }
        profile = w.combo(_("For"), "set_profile", [words[name] for name in PROFILES], PROFILES.index(s.profile))
        if PROFILES[profile] != s.profile:
            host.change_settings(profile=PROFILES[profile])
        names = [{"light": _("Light"), "dark": _("Dark"), "contrast": _("High contrast")}[t] for t in THEMES]
        theme = w.combo(_("Appearance"), "set_theme", names, THEMES.index(s.theme))
        if THEMES[theme] != s.theme:
            host.change_settings(theme=THEMES[theme])
        scales = (0.8, 1.0, 1.25, 1.5, 2.0, 2.5)
        at = min(range(len(scales)), key=lambda i: abs(scales[i] - s.scale))
        scale = w.combo(_("Size"), "set_scale", [f"{v:.0%}" for v in scales], at)
        if scale != at:
            host.change_settings(scale=scales[scale])
        tiers = ("", *TIERS)
        words = {
            "": _("As this computer can ({tier})").format(tier=_tier_word(host.measured_tier)),
            "office": _("Office: for any computer"),
            "standard": _("Standard: soft shadows, smooth edges"),
            "presentation": _("Presentation: as fine as it gets"),
        }
        tier = w.combo(_("Picture"), "set_tier", [words[name] for name in tiers], tiers.index(s.tier))
        if tiers[tier] != s.tier:
            host.change_settings(tier=tiers[tier])
        touch = w.checkbox(_("Touch: larger controls and thumb pads"), "set_touch", s.touch)
        if touch != s.touch:
            host.change_settings(touch=touch)
        less = w.checkbox(_("Less motion"), "set_motion", s.less_motion)
        if less != s.less_motion:
            host.change_settings(less_motion=less)
        offline = w.checkbox(_("Offline: ask no server"), "set_offline", s.offline)
        if offline != s.offline:
            host.change_settings(offline=offline)
        at = min(range(len(_KEPT_GB)), key=lambda i: abs(_KEPT_GB[i] - s.cache_gb))
        kept = w.combo(_("Kept of the web"), "set_cache", [_("{gb:g} GB").format(gb=gb) for gb in _KEPT_GB], at)
        if kept != at:
            host.change_settings(cache_gb=_KEPT_GB[kept])
        draw_web_settings(host, w)
        if w.button(_("Close"), "settings_close"):
            host.view.show_settings = False
        imgui.same_line()
        if w.button(_("Draw everything anew"), "draw_anew"):
            host.draw_anew()


def _tier_word(name: str) -> str:
    return {"office": _("office"), "standard": _("standard"), "presentation": _("presentation")}[name]
