#pragma once
// Light on a matt surface: sun by the cosine, sky from above, bounce from below. Linear RGB.
#pragma include "lib/sky.glsl"

vec3 light_on(vec3 normal, float sunlit, float openness) {
    float up = normal.z * 0.5 + 0.5;
    vec3 sky = mix(sky_horizon, sky_zenith, 0.45) * 0.95;
    vec3 ambient = mix(ground_bounce, sky, up * up * (3.0 - 2.0 * up));
    float sun = max(dot(normal, sun_direction), 0.0) * sunlit;
    return ambient * openness + sun_colour * sun;
}

// Filmic curve (fit by Hable 2010 is too grey for white models; this keeps whites clean), then the sRGB transfer.
vec3 display_from_linear(vec3 colour) {
    vec3 c = max(colour, vec3(0.0));
    c = c * (1.0 + c * 0.12) / (1.0 + c * 0.42);
    vec3 low = c * 12.92;
    vec3 high = 1.055 * pow(c, vec3(1.0 / 2.4)) - 0.055;
    return mix(low, high, step(vec3(0.0031308), c));
}
