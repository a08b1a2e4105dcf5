#version 330 core
// The dome of the sky, worked out at its vertices: directions from the eye. It lies behind everything.
// Defines: USE_REVERSED_DEPTH.
#pragma include "lib/frames.glsl"
#pragma include "lib/lighting.glsl"
in vec4 p3d_Vertex;              // unit direction
out vec3 colour;

void main() {
    vec3 ray = p3d_Vertex.xyz;
    colour = display_from_linear(sky_colour(normalize(vec3(ray.xy, max(ray.z, 0.0)))));
    gl_Position = behind_everything(camera_in_local + ray * 1000.0);
}
