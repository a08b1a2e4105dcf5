#pragma once
// Light on a matt surface: sun by the cosine, sky from above, bounce from below. Linear RGB.
#pragma include "lib/sky.glsl"

uniform vec3 sky_light;          // what the sky sends down on level ground

vec3 ambient_on(vec3 normal) {
    float up = normal.z * 0.5 + 0.5;
    // the sky is brighter on the sun's side, so that corners show in the shade, too
    float side = 1.0 + 0.26 * dot(normal.xy, sun_direction.xy);
    return mix(ground_bounce, sky_light, up * up * (3.0 - 2.0 * up)) * side;
}

// A curve that keeps whites clean, c (1 + 0.12 c) / (1 + 0.42 c), and the sRGB transfer after it, both at once: a
// rational fit in the square root of c over 0 to 2.5, within 0.0032. A pow costs a software rasteriser several times more.
vec3 display_from_linear(vec3 colour) {
    vec3 x = sqrt(max(colour, vec3(0.0)));
    return x * (265.19611864 * x - 5.43249549) / (1.0 + x * (196.79052238 + 89.66972494 * x));
}
