#version 330 core
// A tile's surfaces: sun or shade by the shadow map, water, overlay. The colours come finished from surface.vert.
// Defines: USE_SOFT_SHADOWS; USE_WATER for the triangles of water and glass; USE_OVERLAY while a result is draped; USE_PHOTO for
// meshes with a photograph; USE_CASCADES; USE_OCCLUSION where the depth buffer says how much sky is left;
// USE_FADE while the tile comes or goes; USE_SECTION; USE_UNDERGROUND; USE_IMAGERY while pictures of the ground are draped;
// USE_BOARD for ground that is guessed.
// They are defines because a software rasteriser works out both sides of every `if`.
#pragma include "lib/frames.glsl"
#pragma include "lib/lighting.glsl"
#pragma include "lib/shadows.glsl"
#pragma include "lib/colormap.glsl"
#pragma include "lib/finish.glsl"
#pragma include "lib/fade.glsl"
#pragma include "lib/section.glsl"
#pragma include "lib/underground.glsl"
#ifdef USE_IMAGERY
#pragma include "lib/imagery.glsl"
#endif

in vec3 in_shade;
in vec3 in_sun;
#ifdef USE_CASCADES
in vec3 facing;
#else
in vec3 shadow_place;
#endif
#if defined(USE_WATER) || defined(USE_OVERLAY) || defined(USE_CASCADES)
in vec3 position_in_local;
#endif

#ifdef USE_SECTION
in SECTION_PLACE section_place;
#endif
#ifdef USE_UNDERGROUND
flat in int from_below;
#endif

#ifdef USE_BOARD
#pragma include "lib/board.glsl"
in vec2 board_place;
#endif
#ifdef USE_IMAGERY
in vec2 imagery_position;
in vec3 imagery_light;
flat in vec3 imagery_tint;
flat in vec4 imagery_air;
#endif
#ifdef USE_PHOTO
in vec2 at_in_photo;
in vec4 air_before;
flat in uint photo_style;
uniform sampler2D photo;
#endif

out vec4 colour_out;

#ifdef USE_OVERLAY
flat in int surface_class;
bool is_ground(int kind) { return (kind >= 6 && kind <= 12) || kind == 15; }
#endif

#ifdef USE_WATER
flat in vec4 mirror;
#ifdef USE_OVERLAY
uniform float grey_out;
#endif

vec3 rippled(vec2 at) {
    // Crossing trains of small waves; enough for the sky to move on the water without a texture. Whole waves to 1024 m,
    // by which the render origin moves, so that they stay where they are.
    vec2 p = at * (6.28318531 / 1024.0);
    vec2 slope = vec2(cos(dot(p, vec2(57.0, 34.0))) * 0.35 + cos(dot(p, vec2(213.0, -147.0))) * 0.25,
                      cos(dot(p, vec2(-44.0, 67.0))) * 0.35 + cos(dot(p, vec2(114.0, 244.0))) * 0.25);
    return normalize(vec3(slope * 0.028, 1.0));
}

// Water and glass answer the sky: more the flatter one looks at them (Schlick 1994). What is seen in a wall's panes below
// the horizon is the light that the ground sends up.
vec3 mirroring(vec3 body, float sunlit) {
    vec3 to_point = position_in_local - camera_in_local;
    float distance_m = length(to_point);
    vec3 view = to_point / max(distance_m, 1e-4);
    float calm = smoothstep(60.0, 900.0, distance_m);
    vec3 surface = mix(rippled(position_in_local.xy), vec3(0.0, 0.0, 1.0), calm);
    vec3 normal = normalize(mix(surface, mirror.xyz, mirror.w));
    vec3 mirrored = reflect(view, normal);
    float grazing = 1.0 - max(dot(-view, normal), 0.0);
    float fresnel = mix(0.03, 0.16, mirror.w);  // a window has four faces, and a room behind it
    fresnel += (1.0 - fresnel) * grazing * grazing * grazing * grazing * grazing;
    vec3 sky = sky_colour(vec3(mirrored.xy, abs(mirrored.z)));
    sky = mix(sky, ground_bounce, mirror.w * smoothstep(0.04, -0.04, mirrored.z));
    vec3 glint = sun_colour * sunlit * pow(max(dot(mirrored, sun_direction), 0.0), 350.0) * 1.6;
    vec4 air = haze(view, distance_m);
    vec3 seen = display_from_linear(mix(sky + glint, air.rgb, air.a));
    return mix(body * mix(0.9, 0.62, mirror.w), seen, min(fresnel, 0.85));
}
#endif

void main() {
    leave_to_others();
#ifdef USE_SECTION
    if (is_cut_away(section_place)) discard;
#endif
#ifdef USE_UNDERGROUND
    if (from_below != 0 && is_veiled(gl_FragCoord.xy)) discard;
#endif
#ifdef USE_CASCADES
    float sunlit = sunlit_by_cascade(position_in_local, facing, sun_direction);
#else
    float sunlit = sunlit_at(shadow_place, gl_FragCoord.w);
#endif
    vec3 colour = mix(in_shade, in_sun, sunlit);
#ifdef USE_BOARD
    colour = on_board(colour, board_place);
#endif
    float alpha = alpha_of(in_shade, colour);
#ifdef USE_PHOTO
    vec4 seen = texture(photo, at_in_photo);
#ifdef USE_INSTANCES
    // smaller pictures of leaves are thinner: what is kept of them grows with distance, so that crowns stay full
    vec2 texels = at_in_photo * vec2(textureSize(photo, 0));
    vec2 step_x = dFdx(texels), step_y = dFdy(texels);
    float level = max(0.0, 0.5 * log2(max(max(dot(step_x, step_x), dot(step_y, step_y)), 1e-9)));
    if (seen.a < 0.5 / (1.0 + 0.75 * level)) discard;
#else
    if (seen.a < 0.5) discard;
#endif
    vec3 base = seen.rgb * seen.rgb;
#ifdef USE_COLOURS
    // the photograph's light and dark stay, so that windows do; its colours would speak against the legend
    if ((photo_style & STYLE_COLOURED) != 0u) base = vec3(0.5 + 0.9 * dot(base, vec3(0.3, 0.55, 0.15)));
#endif
#ifdef USE_OVERLAY
    base = mix(base, vec3(dot(base, vec3(0.3, 0.55, 0.15))), 0.8);
#endif
    colour = finished(base * colour, air_before, photo_style);
#endif
#ifdef USE_IMAGERY
#ifdef USE_OVERLAY
    const float imagery_grey = 0.8;
#else
    const float imagery_grey = 0.0;
#endif
    vec4 picture = imagery_at(imagery_position) * imagery_air.a;
    colour = with_imagery(colour, picture, imagery_light, imagery_tint, imagery_air.rgb, sunlit, imagery_grey);
#endif
#ifdef USE_WATER
    alpha = ALL_ITS_OWN;
#endif
#if defined(USE_WATER) && defined(USE_OVERLAY)
    if (grey_out < 0.5) colour = mirroring(colour, sunlit);
#elif defined(USE_WATER)
    colour = mirroring(colour, sunlit);
#endif
#ifdef USE_OVERLAY
    vec3 overlay;
    if (is_ground(surface_class) && overlay_at(position_in_local.xy, overlay)) {
        colour = mix(colour, overlay * (0.95 + 0.05 * sunlit), overlay_range.z);
        alpha = ALL_ITS_OWN;  // colours that are read as numbers stay what they are
    }
#endif
    colour_out = vec4(colour, alpha);
}
