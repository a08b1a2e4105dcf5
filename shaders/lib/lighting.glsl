#pragma once
// Light on a matt surface: sun by the cosine, sky from above, bounce from below. Linear RGB.
#pragma include "lib/sky.glsl"

vec3 ambient_on(vec3 normal) {
    float up = normal.z * 0.5 + 0.5;
    vec3 sky = mix(sky_horizon, sky_zenith, 0.45) * 0.95;
    return mix(ground_bounce, sky, up * up * (3.0 - 2.0 * up));
}

// A curve that keeps whites clean, then the sRGB transfer by three square roots (error below 0.005; a pow costs
// a software rasteriser several times as much).
vec3 display_from_linear(vec3 colour) {
    vec3 c = max(colour, vec3(0.0));
    c = c * (1.0 + c * 0.12) / (1.0 + c * 0.42);
    vec3 s1 = sqrt(c);
    vec3 s2 = sqrt(s1);
    vec3 s3 = sqrt(s2);
    return 0.585122381 * s1 + 0.783140355 * s2 - 0.368262736 * s3;
}
