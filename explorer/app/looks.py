"""Which tier the window draws with: what the command line says, else the settings, else what was measured at start."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import cached_property

from explorer.i18n import _
from explorer.render import OFFICE, STANDARD, TIERS, Abilities, Engine, Tier, abilities, best_allowed, measure, tier_for
from explorer.settings import Settings
from explorer.status import Status

_MANY_PROCESSORS = 8
"""Fewer draw no tier but office by themselves."""


class Looks:
    """The choice of one run. Main thread only."""

    def __init__(
        self,
        engine: Engine,
        status: Status,
        forced: str | None = None,
        *,
        measure: Callable[[Engine], float] = measure,
        abilities: Callable[[Engine], Abilities] = abilities,
    ) -> None:
        """`forced`: a tier for this run. `measure`: the probe's milliseconds; `abilities`: what the OpenGL offers."""
        self._engine, self._status = engine, status
        self.forced = forced
        self._measure, self._ask = measure, abilities

    @cached_property
    def measured(self) -> Tier:
        """What this computer draws fluently: measured when first asked for.

        Not where the answer is known: two processors take four times what standard allows (so few more are office, too,
        and start a third of a second sooner), and a host without a window shows nobody anything.
        """
        if self._engine.is_software and (os.cpu_count() or 1) < _MANY_PROCESSORS:
            return OFFICE
        if self._engine.is_offscreen:
            return OFFICE if self._engine.is_software else STANDARD
        return best_allowed(tier_for(self._measure(self._engine)), self._abilities)

    @cached_property
    def _abilities(self) -> Abilities:
        return self._ask(self._engine)

    def tier(self, settings: Settings) -> Tier:
        """How to draw now. Where the OpenGL cannot, the next lower tier, and the status says so."""
        name = self.forced or settings.tier
        if not name:
            return self.measured
        wanted = TIERS[name]
        drawn = wanted if wanted == OFFICE else best_allowed(wanted, self._abilities)
        if drawn != wanted:
            self._status.problem(
                _("This computer's OpenGL cannot draw “{wanted}” ({lacks}); it draws “{tier}”.").format(
                    wanted=_word(wanted), lacks=self._lacking(wanted), tier=_word(drawn)
                )
            )
        return drawn

    def _lacking(self, tier: Tier) -> str:
        has = self._abilities
        lacks = [_("no multisampling")] if tier.needs_samples and has.samples < 2 else []
        if tier.needs_float_targets and not has.has_float_targets:
            lacks.append(_("no float targets"))
        return ", ".join(lacks)


def _word(tier: Tier) -> str:
    return {"office": _("office"), "standard": _("standard"), "presentation": _("presentation")}[tier.name]
