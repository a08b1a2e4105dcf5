#version 330 core
// The sky of sky.vert, and the sun's disc in it.
#pragma include "lib/sky.glsl"
in vec3 ray;
in vec3 colour;
out vec4 colour_out;

void main() {
    float towards_sun = dot(normalize(ray), sun_direction);
    float disc = smoothstep(0.99985, 0.99993, towards_sun) * step(0.0, ray.z);
    colour_out = vec4(mix(colour, vec3(1.0), disc * min(dot(sun_colour, vec3(1.0)), 1.0)), 1.0);
}
