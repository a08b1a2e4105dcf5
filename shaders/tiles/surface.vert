#version 330 core
// A tile's triangles: everything that changes little across a face is worked out here, a vertex at a time, because a
// software rasteriser is bound by its fragments; and as little as can be here, because it is bound by its vertices next.
// In: offsets from the tile's centre (m); normal in int8 with the surface class behind it; finished albedo and openness
//     to the sky (explorer/render/albedo.py); feature row.
// Out: the finished colour in shade and in sun (haze, highlight and display curve included, sRGB). Faces are flat, so
//     nothing is lost against doing it a fragment at a time. Positions are local (render origin).
// Defines: USE_REVERSED_DEPTH; USE_STYLES where features are hidden or highlighted; USE_WATER; USE_OVERLAY.
#pragma include "lib/frames.glsl"
#pragma include "lib/lighting.glsl"
#pragma include "lib/shadows.glsl"
#pragma include "lib/features.glsl"

in vec4 p3d_Vertex;
in vec4 normal_class;    // xyz normal / 127, w surface class / 127
in vec4 tint;            // rgb: square root of the linear albedo; a: openness
#ifdef USE_STYLES
in uint feature;
#endif

out vec3 shadow_place;           // where to look in the shadow map
out vec3 in_shade;
out vec3 in_sun;
#if defined(USE_WATER) || defined(USE_OVERLAY)
out vec3 position_in_local;
#endif
#ifdef USE_OVERLAY
uniform float grey_out;          // 1: the city steps back under an overlay
flat out int surface_class;
#endif

const float TREE = 13.0 / 127.0;

vec3 finished(vec3 colour, vec4 air, uint style) {
#ifdef USE_STYLES
    if ((style & STYLE_SELECTED) != 0u) colour = mix(colour, vec3(0.05, 0.30, 0.85), 0.45);
    else if ((style & STYLE_HOVERED) != 0u) colour = mix(colour, vec3(0.25, 0.52, 0.95), 0.22);
#endif
    return display_from_linear(mix(colour, air.rgb, air.a));
}

void main() {
    vec3 position = p3d_Vertex.xyz + p3d_ModelMatrix[3].xyz;  // tiles are moved, never turned
    vec3 to_point = position - camera_in_local;
    float distance_m = length(to_point);
    vec3 view = to_point / max(distance_m, 1e-4);
    vec3 normal = normal_class.xyz;
    bool is_tree = abs(normal_class.w - TREE) < 0.004;
    if (dot(normal, view) > 0.0 && !is_tree) normal = -normal;  // open surfaces are seen from both sides

    vec3 base = tint.rgb * tint.rgb;
#ifdef USE_OVERLAY
    surface_class = int(normal_class.w * 127.0 + 0.5);
    float grey = dot(base, vec3(0.3, 0.55, 0.15));
    base = mix(base, vec3(mix(grey, 0.5, 0.5)), grey_out * 0.85);
#endif
    uint style = 0u;
    vec4 where = clip_from_local(position);
#ifdef USE_STYLES
    style = style_of(feature);
    if ((style & STYLE_HIDDEN) != 0u) where = NOWHERE;
#endif
    vec3 shade = base * ambient_on(normal) * tint.a;
    vec3 sun = base * sun_colour * max(dot(normal, sun_direction), 0.0);
    vec4 air = haze(view, distance_m);
    in_shade = finished(shade, air, style);
    in_sun = finished(shade + sun, air, style);
    shadow_place = place_in_shadow_map(position, normal, sun_direction);
#if defined(USE_WATER) || defined(USE_OVERLAY)
    position_in_local = position;
#endif
    gl_Position = where;
}
