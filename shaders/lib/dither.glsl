#pragma once
// Noise of half a step of eight bits hides the steps of slow gradients: interleaved gradient noise (Jimenez 2014).
// Defines: USE_DITHER.

vec3 dithered(vec3 colour, vec2 pixel) {
#ifdef USE_DITHER
    float noise = fract(52.9829189 * fract(dot(pixel, vec2(0.06711056, 0.00583715)))) - 0.5;
    return colour + noise / 255.0;
#else
    return colour;
#endif
}
