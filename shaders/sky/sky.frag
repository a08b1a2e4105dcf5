#version 330 core
// Sky above, and below the horizon the land beyond the data: a quiet plane that haze takes.
#pragma include "lib/frames.glsl"
#pragma include "lib/lighting.glsl"
#pragma include "lib/shadows.glsl"
in vec3 ray;
uniform vec4 land;               // linear colour, height of the plane in local
out vec4 colour_out;

void main() {
    vec3 direction = normalize(ray);
    vec3 colour = sky_colour(direction);
    float disc = smoothstep(0.99985, 0.99993, dot(direction, sun_direction));
    colour += sun_colour * disc * 6.0 * step(0.0, direction.z);
    float drop = camera_in_local.z - land.w;
    if (direction.z < -0.0004 && drop > 0.0) {
        float distance_m = drop / -direction.z;
        vec3 up = vec3(0.0, 0.0, 1.0);
        vec3 place = camera_in_local + direction * distance_m;
        float sunlit = sunlit_at(place_in_shadow_map(place, up, sun_direction));
        vec3 plane = land.rgb * (ambient_on(up) + sun_colour * max(sun_direction.z, 0.0) * sunlit);
        vec4 air = haze(direction, distance_m);
        colour = mix(plane, air.rgb, air.a);
    }
    colour_out = vec4(display_from_linear(colour), 1.0);
}
