"""Icons by what they mean, so that one meaning has one icon everywhere. Font Awesome 6, from its package."""

from __future__ import annotations

from imgui_bundle import icons_fontawesome_6 as fa

ICONS = {
    "menu": fa.ICON_FA_BARS,
    "undo": fa.ICON_FA_ROTATE_LEFT,
    "redo": fa.ICON_FA_ROTATE_RIGHT,
    "search": fa.ICON_FA_MAGNIFYING_GLASS,
    "copy": fa.ICON_FA_COPY,
    "close": fa.ICON_FA_XMARK,
    "trash": fa.ICON_FA_TRASH_CAN,
    "plus": "\uf067",  # fa.ICON_FA_PLUS is the plain "+", which the text font has, and thinner
    "pencil": fa.ICON_FA_PEN,
    "building": fa.ICON_FA_BUILDING,
    "check": fa.ICON_FA_CHECK,
    "play": fa.ICON_FA_PLAY,
    "pause": fa.ICON_FA_PAUSE,
    "save": fa.ICON_FA_FLOPPY_DISK,
    "left": fa.ICON_FA_CHEVRON_LEFT,
    "right": fa.ICON_FA_CHEVRON_RIGHT,
    "home": fa.ICON_FA_HOUSE,
    "start": fa.ICON_FA_BACKWARD_STEP,
    "warning": fa.ICON_FA_TRIANGLE_EXCLAMATION,
    "go": fa.ICON_FA_LOCATION_CROSSHAIRS,
    "hide_left": fa.ICON_FA_ANGLES_LEFT,
    "hide_right": fa.ICON_FA_ANGLES_RIGHT,
    "settings": fa.ICON_FA_GEAR,
    "help": fa.ICON_FA_CIRCLE_QUESTION,
    "camera": fa.ICON_FA_CAMERA,
    "key": fa.ICON_FA_KEYBOARD,
    "folder": fa.ICON_FA_FOLDER,
    "file": fa.ICON_FA_FILE,
    "swap": fa.ICON_FA_RIGHT_LEFT,
    "minus": fa.ICON_FA_MINUS,
    "calendar": fa.ICON_FA_CALENDAR,
    "plane": fa.ICON_FA_SCISSORS,
    "box": fa.ICON_FA_CUBE,
    "up": fa.ICON_FA_CHEVRON_UP,
    "down": fa.ICON_FA_CHEVRON_DOWN,
    "area": fa.ICON_FA_VECTOR_SQUARE,
}
