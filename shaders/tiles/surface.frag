#version 330 core
// A tile's surfaces: sun by the shadow map, water, overlay, haze, display. The rest comes from surface.vert.
// Defines: USE_SOFT_SHADOWS.
#pragma include "lib/frames.glsl"
#pragma include "lib/lighting.glsl"
#pragma include "lib/shadows.glsl"
#pragma include "lib/features.glsl"
#pragma include "lib/colormap.glsl"

in vec3 position_in_local;
in vec3 shadow_place;
in vec3 light_without_sun;
in vec3 light_of_sun;
in vec4 air;
flat in int surface_class;
flat in uint style;

uniform float grey_out;
uniform vec2 origin_fraction;    // render origin modulo 1024 m: ripples stay where they are when it moves

out vec4 colour_out;

const int WATER = 7;

bool is_ground(int kind) { return (kind >= 6 && kind <= 12) || kind == 15; }

vec3 rippled(vec2 p) {
    // crossing trains of small waves; enough for the sky to move on the water without a texture
    vec2 slope = vec2(cos(dot(p, vec2(0.35, 0.21))) * 0.35 + cos(dot(p, vec2(1.31, -0.9))) * 0.25,
                      cos(dot(p, vec2(-0.27, 0.41))) * 0.35 + cos(dot(p, vec2(0.7, 1.5))) * 0.25);
    return normalize(vec3(slope * 0.028, 1.0));
}

vec3 water(vec3 deep, float sunlit) {
    vec3 to_point = position_in_local - camera_in_local;
    float distance_m = length(to_point);
    vec3 view = to_point / max(distance_m, 1e-4);
    vec3 normal = normalize(mix(rippled(position_in_local.xy + origin_fraction), vec3(0, 0, 1), smoothstep(60.0, 900.0, distance_m)));
    vec3 mirrored = reflect(view, normal);
    float fresnel = 0.03 + 0.97 * pow(1.0 - max(dot(-view, normal), 0.0), 5.0);
    vec3 colour = mix(deep, sky_colour(vec3(mirrored.xy, abs(mirrored.z))), min(fresnel, 0.85));
    return colour + sun_colour * sunlit * pow(max(dot(mirrored, sun_direction), 0.0), 350.0) * 1.6;
}

void main() {
    float sunlit = sunlit_at(shadow_place);
    vec3 colour = light_without_sun + light_of_sun * sunlit;
    if (surface_class == WATER && grey_out < 0.5) colour = water(colour * 0.8, sunlit);
    vec3 overlay;
    if (overlay_range.w > 0.5 && is_ground(surface_class) && overlay_at(position_in_local.xy, overlay))
        colour = mix(colour, overlay * (0.82 + 0.18 * sunlit), overlay_range.z);
    if (style != 0u) {
        if ((style & STYLE_SELECTED) != 0u) colour = mix(colour, vec3(0.05, 0.30, 0.85), 0.45);
        else if ((style & STYLE_HOVERED) != 0u) colour = mix(colour, vec3(0.25, 0.52, 0.95), 0.22);
    }
    colour_out = vec4(display_from_linear(mix(colour, air.rgb, air.a)), 1.0);
}
