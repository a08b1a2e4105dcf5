#version 330 core
// The colour comes finished from sky.vert.
// Defines: USE_DITHER.
#pragma include "lib/dither.glsl"
in vec3 colour;
out vec4 colour_out;

void main() { colour_out = vec4(dithered(colour, gl_FragCoord.xy), 1.0); }
