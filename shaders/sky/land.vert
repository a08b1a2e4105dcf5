#version 330 core
// The land beyond the data: rings around the point below the eye, at one height. Behind everything that has data.
// Defines: USE_BOARD, USE_REVERSED_DEPTH, USE_CASCADES, USE_SECTION, USE_OVERLAY, USE_IMAGERY.
#pragma include "lib/frames.glsl"
#pragma include "lib/lighting.glsl"
#pragma include "lib/shadows.glsl"
#pragma include "lib/section.glsl"
in vec4 p3d_Vertex;              // metres from the point below the eye
uniform vec4 land;               // linear colour, height of the plane in local
out vec3 in_shade;
out vec3 in_sun;
#if defined(USE_CASCADES) || defined(USE_OVERLAY)
out vec3 position_in_local;
#endif
#ifndef USE_CASCADES
out vec3 shadow_place;
#endif
#ifdef USE_IMAGERY
#pragma include "lib/imagery_light.glsl"
out vec2 imagery_position;
out vec3 imagery_light;
out vec3 imagery_air;
flat out vec3 imagery_tint;
#endif
#ifdef USE_BOARD
uniform vec2 board_corner;
out vec2 board_place;
#endif
#ifdef USE_SECTION
out SECTION_PLACE section_place;
#endif

void main() {
    vec3 place = vec3(camera_in_local.xy + p3d_Vertex.xy, land.w);
    vec3 to_point = place - camera_in_local;
    float distance_m = length(to_point);
    vec3 up = vec3(0.0, 0.0, 1.0);
    vec4 air = haze(to_point / max(distance_m, 1e-3), distance_m);
    vec3 base = land.rgb;
#ifdef USE_OVERLAY
    base = mix(base, vec3(mix(dot(base, vec3(0.3, 0.55, 0.15)), 0.62, 0.5)), 0.85);  // as the city (tiles/surface.vert)
#endif
    vec3 shade = base * ambient_on(up);
    vec3 sun = base * sun_colour * max(sun_direction.z, 0.0);
    in_shade = display_from_linear(mix(shade, air.rgb, air.a));
    in_sun = display_from_linear(mix(shade + sun, air.rgb, air.a));
#if defined(USE_CASCADES) || defined(USE_OVERLAY)
    position_in_local = place;
#endif
#ifndef USE_CASCADES
    shadow_place = place_in_shadow_map(place, up, sun_direction);
#endif
#ifdef USE_IMAGERY
    imagery_position = place.xy;
    imagery_light = imagery_light_on(up, 1.0, air.a);
    imagery_air = display_from_linear(air.rgb);
    imagery_tint = imagery_tint_of_sun();
#endif
#ifdef USE_BOARD
    board_place = place.xy + board_corner;
#endif
#ifdef USE_SECTION
    section_place = section_place_of(place);
#endif
    gl_Position = behind_everything(place);
}
