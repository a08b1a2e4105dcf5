#version 330 core
// Fine dark lines that thin out with distance, so that far roofs do not turn black.
#pragma include "lib/frames.glsl"
#pragma include "lib/features.glsl"

flat in uint style;
in vec3 position_in_local;
uniform vec4 edge_colour;        // sRGB, strength up close
uniform float edge_reach;        // distance at which half of the strength is left, metres

out vec4 colour_out;

void main() {
    float distance_m = length(position_in_local - camera_in_local);
    float strength = edge_colour.a / (1.0 + pow(distance_m / edge_reach, 2.0));
    vec3 colour = edge_colour.rgb;
    if ((style & STYLE_SELECTED) != 0u) { colour = vec3(0.05, 0.35, 0.95); strength = 1.0; }
    else if ((style & STYLE_HOVERED) != 0u) { colour = vec3(0.15, 0.45, 0.95); strength = 0.8; }
    if (strength < 0.015) discard;
    colour_out = vec4(colour, strength);
}
