#version 330 core
// The sun's disc and the glow around it, over the sky: rings about its middle.
// Defines: USE_REVERSED_DEPTH.
#pragma include "lib/frames.glsl"
#pragma include "lib/sky.glsl"
in vec4 p3d_Vertex;              // sideways, up, and the angle from the middle in degrees
out vec4 colour;

void main() {
    vec3 side = normalize(cross(sun_direction, vec3(0.0, 0.0, 1.0)) + vec3(1e-5, 0.0, 0.0));
    vec3 up = cross(side, sun_direction);
    vec3 ray = normalize(sun_direction + side * p3d_Vertex.x + up * p3d_Vertex.y);
    float angle = p3d_Vertex.z;
    float disc = 1.0 - smoothstep(0.3, 0.45, angle);
    float glow = 0.55 / (1.0 + angle * angle * 0.16) * (1.0 - angle / 20.0);
    float above = smoothstep(-0.012, 0.0, ray.z);
    float strength = min(dot(sun_colour, vec3(0.5)), 1.0);
    vec3 warm = mix(vec3(1.0), sun_colour / max(max(sun_colour.r, sun_colour.g), 1e-3), 0.5);
    colour = vec4(mix(warm, vec3(1.0), disc), max(disc, glow) * above * strength);
    gl_Position = behind_everything(camera_in_local + ray * 1000.0);
}
