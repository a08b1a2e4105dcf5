#version 330 core
// Shadows of the city fall on the land beyond its data, too, and so do results where a city's data has no ground.
// Defines: USE_BOARD where the city has no ground of its own; USE_DITHER, USE_SOFT_SHADOWS, USE_CASCADES, USE_OCCLUSION, USE_SECTION, USE_OVERLAY, USE_IMAGERY.
#pragma include "lib/sky.glsl"
#pragma include "lib/dither.glsl"
#pragma include "lib/finish.glsl"
#pragma include "lib/shadows.glsl"
#pragma include "lib/section.glsl"
#pragma include "lib/colormap.glsl"
#ifdef USE_IMAGERY
#pragma include "lib/imagery.glsl"
in vec2 imagery_position;
in vec3 imagery_light;
in vec3 imagery_air;
flat in vec3 imagery_tint;
#endif
#ifdef USE_BOARD
#pragma include "lib/board.glsl"
in vec2 board_place;
#endif
in vec3 in_shade;
in vec3 in_sun;
#if defined(USE_CASCADES) || defined(USE_OVERLAY)
in vec3 position_in_local;
#endif
#ifndef USE_CASCADES
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
    float sunlit = sunlit_at(shadow_place, gl_FragCoord.w);
#endif
    vec3 colour = mix(in_shade, in_sun, sunlit);
#ifdef USE_BOARD
    colour = on_board(colour, board_place);
#endif
#ifdef USE_IMAGERY
#ifdef USE_OVERLAY
    const float imagery_grey = 0.8;
#else
    const float imagery_grey = 0.0;
#endif
    vec4 picture = imagery_at(imagery_position);
    colour = with_imagery(colour, picture, imagery_light, imagery_tint, imagery_air, sunlit, imagery_grey);
#endif
    float alpha = alpha_of(in_shade, colour);
#ifdef USE_OVERLAY
    vec3 overlay;
    if (overlay_at(position_in_local.xy, overlay)) {
        colour = mix(colour, overlay * (0.95 + 0.05 * sunlit), overlay_range.z);
        alpha = ALL_ITS_OWN;
    }
#endif
    colour_out = vec4(dithered(colour, gl_FragCoord.xy), alpha);
}
