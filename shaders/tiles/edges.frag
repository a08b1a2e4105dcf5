#version 330 core
// Fine dark lines; the colour comes finished from edges.vert. Defines: USE_FADE.
#pragma include "lib/fade.glsl"
in vec4 colour;
out vec4 colour_out;
void main() {
    leave_to_others();
    colour_out = colour;
}
