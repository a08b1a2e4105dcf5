#version 330 core
// A float target: red is the number (exact up to 2^24), green the distance along the ray in metres.
#pragma include "lib/section.glsl"
flat in uint id;
in float distance_m;
out vec4 found;
#ifdef USE_SECTION
in SECTION_PLACE section_place;
#endif

void main() {
#ifdef USE_SECTION
    if (is_cut_away(section_place)) discard;
#endif
    found = vec4(float(id), distance_m, 0.0, 1.0);
}
