#pragma once
// From light that leaves a surface to what the screen shows: highlight, haze, display curve.
#pragma include "lib/lighting.glsl"
#pragma include "lib/features.glsl"

vec3 finished(vec3 colour, vec4 air, uint style) {
#ifdef USE_STYLES
    if ((style & STYLE_SELECTED) != 0u) colour = mix(colour, vec3(0.05, 0.30, 0.85), 0.45);
    else if ((style & STYLE_HOVERED) != 0u) colour = mix(colour, vec3(0.25, 0.52, 0.95), 0.22);
#endif
    return display_from_linear(mix(colour, air.rgb, air.a));
}
