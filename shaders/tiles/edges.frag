#version 330 core
// Fine dark lines; the colour comes finished from edges.vert. Defines: USE_FADE, USE_SECTION.
#pragma include "lib/fade.glsl"
#pragma include "lib/section.glsl"
in vec4 colour;
out vec4 colour_out;
#ifdef USE_SECTION
in SECTION_PLACE section_place;
#endif

void main() {
    leave_to_others();
#ifdef USE_SECTION
    if (is_cut_away(section_place)) discard;
#endif
    colour_out = colour;
}
