#version 330 core
// Shadows of the city fall on the land beyond its data, too.
// Defines: USE_SOFT_SHADOWS.
#pragma include "lib/shadows.glsl"
in vec3 in_shade;
in vec3 in_sun;
in vec3 shadow_place;
out vec4 colour_out;

void main() {
    colour_out = vec4(mix(in_shade, in_sun, sunlit_at(shadow_place)), 1.0);
}
