#version 330 core
// Flat colour.
#pragma include "lib/section.glsl"
in vec4 colour;
out vec4 colour_out;
#ifdef USE_SECTION
in SECTION_PLACE section_place;
#endif

void main() {
#ifdef USE_SECTION
    if (is_cut_away(section_place)) discard;
#endif
    colour_out = colour;
}
