#version 330 core
// Shadows of the city fall on the land beyond its data, too.
// Defines: USE_SOFT_SHADOWS, USE_CASCADES, USE_OCCLUSION, USE_SECTION.
#pragma include "lib/sky.glsl"
#pragma include "lib/finish.glsl"
#pragma include "lib/shadows.glsl"
#pragma include "lib/section.glsl"
in vec3 in_shade;
in vec3 in_sun;
#ifdef USE_CASCADES
in vec3 position_in_local;
#else
in vec3 shadow_place;
#endif
out vec4 colour_out;
#ifdef USE_SECTION
in SECTION_PLACE section_place;
#endif

void main() {
#ifdef USE_SECTION
    if (is_cut_away(section_place)) discard;
#endif
#ifdef USE_CASCADES
    float sunlit = sunlit_by_cascade(position_in_local, vec3(0.0, 0.0, 1.0), sun_direction);
#else
    float sunlit = sunlit_at(shadow_place);
#endif
    vec3 colour = mix(in_shade, in_sun, sunlit);
    colour_out = vec4(colour, alpha_of(in_shade, colour));
}
