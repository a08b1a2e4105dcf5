#version 330 core
// The colour comes finished from lines.vert. Defines: USE_FADE, USE_SECTION.
#pragma include "lib/fade.glsl"
#pragma include "lib/section.glsl"
in vec3 colour;
out vec4 colour_out;
#ifdef USE_SECTION
in SECTION_PLACE section_place;
#endif

void main() {
    leave_to_others();
#ifdef USE_SECTION
    if (is_cut_away(section_place)) discard;
#endif
    colour_out = vec4(colour, 1.0);
}
