#version 330 core
// A tile's triangles: everything that changes little across a face is worked out here, a vertex at a time, because a
// software rasteriser is bound by its fragments.
// In: offsets from the tile's centre (m), normal in int8 with the surface class behind it, colour, feature row.
// Out: the finished colour in shade and in sun (haze, highlight and display curve included, sRGB). Faces are flat, so
// nothing is lost against doing it a fragment at a time. Positions are local (render origin).
// Defines: USE_REVERSED_DEPTH.
#pragma include "lib/frames.glsl"
#pragma include "lib/lighting.glsl"
#pragma include "lib/shadows.glsl"
#pragma include "lib/features.glsl"

in vec4 p3d_Vertex;
in vec4 normal_class;    // xyz normal / 127, w surface class / 127
in vec4 tint;            // sRGB
in uint feature;

uniform vec3 class_colours[20];  // linear, by SurfaceClass
uniform vec4 proposal_tint;      // linear colour, strength
uniform float grey_out;          // 1: the city steps back under an overlay

out vec3 position_in_local;
out vec3 shadow_place;           // where to look in the shadow map
out vec3 in_shade;
out vec3 in_sun;
flat out int surface_class;

const int TREE = 13;

float hash(uint n) {
    n = (n ^ 61u) ^ (n >> 16u);
    n *= 9u;
    n = (n ^ (n >> 4u)) * 0x27d4eb2du;
    return float((n ^ (n >> 15u)) & 0xffffu) / 65535.0;
}

vec3 albedo() {
    if (surface_class == 0) return tint.rgb * tint.rgb;
    vec3 colour = class_colours[min(surface_class, 19)];
    float luck = hash(feature);
    if (surface_class == TREE) return colour * vec3(0.86 + 0.3 * luck, 0.9 + 0.2 * hash(feature + 17u), 0.85 + 0.25 * luck);
    if (surface_class == 1 || surface_class == 2) return colour * (0.955 + 0.075 * luck);
    return colour;
}

vec3 finished(vec3 colour, vec4 air, uint style) {
    if ((style & STYLE_SELECTED) != 0u) colour = mix(colour, vec3(0.05, 0.30, 0.85), 0.45);
    else if ((style & STYLE_HOVERED) != 0u) colour = mix(colour, vec3(0.25, 0.52, 0.95), 0.22);
    return display_from_linear(mix(colour, air.rgb, air.a));
}

void main() {
    position_in_local = (p3d_ModelMatrix * vec4(p3d_Vertex.xyz, 1.0)).xyz;
    surface_class = int(normal_class.w * 127.0 + 0.5);
    uint style = style_of(feature);
    vec3 to_point = position_in_local - camera_in_local;
    float distance_m = length(to_point);
    vec3 view = to_point / max(distance_m, 1e-4);
    vec3 normal = normalize(normal_class.xyz);
    if (dot(normal, view) > 0.0 && surface_class != TREE) normal = -normal;  // open surfaces are seen from both sides

    vec3 base = albedo();
    float grey = dot(base, vec3(0.3, 0.55, 0.15));
    base = mix(base, vec3(mix(grey, 0.5, 0.5)), grey_out * 0.85);
    base = mix(base, proposal_tint.rgb, proposal_tint.a);
    float openness = surface_class == TREE ? 0.95 : 0.94 + 0.06 * normal.z;
    vec3 shade = base * ambient_on(normal) * openness;
    vec3 sun = base * sun_colour * max(dot(normal, sun_direction), 0.0);
    vec4 air = haze(view, distance_m);
    in_shade = finished(shade, air, style);
    in_sun = finished(shade + sun, air, style);
    shadow_place = place_in_shadow_map(position_in_local, normal, sun_direction);
    gl_Position = clip_from_local(position_in_local);
    if ((style & STYLE_HIDDEN) != 0u) gl_Position = vec4(2.0, 2.0, 2.0, 1.0);  // all corners outside: nothing drawn
}
