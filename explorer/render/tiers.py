"""What a picture may cost: three tiers, each one row of figures that the rest of the room reads.

| | office | standard | presentation |
|---|---|---|---|
| for | no graphics card, or an old one | a graphics card | a good one, and pictures to print |
| detail | off by 24 px at most | 16 px | 8 px |
| shadow maps | one, larger, crisp, follows slowly; finer at the feet | three, soft | three larger, soft |
| ambient occlusion | baked openness | and from the depth buffer | with twice the rays |
| edges of the picture | as they are | 4 samples | 8 samples |
| photographs | 2048 px a side | 4096 px | 4096 px |
| lines of buildings | to 800 m | to 1.6 km | to 2.4 km |
| point clouds | 4 neighbours | 8 neighbours | 8 neighbours |
| levels of detail cross-fade | small changes | all but the largest | all |

What a tier leaves out is a define that is not set or a pass that is not there: it costs nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType

CASCADES = (0.09, 0.3, 1.0)
"""Radii of three shadow maps as shares of the widest."""


@dataclass(frozen=True, slots=True)
class Tier:
    """One way to draw everything."""

    name: str
    error_px: float = 16.0
    """By how much what is drawn may be off what the data holds, at most. [px]"""
    samples: int = 0
    """Of every pixel, by the hardware; fewer where it has not so many. 0 = one."""
    shadow_px: int = 2048
    """Side of a shadow map."""
    shadow_shares: tuple[float, ...] = (1.0,)
    """Radius of each shadow map as a share of the widest."""
    shadow_patience: int = 0
    """Frames that a shadow map may wait to be drawn again while the camera moves. [-]"""
    has_soft_shadows: bool = False
    """Four comparisons a look-up for one."""
    occlusion_rays: int = 0
    """Samples a pixel of ambient occlusion from the depth buffer. 0 = none."""
    photo_px: int = 4096
    """Longest side of a photograph when somebody stands before it."""
    eye_dome_taps: int = 4
    """Neighbours that a point of a cloud is compared with. Clouds alone pay for it."""

    fade_triangles: int = 40_000
    """Of tiles that come and go at once by a pattern; where they would be more, they change without. [-]"""

    imagery_side: int = 1024
    """Texels a side of the squares that imagery is drawn from. [-]"""

    line_reach: float = 1.0
    """How many times as far as in office the lines of buildings are drawn, details apart. [-]"""

    @property
    def needs_samples(self) -> bool:
        """Whether it asks the hardware for more than one sample a pixel."""
        return self.samples > 0

    @property
    def needs_float_targets(self) -> bool:
        """Whether it draws into textures of float16."""
        return self.occlusion_rays > 0

    @property
    def defines(self) -> frozenset[str]:
        """What it asks of every shader."""
        wanted = {
            "USE_SOFT_SHADOWS": self.has_soft_shadows,
            "USE_CASCADES": len(self.shadow_shares) > 1,
            "USE_OCCLUSION": self.occlusion_rays > 0,
            "USE_DITHER": self.has_soft_shadows,
        }
        return frozenset(name for name, is_on in wanted.items() if is_on)


OFFICE = Tier("office", error_px=24.0, shadow_px=2560, shadow_patience=10, imagery_side=512, photo_px=2048)
STANDARD = Tier(
    "standard",
    samples=4,
    shadow_shares=CASCADES,
    has_soft_shadows=True,
    occlusion_rays=10,
    line_reach=2.0,
    eye_dome_taps=8,
    fade_triangles=500_000,
)
PRESENTATION = Tier(
    "presentation",
    error_px=8.0,
    samples=8,
    shadow_px=4096,
    shadow_shares=CASCADES,
    has_soft_shadows=True,
    occlusion_rays=20,
    line_reach=3.0,
    eye_dome_taps=8,
    fade_triangles=2_000_000,
)
TIERS = MappingProxyType({tier.name: tier for tier in (OFFICE, STANDARD, PRESENTATION)})

STANDARD_BELOW_MS, PRESENTATION_BELOW_MS = 20.0, 4.0
"""What the probe (tier_probe.py) may take at most for each. [ms]"""


@dataclass(frozen=True, slots=True)
class Abilities:
    """What an OpenGL offers beyond 3.3's least."""

    samples: int
    """Samples of a pixel; 0 = one."""
    has_float_targets: bool

    def allow(self, tier: Tier) -> bool:
        """Whether a tier can be drawn as it is meant."""
        return (self.samples >= 2 or not tier.needs_samples) and (
            self.has_float_targets or not tier.needs_float_targets
        )


def tier_for(probe_ms: float) -> Tier:
    """The best tier that is fluent on a machine on which the probe takes this long. [ms]"""
    if probe_ms < PRESENTATION_BELOW_MS:
        return PRESENTATION
    return STANDARD if probe_ms < STANDARD_BELOW_MS else OFFICE


def best_allowed(tier: Tier, abilities: Abilities) -> Tier:
    """This tier, or the next lower one that an OpenGL can draw; office asks for nothing."""
    order = list(TIERS.values())
    lower = reversed(order[: order.index(TIERS[tier.name])])
    return tier if abilities.allow(tier) else next(one for one in lower if abilities.allow(one))
