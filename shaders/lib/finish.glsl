#pragma once
// From light that leaves a surface to what the screen shows: highlight, haze, display curve.
#pragma include "lib/lighting.glsl"
#pragma include "lib/features.glsl"

vec3 finished(vec3 colour, vec4 air, uint style) {
#ifdef USE_STYLES
    if ((style & STYLE_SELECTED) != 0u) colour = mix(colour, vec3(0.05, 0.30, 0.85), 0.58);
    else if ((style & STYLE_HOVERED) != 0u) colour = mix(colour, vec3(0.25, 0.52, 0.95), 0.28);
#endif
    return display_from_linear(mix(colour, air.rgb, air.a));
}

// What the picture's alpha says of a surface (post/finish.frag): which share of its light comes from all around.
#ifdef USE_OCCLUSION
float alpha_of(vec3 in_shade, vec3 lit) {  // display values, so squared for light
    float share = dot(in_shade, vec3(0.3, 0.55, 0.15)) / max(dot(lit, vec3(0.3, 0.55, 0.15)), 1e-3);
    return 0.25 + 0.75 * min(share * share, 1.0);
}
const float ALL_ITS_OWN = 0.25;
#else
float alpha_of(vec3 in_shade, vec3 lit) { return 1.0; }
const float ALL_ITS_OWN = 1.0;
#endif
