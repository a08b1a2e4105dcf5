"""The document: what people make of their city, as an immutable projection of operations.

Records (`Scene`, `TilesetLayer`, `Variant`, `Proposal`, `Viewpoint`) live in a flat map by id. Commands, what people
do, become operations, which set one field to an absolute value, insert or remove; `ScenarioStore` applies them, keeps
the way back, and writes the journal. Scene files carry a scenario to another machine. No window, no tile is known here.
"""

from explorer.scenario.checks import is_pose
from explorer.scenario.commands import (
    AddLayer,
    ChangeScene,
    Command,
    DeleteViewpoint,
    SaveViewpoint,
    ShowLayer,
    StyleLayer,
)
from explorer.scenario.imagery import AddImagery, ChangeImagery, RaiseImagery, RemoveImagery
from explorer.scenario.journal import Journal, Recovered
from explorer.scenario.journal_folder import JournalFolder, LeftBehind
from explorer.scenario.operations import Insert, Operation, Remove, SetField, Stamp
from explorer.scenario.proposals import (
    AddVariant,
    ChangeProposal,
    CopyProposal,
    CopyVariant,
    DeleteProposal,
    DeleteVariant,
    MoveProposal,
    PlaceProposal,
    RenameVariant,
)
from explorer.scenario.records import ImageryLayer, Proposal, Scene, Section, TilesetLayer, Variant, Viewpoint, new_id
from explorer.scenario.scenario import Scenario, changed_ids
from explorer.scenario.scene_file import NAVIGATIONS, OpenedScene, content_hash, read_scene, write_scene
from explorer.scenario.sections import ChangeSection, DeleteSection, PlaceSection, ShowSection, section_cut
from explorer.scenario.store import JournalFailed, JournalResumed, ScenarioChanged, ScenarioStore

__all__ = [
    "NAVIGATIONS",
    "AddImagery",
    "AddLayer",
    "AddVariant",
    "ChangeImagery",
    "ChangeProposal",
    "ChangeScene",
    "ChangeSection",
    "Command",
    "CopyProposal",
    "CopyVariant",
    "DeleteProposal",
    "DeleteSection",
    "DeleteVariant",
    "DeleteViewpoint",
    "ImageryLayer",
    "Insert",
    "Journal",
    "JournalFailed",
    "JournalFolder",
    "JournalResumed",
    "LeftBehind",
    "MoveProposal",
    "OpenedScene",
    "Operation",
    "PlaceProposal",
    "PlaceSection",
    "Proposal",
    "RaiseImagery",
    "Recovered",
    "Remove",
    "RemoveImagery",
    "RenameVariant",
    "SaveViewpoint",
    "Scenario",
    "ScenarioChanged",
    "ScenarioStore",
    "Scene",
    "Section",
    "SetField",
    "ShowLayer",
    "ShowSection",
    "Stamp",
    "StyleLayer",
    "TilesetLayer",
    "Variant",
    "Viewpoint",
    "changed_ids",
    "content_hash",
    "is_pose",
    "new_id",
    "read_scene",
    "section_cut",
    "write_scene",
]
