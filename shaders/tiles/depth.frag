#version 330 core
// Depth is written by the hardware. Defines: USE_PHOTO, USE_SECTION.
#pragma include "lib/section.glsl"
#ifdef USE_SECTION
in SECTION_PLACE section_place;
#endif
#ifdef USE_PHOTO
in vec2 at_in_photo;
uniform sampler2D photo;
#endif

void main() {
#ifdef USE_SECTION
    if (is_cut_away(section_place)) discard;
#endif
#ifdef USE_PHOTO
    if (texture(photo, at_in_photo).a < 0.3) discard;  // shadow maps see it small, and what is small is thin
#endif
}
