"""A host without a window: a real scenario store, and a list of everything the panels asked for."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from explorer.layers.colour import colour_table
from explorer.massing import MassFigures
from explorer.massing import figures as mass_figures
from explorer.scenario import (
    Command,
    Proposal,
    Scenario,
    ScenarioStore,
    Scene,
    TilesetLayer,
    Variant,
    Viewpoint,
)
from explorer.settings import Settings
from explorer.status import Status
from explorer.ui import Handles, LeftWork, LegendView, Measure, SearchHit
from explorer.viewstate import Selected, ViewState

BLOCK = ((-10.0, -6.0), (10.0, -6.0), (10.0, 6.0), (-10.0, 6.0))


def full_scenario() -> Scenario:
    """Two layers, two variants, a proposal in each form of being, a viewpoint."""
    records = [
        Scene(title="Zeehaven", crs="EPSG:28992+5709", time_zone="Europe/Amsterdam", active_variant="variant-a"),
        TilesetLayer(id="layer-1", name="Zeehaven", url="town/tileset.json"),
        TilesetLayer(id="layer-2", name="Bomen", url="trees/tileset.json", is_visible=False, order=1),
        Variant(id="variant-a", name="Hofblok"),
        Variant(id="variant-b", name="Twee torens", order=1),
        Proposal(
            id="proposal-1", variant_id="variant-a", name="Kadehuis", easting=85_000.0, northing=447_000.0,
            footprint=BLOCK, storeys=7, roof_form="gabled", roof_height=3.0, hidden_features=("gebouw-1", "gebouw-2"),
        ),
        Viewpoint(id="viewpoint-1", name="Voor de school"),
    ]  # fmt: skip
    return Scenario({record.id: record for record in records})


class FakeHost:
    """See `explorer.ui.Host`. `calls` lists what was asked for, in order."""

    def __init__(self, scenario: Scenario | None = None) -> None:
        self.view = ViewState(show_welcome=scenario is None)
        self.settings = Settings(language="en")
        self.status = Status()
        self.store = ScenarioStore(scenario) if scenario is not None else None
        self.calls: list[tuple[str, Any]] = []
        self.hits: list[SearchHit] = []
        self.shown_handles: Handles | None = None
        self.shown_measures: list[Measure] = []
        self.takes_drags = True
        self.legend: LegendView | None = None
        self.crs_name = "EPSG:28992+5709" if scenario is not None else ""
        self.has_photos = False
        self.measured_tier = "office"
        self.attribution = "Made-up data, CC0" if scenario is not None else ""
        self.left_work: tuple[LeftWork, ...] = ()
        self.scene_path = ""
        self.imagery_credit = ""
        self.known_servers: tuple[str, ...] = ()
        self._known_figures: dict[Any, MassFigures] = {}

    def __getattr__(self, name: str) -> Any:
        """Any other door: what was asked is written down."""
        if name.startswith("_"):
            raise AttributeError(name)
        return lambda *args, **named: self.calls.append((name, args or named or None))

    def asked(self, name: str) -> list[Any]:
        """What a door was asked, each time."""
        return [arguments for called, arguments in self.calls if called == name]

    @property
    def scenario(self) -> Scenario | None:
        return self.store.scenario if self.store is not None else None

    @property
    def undo_label(self) -> str | None:
        return self.store.undo_label if self.store is not None else None

    @property
    def redo_label(self) -> str | None:
        return self.store.redo_label if self.store is not None else None

    @property
    def has_unsaved_changes(self) -> bool:
        return self.store is not None and self.store.has_unsaved_changes

    def execute(self, command: Command) -> None:
        self.calls.append(("execute", (command,)))
        assert self.store is not None
        self.store.execute(command)

    def undo(self) -> None:
        self.calls.append(("undo", None))
        if self.store is not None:
            self.store.undo()

    def redo(self) -> None:
        self.calls.append(("redo", None))
        if self.store is not None:
            self.store.redo()

    def change_proposal(self, proposal_id: str, **values: Any) -> None:
        from explorer.scenario import ChangeProposal

        self.execute(ChangeProposal(proposal_id, values))

    def change_settings(self, **values: Any) -> None:
        self.calls.append(("change_settings", values))
        self.settings = replace(self.settings, **values)

    def figures(self, proposal_id: str) -> MassFigures | None:
        assert self.scenario is not None
        mass = self.scenario.proposal(proposal_id).mass
        if mass not in self._known_figures:
            self._known_figures[mass] = mass_figures(mass)
        return self._known_figures[mass]

    def search(self, text: str) -> list[SearchHit]:
        self.calls.append(("search", (text,)))
        return self.hits

    def set_mode(self, mode: str) -> None:
        self.calls.append(("set_mode", (mode,)))
        self.view.mode = mode

    def set_tool(self, tool: str) -> None:
        self.calls.append(("set_tool", (tool,)))
        self.view.tool = tool

    def handles(self) -> Handles | None:
        return self.shown_handles

    def drag_handle(self, kind: str, amount: tuple[float, float], is_over: bool, is_coarse: bool) -> bool:
        self.calls.append(("drag_handle", (kind, amount, is_over, is_coarse)))
        return self.takes_drags

    def measures(self) -> list[Measure]:
        return self.shown_measures

    def step_back(self) -> bool:
        self.calls.append(("step_back", None))
        return False


def select_feature(host: FakeHost) -> None:
    """A building of the city is selected."""
    attributes = {
        "address": "Visserskade 12", "bouwjaar": 1924, "functie": "wonen", "hoogte_m": 11.4, "monument": True,
        "identificatie": "NL.IMBAG.Pand.0503100000012345", "eigenaar": None,
    }  # fmt: skip
    bounds = (85_000.0, 447_000.0, 0.3, 85_020.0, 447_012.0, 11.7)
    host.view.selected = Selected(
        "gebouw-1", None, "Building", "Visserskade 12", tuple(attributes.items()), bounds=bounds
    )


def select_proposal(host: FakeHost) -> None:
    """The proposal is selected."""
    host.view.selected = Selected(proposal_id="proposal-1", kind="proposal")


def show_result(host: FakeHost) -> None:
    """A simulation has a result."""
    o = host.view.overlay
    o.has_result, o.is_stale, o.probe = True, True, 3.67
    o.figures = (("Mean", "5.21"), ("Least", "0.00"), ("Most", "12.10"), ("Cells", "14400"))
    host.legend = LegendView("Direct sun", "h/day", colour_table("cividis"), 0.0, 12.0, (0.0, 3.0, 6.0, 9.0, 12.0))
