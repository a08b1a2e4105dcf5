#version 330 core
// A tile's triangles: everything that changes little across a face is worked out here, a vertex at a time, because a
// software rasteriser is bound by its fragments; and as little as can be here, because it is bound by its vertices next.
// In: offsets from the tile's centre (m); normal in int8 with the surface class behind it; finished albedo and openness
//     to the sky (explorer/render/albedo.py); feature row.
// Out: the finished colour in shade and in sun (haze, highlight and display curve included, sRGB). Faces are flat, so
//     nothing is lost against doing it a fragment at a time. Positions are local (render origin).
// Defines: USE_REVERSED_DEPTH; USE_STYLES where features are hidden or highlighted; USE_COLOURS, USE_SEE_THROUGH (features.glsl); USE_WATER for what mirrors the sky, water and glass; USE_OVERLAY; USE_PHOTO
// for meshes with a photograph: then in_shade and in_sun are light, and the fragment finishes the colour; USE_CASCADES;
// USE_INSTANCES for one template in many places; USE_SECTION; USE_UNDERGROUND; USE_IMAGERY;
// USE_BOARD for ground that is guessed.
#pragma include "lib/frames.glsl"
#pragma include "lib/lighting.glsl"
#pragma include "lib/shadows.glsl"
#pragma include "lib/features.glsl"
#pragma include "lib/finish.glsl"
#pragma include "lib/instances.glsl"
#pragma include "lib/underground.glsl"
#pragma include "lib/section.glsl"

in vec4 p3d_Vertex;
in vec4 normal_class;    // xyz normal / 127, w surface class / 127
in vec4 tint;            // rgb: square root of the linear albedo; a: openness
#if defined(USE_STYLES) || defined(USE_COLOURS)
in uint feature;
#endif
#ifdef USE_SEE_THROUGH
flat out float opacity;
#endif

out vec3 in_shade;
out vec3 in_sun;
#ifdef USE_CASCADES
out vec3 facing;
#else
out vec3 shadow_place;           // where to look in the shadow map
#endif
#if defined(USE_WATER) || defined(USE_OVERLAY) || defined(USE_CASCADES)
out vec3 position_in_local;
#endif
#ifdef USE_IMAGERY
#pragma include "lib/imagery_light.glsl"
uniform vec4 imagery_fit;
out vec2 imagery_position;
out vec3 imagery_light;
flat out vec3 imagery_tint;
flat out vec4 imagery_air;       // what distance puts before it, in display values; 1 where the picture is draped
bool is_draped(int kind, float up) {
    if ((kind >= 6 && kind <= 12) || kind == 15) return true;
    if (imagery_fit.y > 1.5) return kind != 13 && kind != 14;
    return imagery_fit.y > 0.5 && kind == 2 && up > 0.05;
}
#endif
#ifdef USE_PHOTO
in vec2 photo_at;
out vec2 at_in_photo;
out vec4 air_before;
flat out uint photo_style;
#endif
#ifdef USE_WATER
flat out vec4 mirror;            // which way it faces; 1 = a pane of glass, 0 = water
#endif
#ifdef USE_OVERLAY
uniform float grey_out;          // 1: the city steps back under an overlay
flat out int surface_class;
#endif

#ifdef USE_BOARD
uniform vec2 board_corner;
out vec2 board_place;
#endif
#ifdef USE_SECTION
out SECTION_PLACE section_place;
#endif
#ifdef USE_UNDERGROUND
flat out int from_below;
#endif

const float TREE = 13.0 / 127.0;
const float PANE = 4.0 / 127.0;

void main() {
    find_instance();
    vec3 position = placed(p3d_Vertex.xyz) + p3d_ModelMatrix[3].xyz;  // tiles are moved, never turned
    vec3 to_point = position - camera_in_local;
    float distance_m = length(to_point);
    vec3 view = to_point / max(distance_m, 1e-4);
    vec3 normal = turned(normal_class.xyz);
#ifdef USE_UNDERGROUND
    from_below = is_from_below(normal_class.w, normal, view) ? 1 : 0;
#endif
    bool is_tree = abs(normal_class.w - TREE) < 0.004;
    if (dot(normal, view) > 0.0 && !is_tree) normal = -normal;  // open surfaces are seen from both sides

    vec3 base = tint.rgb * tint.rgb;
#ifdef USE_INSTANCES
    base *= instance_more.yzw;
#endif
#ifdef USE_COLOURS
    uvec4 said = colour_of(feature_here(feature));
    base = coloured(base, said, normal_class.w);
#endif
#ifdef USE_OVERLAY
    surface_class = int(normal_class.w * 127.0 + 0.5);
    float grey = dot(base, vec3(0.3, 0.55, 0.15));
    base = mix(base, vec3(mix(grey, 0.62, 0.5)), grey_out * 0.85);
#endif
    uint style = 0u;
    vec4 where = clip_from_local(position);
#ifdef USE_STYLES
    style = style_of(feature_here(feature));
    if ((style & STYLE_HIDDEN) != 0u) where = NOWHERE;
#endif
#ifdef USE_COLOURS
    if (said.a == COLOUR_GONE) where = NOWHERE;
#ifdef USE_SEE_THROUGH
    opacity = opacity_of(said);
#endif
#endif
    vec3 shade = base * ambient_on(normal) * tint.a;
    vec3 sun = base * sun_colour * max(dot(normal, sun_direction), 0.0);
    vec4 air = haze(view, distance_m);
#ifdef USE_PHOTO
    // photographs hold the light of their own day: ours moves them by a third
    vec3 day = vec3(dot(sky_light * 0.75 + sun_colour * 0.4, vec3(0.3333)));
    in_shade = mix(day * base, shade, 0.35);
    in_sun = mix(day * base, shade + sun, 0.35);
    at_in_photo = photo_at;
    air_before = air;
    photo_style = style;
#ifdef USE_COLOURS
    if (is_coloured(said)) photo_style |= STYLE_COLOURED;
#endif
#else
    in_shade = finished(shade, air, style);
    in_sun = finished(shade + sun, air, style);
#endif
#ifdef USE_IMAGERY
    imagery_position = position.xy;
    imagery_light = imagery_light_on(normal, tint.a, air.a);
    imagery_tint = imagery_tint_of_sun();
    imagery_air = vec4(display_from_linear(air.rgb), is_draped(int(normal_class.w * 127.0 + 0.5), normal.z) ? 1.0 : 0.0);
#ifdef USE_STYLES
    if ((style & STYLE_SELECTED) != 0u) imagery_air.a = 0.45;  // what is chosen shows through
#endif
#ifdef USE_COLOURS
    if (is_coloured(said)) imagery_air.a = 0.0;  // colours that are read as words stay what they are
#endif
#endif
#ifdef USE_CASCADES
    facing = normal;
#else
    shadow_place = place_in_shadow_map(position, normal, sun_direction);
#endif
#if defined(USE_WATER) || defined(USE_OVERLAY) || defined(USE_CASCADES)
    position_in_local = position;
#endif
#ifdef USE_WATER
    mirror = vec4(normal, abs(normal_class.w - PANE) < 0.004 ? 1.0 : 0.0);
#endif
#ifdef USE_BOARD
    board_place = position.xy + board_corner;
#endif
#ifdef USE_SECTION
    section_place = section_place_of(position);
#endif
    gl_Position = where;
}
