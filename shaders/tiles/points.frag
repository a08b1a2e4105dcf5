#version 330 core
// A round dot. Its alpha of nothing says that it is a cloud's, whose depth post/finish.frag makes visible.
// Defines: USE_FADE.
#pragma include "lib/fade.glsl"
flat in vec3 colour;
in vec2 at;
out vec4 colour_out;

void main() {
    leave_to_others();
    float out_by = dot(at, at);
    if (out_by > 1.0) discard;
    colour_out = vec4(colour * (1.0 - 0.10 * out_by), 0.0);
}
