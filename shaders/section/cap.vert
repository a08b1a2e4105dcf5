#version 330 core
// The faces that a section shows where it cuts. In step with explorer/render/section.py.
// Defines: USE_REVERSED_DEPTH.
#pragma include "lib/frames.glsl"

in vec4 p3d_Vertex;
in vec2 on_face;         // metres along the face
in vec4 tint;            // sRGB
in vec4 hatch;           // sRGB; a: which way, times 255

out vec3 colour;
out vec3 hatch_colour;
out vec2 at;
flat out int tilt;

void main() {
    colour = tint.rgb;
    hatch_colour = hatch.rgb;
    at = on_face;
    tilt = int(hatch.a * 255.0 + 0.5);
    gl_Position = clip_from_local(p3d_Vertex.xyz + p3d_ModelMatrix[3].xyz);
}
