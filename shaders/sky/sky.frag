#version 330 core
// The colour comes finished from sky.vert.
// Defines: USE_DITHER hides the steps of eight bits in a slow gradient, by noise of half a step.
in vec3 colour;
out vec4 colour_out;

void main() {
#ifdef USE_DITHER
    // interleaved gradient noise (Jimenez 2014)
    float noise = fract(52.9829189 * fract(dot(gl_FragCoord.xy, vec2(0.06711056, 0.00583715)))) - 0.5;
    colour_out = vec4(colour + noise / 255.0, 1.0);
#else
    colour_out = vec4(colour, 1.0);
#endif
}
