#pragma once
// A tile that comes or goes keeps the pixels of its share of a pattern (explorer/render/fade.py). Defines: USE_FADE.
// The pattern is interleaved gradient noise (Jimenez 2014, Next generation post processing in Call of Duty).

#ifdef USE_FADE
uniform vec2 fade;               // least and greatest value of the pattern that are kept

void leave_to_others() {
    float pattern = fract(52.9829189 * fract(dot(gl_FragCoord.xy, vec2(0.06711056, 0.00583715))));
    if (pattern < fade.x || pattern >= fade.y) discard;
}
#else
void leave_to_others() {}
#endif
