#version 330 core
// A tile's surfaces in good light: colour by surface class, sun with shadow, soft ambient, water, overlay, haze.
// Defines: none.
#pragma include "lib/frames.glsl"
#pragma include "lib/lighting.glsl"
#pragma include "lib/shadows.glsl"
#pragma include "lib/features.glsl"
#pragma include "lib/colormap.glsl"

in vec3 position_in_local;
in vec3 normal_in_local;
flat in int surface_class;
flat in uint style;
flat in uint feature_row;
in vec3 tint_srgb;

uniform vec3 class_colours[20];  // linear, by SurfaceClass
uniform vec4 proposal_tint;      // linear colour, strength
uniform float grey_out;          // 1: the city steps back under an overlay
uniform vec2 origin_fraction;    // render origin modulo 1024 m: patterns stay where they are when it moves

out vec4 colour_out;

const int TERRAIN = 6, WATER = 7, TREE = 13, OTHER = 18;

float hash(uint n) { return fract(sin(float(n % 4096u) * 12.9898) * 43758.5453); }

bool is_ground(int kind) { return (kind >= 6 && kind <= 12) || kind == 15; }

vec3 rippled(vec2 p) {
    // two crossing trains of small waves; enough for the sky to move on the water without texture
    vec2 slope = vec2(cos(dot(p, vec2(0.35, 0.21))) * 0.35 + cos(dot(p, vec2(1.31, -0.9))) * 0.25,
                      cos(dot(p, vec2(-0.27, 0.41))) * 0.35 + cos(dot(p, vec2(0.7, 1.5))) * 0.25);
    return normalize(vec3(slope * 0.028, 1.0));
}

vec3 water(vec3 view, float sunlit) {
    float distance_m = length(position_in_local - camera_in_local);
    vec3 normal = normalize(mix(rippled(position_in_local.xy + origin_fraction), vec3(0, 0, 1), smoothstep(60.0, 900.0, distance_m)));
    vec3 mirrored = reflect(view, normal);
    float fresnel = 0.03 + 0.97 * pow(1.0 - max(dot(-view, normal), 0.0), 5.0);
    vec3 deep = class_colours[WATER] * (0.55 * sky_zenith + 0.45 * sky_horizon + 0.35 * sun_colour * max(sun_direction.z, 0.0) * (0.4 + 0.6 * sunlit));
    vec3 colour = mix(deep, sky_colour(vec3(mirrored.xy, abs(mirrored.z))), min(fresnel, 0.85));
    return colour + sun_colour * sunlit * pow(max(dot(mirrored, sun_direction), 0.0), 350.0) * 1.6;
}

vec3 albedo() {
    if (surface_class == 0) return pow(tint_srgb, vec3(2.2));
    vec3 colour = class_colours[min(surface_class, 19)];
    float luck = hash(feature_row);
    if (surface_class == TREE) colour *= vec3(0.86 + 0.3 * luck, 0.9 + 0.2 * hash(feature_row + 17u), 0.85 + 0.25 * luck);
    else if (surface_class == 1 || surface_class == 2) colour *= 0.955 + 0.075 * luck;
    return colour;
}

void main() {
    vec3 to_point = position_in_local - camera_in_local;
    float distance_m = length(to_point);
    vec3 view = to_point / max(distance_m, 1e-4);
    vec3 normal = normalize(normal_in_local);
    if (dot(normal, view) > 0.0 && surface_class != TREE) normal = -normal;  // open surfaces are seen from both sides
    float sunlit = sunlit_at(position_in_local, normal, sun_direction);

    vec3 overlay;
    bool is_draped = is_ground(surface_class) && overlay_at(position_in_local.xy, overlay);
    vec3 colour;
    if (surface_class == WATER && grey_out < 0.5) {
        colour = water(view, sunlit);
    } else {
        vec3 base = albedo();
        float grey = dot(base, vec3(0.3, 0.55, 0.15));
        base = mix(base, vec3(mix(grey, 0.5, 0.5)), grey_out * 0.85);
        base = mix(base, proposal_tint.rgb, proposal_tint.a);
        // the sky is narrower low between houses: a wall darkens a little towards its foot when it faces down a street
        float openness = surface_class == TREE ? 0.95 : 0.94 + 0.06 * normal.z;
        colour = base * light_on(normal, sunlit, openness);
    }
    if (is_draped) colour = mix(colour, overlay * (0.82 + 0.18 * sunlit), overlay_range.z);
    if ((style & STYLE_SELECTED) != 0u) colour = mix(colour, vec3(0.05, 0.30, 0.85), 0.45);
    else if ((style & STYLE_HOVERED) != 0u) colour = mix(colour, vec3(0.25, 0.52, 0.95), 0.22);
    colour_out = vec4(display_from_linear(through_haze(colour, view, distance_m)), 1.0);
}
