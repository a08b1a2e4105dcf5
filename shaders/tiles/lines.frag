#version 330 core
// The colour comes finished from lines.vert. Defines: USE_FADE.
#pragma include "lib/fade.glsl"
in vec3 colour;
out vec4 colour_out;
void main() {
    leave_to_others();
    colour_out = vec4(colour, 1.0);
}
