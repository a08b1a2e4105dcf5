#pragma once
// How light a picture of the ground is, worked out at the vertices. Photographs hold the light of their own day: ours
// moves them by half, so that shade is seen on them.
#pragma include "lib/lighting.glsl"

// Factors on display values in shade and in sun, and the share of the air before it.
vec3 imagery_light_on(vec3 normal, float openness, float air_share) {
    const vec3 weights = vec3(0.3, 0.55, 0.15);
    float day = dot(sky_light * 0.75 + sun_colour * 0.4, weights);
    float shade = dot(ambient_on(normal), weights) * openness;
    float sun = shade + dot(sun_colour, weights) * max(dot(normal, sun_direction), 0.0);
    const float grey = 0.16;
    vec3 shown = display_from_linear(grey * vec3(mix(day, shade, 0.5), mix(day, sun, 0.5), 0.0));
    return vec3(shown.xy / sqrt(grey), air_share);
}

vec3 imagery_tint_of_sun() {
    float level = max(dot(sun_colour, vec3(0.3, 0.55, 0.15)), 1e-4);
    return sqrt(sun_colour / level);
}
